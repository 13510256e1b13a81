"""Reading a value the way a person set it in the form."""

import math

from ..quantities import QUANTITIES
from .json_payload import Unreadable, json_number, shown, text_number
from .readings import Value
from .settings import Rule


def value_by_rule(raw: object, rule: Rule) -> Value:
    """The number that ``rule`` makes of a JSON value or of the text of a payload, in ``rule.unit``.

    ``None`` for ``null``: the device has no value to give.
    """
    if rule.quantity and rule.quantity not in QUANTITIES:
        return Unreadable("invalid_rule", f"The quantity {shown(rule.quantity)} is not known.")
    if raw is None:
        return None
    mapped = _mapped(raw, rule)
    if mapped is not None:
        number: float | Unreadable = mapped
    else:
        number = text_number(raw) if isinstance(raw, str) else json_number(raw)
    if isinstance(number, Unreadable):
        return number
    result = number * rule.scale + rule.offset
    if not math.isfinite(result):
        return Unreadable("invalid_value", "Not a measurement: scaled, it is beyond the range of a double.")
    return result


def _mapped(raw: object, rule: Rule) -> float | None:
    """What the value map says of a text, a boolean or a whole number; letters count in either case."""
    if not rule.value_map or not isinstance(raw, str | int):
        return None
    text = str(raw).strip()
    if text in rule.value_map:
        return float(rule.value_map[text])
    text = text.casefold()
    return next((float(number) for key, number in rule.value_map.items() if key.casefold() == text), None)
