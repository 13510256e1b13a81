from datetime import timedelta

from odoo import fields
from odoo.tests import TransactionCase
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from fusion_iot_core.protocol import Measurement


class TestDevice(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Device = cls.env["iot.device"]
        cls.device = cls.Device.create({"name": "Gateway", "identifier": "gw-1", "kind": "gateway"})

    def heard(self, minutes, **vals):
        """A device that was heard so many minutes ago."""
        number = self.Device.search_count([])
        return self.Device.create(
            {
                "name": "Probe",
                "identifier": f"heard-{number}",
                "presence": "online",
                "last_seen": fields.Datetime.now() - timedelta(minutes=minutes),
                **vals,
            }
        )

    def test_a_new_device_was_never_heard(self):
        self.assertEqual(self.device.presence, "unknown")
        self.assertFalse(self.device.last_seen)
        self.assertFalse(self.device.company_id)

    @mute_logger("odoo.sql_db")
    def test_identifier_is_unique(self):
        for identifier in ("gw-1", " gw-1\n"):
            with self.subTest(identifier=identifier), self.assertRaises(IntegrityError), self.cr.savepoint():
                self.Device.create({"name": "Twin", "identifier": identifier})

    @mute_logger("odoo.sql_db")
    def test_identifier_is_required(self):
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            self.Device.create({"name": "Nameless"})

    def test_blanks_around_an_identifier(self):
        self.device.identifier = "  gw-2 "
        self.assertEqual(self.device.identifier, "gw-2")

    def test_found_by_identifier(self):
        self.assertIn(self.device.id, [row[0] for row in self.Device.name_search("gw-1")])

    def test_copy(self):
        copy = self.heard(1).copy()
        self.assertIn("copy", copy.identifier)
        self.assertEqual(copy.presence, "unknown")
        self.assertFalse(copy.last_seen)

    def test_silence_makes_offline(self):
        cases = [
            (self.heard(14), "online"),
            (self.heard(16), "offline"),
            (self.heard(16, offline_after=60), "online"),
            (self.heard(6, offline_after=5), "offline"),
            (self.heard(10_000, offline_after=0), "online"),
            (self.device, "unknown"),
        ]
        self.assertGreaterEqual(self.Device._mark_silent_offline(), 2)
        for device, presence in cases:
            with self.subTest(identifier=device.identifier):
                self.assertEqual(device.presence, presence)

    def test_a_relay_without_a_meter_says_nothing_of_itself(self):
        """While nobody switches it. One that measures does."""
        relay, metered = self.heard(60), self.heard(60)
        for device in (relay, metered):
            self.env["iot.device.switch"].create({"device_id": device.id, "name": "Lamp"})
        self.env["iot.device.channel"].create(
            {"device_id": metered.id, "channel": "power", "quantity": "power", "unit": "W"}
        )
        self.Device._mark_silent_offline()
        self.assertEqual((relay.presence, metered.presence), ("online", "offline"))

    def test_the_job(self):
        device = self.heard(60)
        self.env.ref("fusion_iot.ir_cron_mark_silent_offline").ir_actions_server_id.run()
        self.assertEqual(device.presence, "offline")

    @mute_logger("odoo.sql_db")
    def test_offline_after_is_not_negative(self):
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            self.device.offline_after = -1
            self.device.flush_recordset()

    def test_what_nothing_can_have_is_a_bad_value_of_its_channel(self):
        values = (("power", 1e308, "W"), ("temperature", 21.5, "°C"), ("battery", 2985.0, "%"))
        self.env["iot.ingest"].ingest(
            [Measurement("gw-1", value, quantity, unit) for quantity, value, unit in values], source="mqtt"
        )
        qualities = {row.quantity: row.last_quality for row in self.device.channel_ids}
        self.assertEqual(qualities, {"power": "bad", "temperature": "good", "battery": "bad"})
        self.assertFalse(self.device.battery)
