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
            count = dialog.rule_id and dialog.rule_id._would_have_fired()
            if count is None or count is False:
                dialog.figure = self.env._("The history does not tell how often it would have fired.")
            elif not count:
                dialog.figure = self.env._("In the last 30 days it would not have fired.")
            else:
                dialog.figure = self.env._("In the last 30 days it would have fired %s times.", count)

    def action_enable(self):
        """Watch."""
        self.ensure_one()
        self.rule_id.enabled = True
        return {"type": "ir.actions.client", "tag": "soft_reload"}
