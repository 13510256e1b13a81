from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import TankCase


@tagged("post_install", "-at_install")
class TestAlertHold(TankCase):
    """A rule puts the tank on hold that its alert is about."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["iot.alert.policy"].search([]).active = False
        cls.env["iot.alert"].sudo().search([]).unlink()
        cls.now = fields.Datetime.now()
        cls.rule = cls.env.ref("fusion_iot.alert_rule_device_offline")
        cls.env["iot.alert.response"].create({"rule_id": cls.rule.id, "kind": "hold"})
        cls.env.flush_all()
        cls.cr.execute("UPDATE iot_alert_response SET create_date = %s", [cls.now - timedelta(hours=1)])

    def respond_to(self, source):
        """The delivery of the response to an alert about ``source``."""
        alert = (
            self.env["iot.alert"]
            .sudo()
            .create(
                {
                    "rule_id": self.rule.id,
                    "alert_type": self.rule.alert_type,
                    "severity": "critical",
                    "status": "active",
                    "phase": "active",
                    "is_active": True,
                    "res_model": source._name,
                    "res_id": source.id,
                    "source_name": source.display_name,
                    "company_id": self.env.company.id,
                    "condition_since": self.now,
                    "raised_at": self.now,
                    "told_at": self.now,
                    "was_told": True,
                    "last_triggered_at": self.now,
                }
            )
        )
        self.env["iot.alert.response"].sudo()._plan(self.now)
        self.env.invalidate_all()
        self.env["iot.alert.delivery"].sudo()._send_inside(self.now)
        return alert, self.env["iot.alert.delivery"].search([("line_ids.alert_id", "=", alert.id)])

    def test_of_a_sensor(self):
        alert, told = self.respond_to(self.sensor)
        hold = alert.hold_ids
        self.assertEqual((told.state, told.res_model, told.res_id), ("sent", hold._name, hold.id))
        self.assertEqual((hold.tank_id, hold.parameter_id), (self.tank, self.parameter))
        self.assertEqual((hold.severity, hold.state, hold.is_manual), ("critical", "open", False))
        self.assertEqual(alert.hold_count, 1)
        self.assertEqual(alert.action_open_holds()["domain"], [("alert_id", "=", alert.id)])

    def test_of_a_tank(self):
        alert, told = self.respond_to(self.tank)
        self.assertEqual(told.state, "sent")
        self.assertEqual(alert.hold_ids.tank_id, self.tank)

    def test_one_is_enough(self):
        first, _told = self.respond_to(self.sensor)
        second, told = self.respond_to(self.tank)
        self.assertEqual(
            len(self.env["fusion.plating.quality.hold"].search([("tank_id", "=", self.tank.id)])), 1
        )
        self.assertEqual(told.res_id, first.hold_ids.id)
        self.assertFalse(second.hold_ids, "it belongs to the first one")
        self.assertIn("was open already", told.error)

    def test_in_no_tank(self):
        device = self.env["iot.device"].create({"name": "Fan", "identifier": "fan"})
        _alert, told = self.respond_to(device)
        self.assertEqual(
            (told.state, told.error), ("failed", "Something is wrong with it: Fan is in no tank.")
        )
