"""Field types of the plating addons."""

import math
from typing import Any

from odoo import fields


class LimitFloat(fields.Float):
    """A float that keeps "no limit" apart from the limit 0.0.

    Odoo's own ``Float`` turns an empty value into 0.0, which for a limit is a value like any other
    (a sulphuric bath for hard anodising has 0 °C as its upper limit). Here an empty value is NULL in the
    column and ``False`` on the record, and 0.0 stays 0.0. Values of the ``write`` format that mean empty:
    ``False``, ``None`` and the empty string.

    The column is a ``double precision`` unless ``digits`` is given, so a limit is kept exactly as entered.

    :raises ValueError: for NaN and infinity, which would switch a limit off without saying so.
    """

    falsy_value = None
    aggregator = None

    @staticmethod
    def _is_empty(value: Any) -> bool:
        return value is None or value is False or value == ""

    def _check_finite(self, value: Any) -> None:
        if not math.isfinite(float(value)):
            raise ValueError(f"Wrong value for {self}: {value!r} is not a finite number")

    def convert_to_column(self, value, record, values=None, validate=True):
        if self._is_empty(value):
            return None
        self._check_finite(value)
        return super().convert_to_column(value, record, values, validate)

    def convert_to_cache(self, value, record, validate=True):
        if self._is_empty(value):
            return None
        self._check_finite(value)
        return super().convert_to_cache(value, record, validate)

    def convert_to_record(self, value, record):
        return False if value is None else value

    def convert_to_export(self, value, record):
        return "" if self._is_empty(value) else value

    def convert_to_display_name(self, value, record):
        return False if self._is_empty(value) else str(value)

    def filter_function(self, records, field_expr, operator, value):
        if operator != "in":
            return super().filter_function(records, field_expr, operator, value)
        # False == 0.0 in Python, so membership in the raw collection would mix them up again.
        getter = self.expression_getter(field_expr)
        numbers = {item for item in value if not self._is_empty(item)}
        empty = any(self._is_empty(item) for item in value)

        def matches(record):
            current = getter(record)
            return empty if current is False else current in numbers

        return matches
