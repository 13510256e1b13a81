from datetime import timedelta

from odoo import fields
from odoo.addons.fusion_iot_base.tests.pace import PatientHttpCase
from odoo.tests import new_test_user, tagged


@tagged("post_install", "-at_install")
class TestTours(PatientHttpCase):
    """What a user sees of the runtime, in a browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        new_test_user(cls.env, login="iot_tour", password="iot_tour", groups="fusion_iot.group_iot_user")
        cls.env["iot.runtime.worker"].search([]).unlink()

    def _make_worker(self, silence):
        now = fields.Datetime.now()
        return self.env["iot.runtime.worker"].create(
            {
                "kind": "mqtt",
                "name": "Tour broker",
                "res_model": "mqtt.connection",
                "res_id": 1,
                "state": "connected",
                "owner": "server:1",
                "connected_since": now - timedelta(hours=1),
                "beat_at": now - silence,
            }
        )

    def test_runtime_dead(self):
        self._make_worker(timedelta(minutes=10))
        self.start_tour("/odoo", "fusion_iot_runtime_dead", login="iot_tour")

    def test_runtime_alive(self):
        self._make_worker(-timedelta(hours=1))  # slow as the browser may be, it is not silent
        self.start_tour("/odoo", "fusion_iot_runtime_alive", login="iot_tour")

    def test_shelve_on_the_overview(self):
        now = fields.Datetime.now()
        rule = self.env.ref("fusion_iot.alert_rule_device_offline")
        rule.enabled = False  # what is looked at meanwhile is of no interest here
        pump = self.env["iot.device"].create({"name": "Tour pump", "identifier": "tour-pump"})
        alert = self.env["iot.alert"].create(
            {
                "rule_id": rule.id,
                "alert_type": rule.alert_type,
                "severity": "critical",
                "status": "active",
                "phase": "active",
                "is_active": True,
                "res_model": pump._name,
                "res_id": pump.id,
                "source_name": pump.name,
                "condition_since": now,
                "raised_at": now,
                "last_triggered_at": now,
                "trigger_count": 1,
            }
        )
        self.start_tour("/odoo/overview", "fusion_iot_overview_shelve", login="iot_tour")
        self.assertEqual(alert.shelve_reason, "At the repair shop")
        self.assertGreater(alert.shelved_until, now)
