from odoo import api, fields, models
from odoo.addons.fusion_plating.fields import LimitFloat
from odoo.exceptions import AccessError, UserError

from .fusion_plating_quality_hold import ACTIVITY_TYPE, OPEN_STATES, QUALITY_GROUP
from .fusion_plating_quality_hold_guard import Decision

DECISION_DIALOG = "fusion_plating_quality.action_plating_hold_decision"

DISPOSITIONS = [
    ("use_as_is", "Use as is"),
    ("rework", "Rework"),
    ("strip_and_replate", "Strip and replate"),
    ("return", "Return to customer"),
    ("scrap", "Scrap"),
    ("void", "Void (sensor fault proven)"),
]
ALLOWED_DISPOSITIONS = {
    "released": ("use_as_is", "rework", "strip_and_replate", "void"),
    "rejected": ("rework", "strip_and_replate", "return", "scrap"),
}


class FusionPlatingQualityHold(models.Model):
    """How a hold ends: by the decision of a person of the quality group, once."""

    _inherit = "fusion.plating.quality.hold"  # pylint: disable=consider-merging-classes-inherited

    disposition = fields.Selection(
        DISPOSITIONS,
        readonly=True,
        copy=False,
        tracking=True,
        help="What happens to the work that was in the tank.",
    )
    decision_reason = fields.Text(string="Reason", readonly=True, copy=False, tracking=True)
    decided_by_id = fields.Many2one("res.users", string="Decided by", readonly=True, copy=False)
    decided_at = fields.Datetime(string="Decided on", readonly=True, copy=False)
    hours_to_decision = LimitFloat(
        string="Hours to decision",
        compute="_compute_hours_to_decision",
        store=True,
        aggregator="avg",
        help="From the start of the excursion, or of a hold without one, until the decision.",
    )

    _decision_complete = models.Constraint(
        "CHECK (state NOT IN ('released', 'rejected') OR (decided_at IS NOT NULL"
        " AND decided_by_id IS NOT NULL AND disposition IS NOT NULL AND decision_reason <> ''))",
        "A decision needs a person, a time, a disposition and a reason.",
    )

    @api.depends("date_start", "decided_at")
    def _compute_hours_to_decision(self):
        for hold in self:
            hold.hours_to_decision = self._hours(hold.date_start, hold.decided_at)

    def action_start_review(self):
        """Take the holds into review, as the one who is to decide if nobody is yet."""
        self._check_may_decide()
        if any(hold.state != "open" for hold in self):
            raise UserError(self.env._("Only an open hold can be taken into review."))
        self.filtered(lambda hold: not hold.responsible_id).write({"responsible_id": self.env.uid})
        self._set_state({"state": "under_review"})

    def action_release(self):
        """Open the dialog to release the holds."""
        return self._decision_dialog("released")

    def action_reject(self):
        """Open the dialog to reject the holds."""
        return self._decision_dialog("rejected")

    def _decision_dialog(self, decision):
        self._check_may_decide()
        action = self.env["ir.actions.act_window"]._for_xml_id(DECISION_DIALOG)
        action["context"] = {"default_hold_ids": self.ids, "default_decision": decision}
        return action

    def _decide(self, decision, disposition, reason):
        """Close the holds for good. The only way to do so.

        :param str decision: ``"released"`` or ``"rejected"``
        :param str disposition: what happens to the work, see ``ALLOWED_DISPOSITIONS``
        :param str reason: why; must say something
        :raises AccessError: if the user is not of the quality group or may not write the holds
        :raises UserError: if a hold is decided already, or the decision is incomplete or contradicts itself
        """
        self._check_may_decide()
        reason = (reason or "").strip()
        if not any(character.isalnum() for character in reason):
            raise UserError(self.env._("Give the reason for the decision."))
        if disposition not in ALLOWED_DISPOSITIONS.get(decision, ()):
            raise UserError(self.env._("Choose a disposition that fits the decision."))
        for hold in self:
            if hold.state not in OPEN_STATES:
                raise UserError(
                    self.env._(
                        "%(hold)s was decided by %(user)s and is closed for good.",
                        hold=hold.name,
                        user=hold.decided_by_id.sudo().name,
                    )
                )
        self._set_state(
            {
                "state": decision,
                "disposition": disposition,
                "decision_reason": reason,
                "decided_by_id": self.env.uid,
                "decided_at": fields.Datetime.now(),
            }
        )
        self._announce_decision()

    def _check_may_decide(self):
        if not self.env.user.has_group(QUALITY_GROUP):
            raise AccessError(self.env._("Only the quality group decides quality holds."))
        self.check_access("write")

    def _set_state(self, vals):
        self.sudo().write(Decision(vals))

    def _announce_decision(self):
        states = dict(self._fields["state"]._description_selection(self.env))
        dispositions = dict(self._fields["disposition"]._description_selection(self.env))
        for hold in self.sudo():
            text = self.env._(
                "%(state)s by %(user)s: %(disposition)s. %(reason)s",
                state=states[hold.state],
                user=self.env.user.name,
                disposition=dispositions[hold.disposition],
                reason=hold.decision_reason,
            )
            author = self.env.user.partner_id.id
            hold.message_post(
                body=text, author_id=author, subtype_xmlid="fusion_plating_quality.mt_hold_decided"
            )
            hold._log_on_tank(text, author_id=author)
            hold.with_context(mail_activity_automation_skip=False).activity_feedback([ACTIVITY_TYPE])
