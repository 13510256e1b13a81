from datetime import timedelta

from odoo import fields
from odoo.tests import TransactionCase

from ..alert.engine import evaluate

START = fields.Datetime.to_datetime("2026-03-02 06:00:00")


class AlertCase(TransactionCase):
    """A clock of its own, and what has been said of alerts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.now = fields.Datetime.now()

    def rule(self, name):
        return self.env.ref(f"fusion_iot.alert_rule_{name}")

    def turn(self, seconds=0):
        """Evaluate, so many seconds later than the last time; what has happened, as pairs of kind and source."""
        self.now += timedelta(seconds=seconds)
        self.env.flush_all()
        said = evaluate(self.env, self.now)
        self.env.invalidate_all()
        names = {alert.id: alert.source_name for alert in self.env["iot.alert"].search([])}
        return [(each.kind, names.get(each.alert_id)) for each in said]

    def turns(self, seconds=0):
        """The same, without what is about records of others."""
        return [kind for kind, name in self.turn(seconds) if name == self.name]

    def alerts(self, record, **values):
        domain = [("res_model", "=", record._name), ("res_id", "=", record.id)]
        return self.env["iot.alert"].search(domain + [(name, "=", value) for name, value in values.items()])
