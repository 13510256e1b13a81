from odoo import api, models
from odoo.tools.misc import get_lang

from ..fields import LimitFloat
from ..limits import number_text

NO_LIMIT = "–"


class MailTrackingValue(models.Model):
    """Shows a limit that was not set as a dash instead of 0."""

    _inherit = "mail.tracking.value"

    @api.model
    def _create_tracking_values(self, initial_value, new_value, col_name, col_info, record):
        values = super()._create_tracking_values(initial_value, new_value, col_name, col_info, record)
        if isinstance(record._fields.get(col_name), LimitFloat):
            values.update(
                old_value_char=self._limit_text(initial_value),
                new_value_char=self._limit_text(new_value),
            )
        return values

    def _limit_text(self, value):
        if value is False or value is None:
            return NO_LIMIT
        return number_text(value, get_lang(self.env).decimal_point)

    def _tracking_value_format_model(self, model):
        formatted = super()._tracking_value_format_model(model)
        if not model or model not in self.env:
            return formatted
        limits = {
            tracking.id: tracking
            for tracking in self
            if isinstance(self.env[model]._fields.get(tracking.field_id.name), LimitFloat)
        }
        for entry in formatted:
            if tracking := limits.get(entry["id"]):
                entry["fieldInfo"]["fieldType"] = "char"
                entry["oldValue"] = tracking.old_value_char
                entry["newValue"] = tracking.new_value_char
        return formatted
