from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import is_html_empty

from .. import severity as grading
from .fusion_plating_quality_hold import OPEN_STATES


class Decision(dict):
    """Values that ``_set_state`` writes.

    The type is the permission: no call from outside can carry it, whereas a context key comes with any call.
    """


# Written as a Decision and in no other way, whoever asks.
DECISION_FIELDS = frozenset({"state", "disposition", "decision_reason", "decided_by_id", "decided_at"})

# The conversation about a hold goes on after it is closed.
THREAD_PREFIXES = ("message_", "activity_", "website_message_", "my_activity_")


class FusionPlatingQualityHold(models.Model):
    """What can be changed on a hold, and what nobody can."""

    _inherit = "fusion.plating.quality.hold"  # pylint: disable=consider-merging-classes-inherited

    def _is_kept(self, field):
        """What was seen is kept; when a hold that was raised by hand is over, a person says."""
        if field.name == "date_back_in_spec" and all(hold.is_manual for hold in self):
            return False
        return super()._is_kept(field)

    def _kept_message(self, field):
        return self.env._(
            "What was measured cannot be changed on a quality hold: %(told)s",
            told=super()._kept_message(field),
        )

    def write(self, vals):
        self._check_write(vals)
        result = super().write(vals)
        if "description" in vals:
            self._check_described()
        if "worst_value" in vals and "severity" not in vals:
            self._raise_severity()
        return result

    def _check_write(self, vals):
        if isinstance(vals, Decision):
            return
        if DECISION_FIELDS & vals.keys():
            raise AccessError(
                self.env._("A quality hold is decided with Release or Reject, in no other way.")
            )
        business = {name for name in vals if not name.startswith(THREAD_PREFIXES)}
        if business and any(hold.state not in OPEN_STATES for hold in self):
            raise UserError(self.env._("This quality hold is decided and closed for good."))

    def _check_described(self):
        """Raise where nobody could tell why a person put the tank on hold."""
        if any(hold.is_manual and is_html_empty(hold.description) for hold in self):
            raise UserError(
                self.env._(
                    "Fill in the description: why is the tank put on hold? Nobody else can tell, since no reading "
                    "raised the hold."
                )
            )

    def _raise_severity(self):
        for hold in self:
            grade = self._severity(hold.worst_value, hold.limit_min, hold.limit_max)
            if grading.worse(hold.severity, grade) != hold.severity:
                hold.severity = grade

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Quality holds are kept. Reject or void one instead of deleting it."))
