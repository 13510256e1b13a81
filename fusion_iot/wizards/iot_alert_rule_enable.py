from odoo import api, fields, models


class IotAlertRuleEnable(models.TransientModel):
    """Whether a rule is to watch its sources, with how often it would have fired."""

    _name = "iot.alert.rule.enable"
    _description = "Switching On of an Alert Rule"

    rule_id = fields.Many2one("iot.alert.rule", required=True, readonly=True, ondelete="cascade")
    figure = fields.Text(compute="_compute_figure")

    @api.depends("rule_id")
    def _compute_figure(self):
        for dialog in self:
            dialog.figure = dialog.rule_id._would_have_fired_text() if dialog.rule_id else ""

    def action_enable(self):
        """Watch."""
        self.ensure_one()
        self.rule_id.enabled = True
        return {"type": "ir.actions.client", "tag": "soft_reload"}
