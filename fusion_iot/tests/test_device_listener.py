from datetime import datetime, timedelta, timezone

from odoo import fields
from odoo.addons.fusion_iot.models import iot_device_channel, iot_device_listener
from odoo.addons.fusion_iot_base.nudges import board
from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, new_test_user

from fusion_iot_core.protocol import Measurement, Quality


class TestDeviceListener(TransactionCase):
    """Whoever looks at a device's values gets every one of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(cls.env, "listener", "base.group_user,fusion_iot.group_iot_user")
        cls.employee = new_test_user(cls.env, "no_listener", "base.group_user")
        cls.Device = cls.env["iot.device"].with_user(cls.user)
        cls.device = cls.env["iot.device"].create({"name": "Probe", "identifier": "probe-1"})
        cls.start = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(minutes=1)

    def setUp(self):
        super().setUp()
        iot_device_channel._noted.forget()
        iot_device_listener.forget()
        board.forget()
        self.addCleanup(iot_device_listener.forget)

    def measure(self, value, second, **values):
        at = self.start + timedelta(seconds=second)
        item = Measurement(
            device="probe-1", channel="t", value=value, unit="°C", quantity="temperature", at=at, **values
        )
        self.env["bus.bus"].sudo().search([]).unlink()
        self.env["iot.ingest"].ingest([item], source="mqtt")
        self.env.cr.precommit.run()
        return [
            row.message for row in self.env["bus.bus"].sudo().search([]) if '"device"' in (row.message or "")
        ]

    def values(self):
        told = self.Device.listen(["probe-1"])["probe-1"]
        self.assertEqual(told["id"], self.device.id)
        return [(row["channel"], row["value"]) for row in told["channels"]]

    def test_every_value_comes_while_somebody_listens(self):
        self.assertFalse(self.measure(20.0, 0), "nobody listens")
        self.measure(21.0, 1)
        self.assertEqual(self.values(), [("t", 20.0)], "noted now and then")
        iot_device_listener.forget()
        (message,) = self.measure(22.0, 2)
        self.assertIn(str(self.device.id), message)
        self.assertEqual(self.values(), [("t", 22.0)])
        self.measure(23.0, 3)
        (row,) = self.Device.listen(["probe-1"])["probe-1"]["channels"]
        self.assertEqual(row["value"], 23.0)
        self.assertEqual(
            fields.Datetime.to_datetime(row["at"]), (self.start + timedelta(seconds=3)).replace(tzinfo=None)
        )
        self.assertEqual((row["unit"], row["quality"], row["quantity"]), ("°C", "good", "temperature"))

    def test_a_broken_sensor_has_no_value(self):
        self.values()
        self.measure(None, 0, quality=Quality.BAD)
        self.assertEqual(self.values(), [("t", None)])

    def test_a_value_of_unknown_age_is_not_shown_as_new(self):
        item = Measurement(
            device="probe-1", channel="t", value=20.0, unit="°C", quantity="temperature", retained=True
        )
        self.env["iot.ingest"].ingest([item], source="mqtt")
        self.assertEqual(self.values(), [])
        self.assertEqual(self.device.channel_ids.mapped("channel"), ["t"])
        self.measure(21.0, 0)
        self.assertEqual(self.values(), [("t", 21.0)])
        self.env["iot.ingest"].ingest([item], source="mqtt")
        self.assertEqual(self.values(), [("t", 21.0)])

    def test_who_went_away_is_forgotten(self):
        self.values()
        listener = self.env["iot.device.listener"].search([("device_id", "=", self.device.id)])
        self.assertGreater(listener.until, fields.Datetime.now() + timedelta(seconds=60))
        listener.until = self.env.cr.now() - timedelta(seconds=1)
        listener.flush_recordset()
        iot_device_listener.forget()
        board.forget()
        self.assertFalse(self.measure(20.0, 0))
        listener.until = fields.Datetime.now() - timedelta(hours=2)
        listener._gc_expired()
        self.assertFalse(listener.exists())

    def test_asking_again_seldom_writes(self):
        self.values()
        listener = self.env["iot.device.listener"].search([("device_id", "=", self.device.id)])
        until = fields.Datetime.now() + timedelta(seconds=iot_device_listener.RENEW_S + 30)
        listener.until = until
        self.values()
        self.assertEqual(listener.until, until)
        listener.until = fields.Datetime.now() + timedelta(seconds=iot_device_listener.RENEW_S - 5)
        self.values()
        self.assertGreater(listener.until, until)

    def test_only_who_may_see_a_device_hears_it(self):
        with self.assertRaises(AccessError):
            self.env["iot.device"].with_user(self.employee).listen(["probe-1"])
        self.device.company_id = self.env["res.company"].create({"name": "Another company"})
        self.assertEqual(self.Device.listen(["probe-1", "nobody"]), {})
        self.assertFalse(self.env["iot.device.listener"].search([]))
        for wrong in ("probe-1", [1], None, [["identifier"]]):
            with self.subTest(wrong=wrong), self.assertRaises(UserError):
                self.Device.listen(wrong)
