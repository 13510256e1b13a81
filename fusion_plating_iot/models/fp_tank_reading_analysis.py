from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

_OF_THE_VALUE = frozenset({"value", "value_min", "value_max"})


class FpTankReading(models.Model):
    """How readings are summed up: by words for the judgement, and never across units."""

    _inherit = "fp.tank.reading"  # pylint: disable=consider-merging-classes-inherited

    @api.depends("in_spec", "quality", "spec_min", "spec_max")
    def _compute_judgement(self):
        for reading in self:
            limited = reading.spec_min is not False or reading.spec_max is not False
            if reading.quality != "good" or not limited:
                reading.judgement = "not_judged"
            else:
                reading.judgement = "in_spec" if reading.in_spec else "out_of_spec"

    @api.model
    def _search_judgement(self, operator, value):
        if operator != "in":
            return NotImplemented
        unlimited = Domain("spec_min", "=", False) & Domain("spec_max", "=", False)
        judged = Domain("quality", "=", "good") & ~unlimited
        domains = {
            "in_spec": judged & Domain("in_spec", "=", True),
            "out_of_spec": judged & Domain("in_spec", "=", False),
            "not_judged": Domain("quality", "!=", "good") | unlimited,
        }
        return Domain.OR(domains[name] for name in value if name in domains)

    def _field_to_sql(self, alias, field_expr, query=None):
        if field_expr != "judgement":
            return super()._field_to_sql(alias, field_expr, query)
        return SQL(
            "CASE WHEN %s IS DISTINCT FROM 'good' OR coalesce(%s, %s) IS NULL THEN 'not_judged'"
            " WHEN %s THEN 'in_spec' ELSE 'out_of_spec' END",
            self._field_to_sql(alias, "quality", query),
            self._field_to_sql(alias, "spec_min", query),
            self._field_to_sql(alias, "spec_max", query),
            self._field_to_sql(alias, "in_spec", query),
        )

    def _read_group_select(self, aggregate_spec, query):
        """A figure of values that are not all in one unit says nothing: there is none."""
        figure = super()._read_group_select(aggregate_spec, query)
        if aggregate_spec.partition(":")[0] not in _OF_THE_VALUE:
            return figure
        unit = self._field_to_sql(self._table, "unit", query)
        return SQL("CASE WHEN MIN(%s) IS NOT DISTINCT FROM MAX(%s) THEN %s END", unit, unit, figure)
