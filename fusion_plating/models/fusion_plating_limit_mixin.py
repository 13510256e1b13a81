from odoo import api, models
from odoo.tools.misc import get_lang

from ..fields import LimitFloat
from ..limits import number_text
from ..reading_digits import reading_text


class FusionPlatingLimitMixin(models.AbstractModel):
    """A thread whose limits are tracked faithfully: "no limit" to 0 and back is a change too."""

    _name = "fusion.plating.limit.mixin"
    _description = "Tracked Limits"
    _inherit = ["mail.thread"]

    def write(self, vals):
        return super(FusionPlatingLimitMixin, self._always_tracked()).write(vals)

    def _always_tracked(self):
        """Return the records without the context keys that switch tracking off.

        A context comes with any RPC call, and the trail of limits and decisions must not be optional.
        """
        if any(self.env.context.get(key) for key in ("tracking_disable", "mail_notrack")):
            return self.with_context(tracking_disable=False, mail_notrack=False)
        return self

    def _mail_track(self, tracked_fields, initial_values):
        updated, commands = super()._mail_track(tracked_fields, initial_values)
        for name, description in tracked_fields.items():
            if name in updated or name not in initial_values:
                continue
            if not isinstance(self._fields[name], LimitFloat):
                continue
            # The parent method takes two falsy values for the same value; for limits they are not.
            if (self[name] is False) != (initial_values[name] is False):
                updated.add(name)
                values = self.env["mail.tracking.value"]._create_tracking_values(
                    initial_values[name], self[name], name, description, self
                )
                commands.append([0, 0, values])
        return updated, commands

    @api.model
    def _limit_number(self, value):
        """Write a number in the user's language, as short as possible."""
        return number_text(value, get_lang(self.env).decimal_point)

    @api.model
    def _reading_number(self, value, quantity, limits=()):
        """Write a reading in the user's language, as precisely as its probe measures."""
        return reading_text(value, quantity, limits, get_lang(self.env).decimal_point)
