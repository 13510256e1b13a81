from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain

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
        alerts = self.env["iot.alert"]
        sources = self._origin._alert_sources() if alerts.has_access("read") else {}
        showing, shown = defaultdict(list), defaultdict(list)
        for record_id, of_record in sources.items():
            for source in of_record:
                showing[source].append(record_id)
        for alert in alerts.search(_about(showing) & Domain("status", "in", OPEN)) if showing else ():
            for record_id in showing[alert.res_model, alert.res_id]:
                shown[record_id].append(alert.id)
        for record in self:
            of_record = alerts.browse(shown[record._origin.id])
            loud = of_record.filtered(lambda alert: not alert.is_quiet)
            record.alert_count = len(of_record)
            record.alert_level = max(loud.mapped("severity"), key=RANKS.get, default=False)
            # Of several sources each is named.
            is_one = len(sources.get(record._origin.id, ())) < 2
            record.alert_text = "\n".join(alert.text if is_one else alert.display_name for alert in loud)

    def _alert_sources(self):
        """Whose alerts these records show: their own. Extend where what belongs to a record has alerts, too.

        :return: sets of ``(model, id)`` by id of the record
        """
        return {record.id: {(record._name, record.id)} for record in self}

    def action_open_alerts(self):
        """Open what is, and was, the matter with it."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("fusion_iot.iot_alert_action")
        return {**action, "domain": list(_about(self._alert_sources()[self.id])), "context": {}}


def _about(sources):
    """The domain of the alerts about sources."""
    by_model = defaultdict(list)
    for model, res_id in sources:
        by_model[model].append(res_id)
    return Domain.OR(
        Domain("res_model", "=", model) & Domain("res_id", "in", ids) for model, ids in by_model.items()
    )
