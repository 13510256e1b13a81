from odoo import api, fields, models

from ..models.fusion_plating_quality_hold_decision import ALLOWED_DISPOSITIONS, DISPOSITIONS


class FusionPlatingHoldDecision(models.TransientModel):
    """The one dialog in which quality holds are released or rejected."""

    _name = "fusion.plating.hold.decision"
    _description = "Decide Quality Holds"

    hold_ids = fields.Many2many("fusion.plating.quality.hold", string="Quality holds", required=True)
    hold_count = fields.Integer(string="Number of holds", compute="_compute_holds")
    decision = fields.Selection(
        [("released", "Release"), ("rejected", "Reject")],
        required=True,
        default="released",
    )
    allowed_dispositions = fields.Char(string="Allowed dispositions", compute="_compute_allowed_dispositions")
    disposition = fields.Selection(
        DISPOSITIONS, required=True, help="What happens to the work that was in the tank."
    )
    reason = fields.Text(required=True, help="Kept with the hold for good.")
    still_out = fields.Boolean(string="Still out", compute="_compute_holds")

    @api.depends("hold_ids.date_back_in_spec", "hold_ids.is_excursion")
    def _compute_holds(self):
        for wizard in self:
            wizard.hold_count = len(wizard.hold_ids)
            wizard.still_out = any(
                hold.is_excursion and not hold.date_back_in_spec for hold in wizard.hold_ids
            )

    @api.depends("decision")
    def _compute_allowed_dispositions(self):
        for wizard in self:
            wizard.allowed_dispositions = ",".join(ALLOWED_DISPOSITIONS.get(wizard.decision, ()))

    @api.onchange("decision")
    def _onchange_decision(self):
        if self.disposition and self.disposition not in ALLOWED_DISPOSITIONS.get(self.decision, ()):
            self.disposition = False

    def action_confirm(self):
        """Decide the holds as chosen."""
        self.ensure_one()
        self.hold_ids._decide(self.decision, self.disposition, self.reason)
        return {"type": "ir.actions.act_window_close"}
