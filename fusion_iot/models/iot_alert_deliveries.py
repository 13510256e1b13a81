from odoo import fields, models


class IotAlert(models.Model):
    """What was told of an alert, to whom, and what was done about it."""

    _name = "iot.alert"
    _inherit = ["iot.alert", "mail.activity.mixin"]  # pylint: disable=consider-merging-classes-inherited

    delivery_line_ids = fields.One2many(
        "iot.alert.delivery.line", "alert_id", string="Told in", readonly=True
    )
    undelivered_text = fields.Char(string="Not delivered", compute="_compute_undelivered_text")

    def _compute_undelivered_text(self):
        """Told to everybody who sees the alert: somebody may not know of it."""
        lines = self.env["iot.alert.delivery.line"].sudo()
        failed = lines.search([("alert_id", "in", self.ids), ("delivery_id.state", "=", "failed")])
        for alert in self:
            texts = []
            for delivery in failed.filtered(lambda line: line.alert_id == alert).delivery_id:  # noqa: B023
                texts.append(f"{delivery.receiver_name}: {delivery.error}")
            alert.undelivered_text = "; ".join([*dict.fromkeys(texts)][:5])

    def action_open_deliveries(self):
        """Open what was sent because of it."""
        action = self.env["ir.actions.act_window"]._for_xml_id("fusion_iot.iot_alert_delivery_action")
        return dict(action, domain=[("line_ids.alert_id", "in", self.ids)], context={})


class IotAlertRule(models.Model):
    """What is done when a rule raises an alert."""

    _inherit = "iot.alert.rule"  # pylint: disable=consider-merging-classes-inherited

    response_ids = fields.One2many(
        "iot.alert.response", "rule_id", string="Responses", context={"active_test": False}
    )

    def write(self, vals):
        result = super().write(vals)
        if "company_id" in vals:
            self.response_ids._check_reach()
        return result
