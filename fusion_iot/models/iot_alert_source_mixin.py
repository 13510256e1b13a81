from odoo import api, fields, models

from ..alert.types import RANKS, SEVERITIES
from .iot_alert import OPEN


class IotAlertSourceMixin(models.AbstractModel):
    """A record that alerts are about: it says what is the matter with it."""

    _name = "iot.alert.source.mixin"
    _description = "Source of Alerts"

    alert_count = fields.Integer(string="Open alerts", compute="_compute_alerts")
    alert_level = fields.Selection(SEVERITIES, string="Worst alert", compute="_compute_alerts")
    alert_text = fields.Text(string="What is the matter", compute="_compute_alerts")

    @api.depends_context("uid")
    def _compute_alerts(self):
        found = self.env["iot.alert"].search(
            [("res_model", "=", self._name), ("res_id", "in", self._origin.ids), ("status", "in", OPEN)]
        )
        by_source = found.grouped("res_id")
        for record in self:
            alerts = by_source.get(record._origin.id, found.browse())
            loud = alerts.filtered(lambda alert: not alert.is_quiet)
            record.alert_count = len(alerts)
            record.alert_level = max(loud.mapped("severity"), key=RANKS.get, default=False)
            record.alert_text = "\n".join(alert.text for alert in loud)

    def action_open_alerts(self):
        """Open what is, and was, the matter with it."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("fusion_iot.iot_alert_action")
        return {
            **action,
            "domain": [("res_model", "=", self._name), ("res_id", "=", self.id)],
            "context": {},
        }
