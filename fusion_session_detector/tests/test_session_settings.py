import json

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from fusion_iot_core.detector import SessionConfig

from .session_common import SessionCase


@tagged("post_install", "-at_install")
class TestSessionSettings(SessionCase):
    def test_the_defaults_are_those_of_the_detector(self):
        self.assertEqual(self.device._session_config(), SessionConfig())

    def test_json_and_form_are_in_step_both_ways(self):
        self.device.write({"standby_threshold_w": 12.5, "stop_threshold_w": 8})
        settings = json.loads(self.device.strategy_config)
        self.assertEqual((settings["standby_threshold_w"], settings["stop_threshold_w"]), (12.5, 8))
        self.assertIsNone(settings["start_threshold_w"])
        self.device.strategy_config = json.dumps(
            {**settings, "working_threshold_w": 150, "stop_threshold_w": None}
        )
        self.assertEqual((self.device.working_threshold_w, self.device.stop_threshold_w), (150, 0))
        self.assertEqual(self.device.standby_threshold_w, 12.5)
        again = self.device.strategy_config
        self.device.strategy_config = again
        self.assertEqual(json.loads(self.device.strategy_config), json.loads(again))

    def test_json_in_create(self):
        device = self.make_device(
            "lathe", strategy_config='{"standby_threshold_w": 7, "message_timeout_s": 20}'
        )
        self.assertEqual((device.standby_threshold_w, device.message_timeout_s), (7, 20))

    def test_what_makes_no_sense_is_refused_by_name(self):
        for text, word in (
            ("{", "no JSON"),
            ("[]", "object"),
            ('{"standby": 3}', "standby"),
            ('{"standby_threshold_w": "20"}', "Standby from"),
            ('{"working_threshold_w": 3}', "working_threshold_w"),
        ):
            with self.subTest(text), self.assertRaisesRegex(ValidationError, word):
                self.device.strategy_config = text
        with self.assertRaisesRegex(
            ValidationError, "Working from .* must not be less than Standby from"
        ) as caught:
            self.device.working_threshold_w = 3
        self.assertNotIn("Work ends below", str(caught.exception), "nobody has set that")

    def test_settings_of_no_session_are_nobodys_business(self):
        self.device.session_strategy = "none"
        self.device.working_threshold_w = 3
        with self.assertRaises(ValidationError):
            self.device.session_strategy = "power_threshold"

    def test_the_timeout_follows_the_device(self):
        self.assertEqual(self.device._session_config().message_timeout_s, 150)
        connection = self.env["mqtt.connection"].create({"name": "Hall", "host": "broker.test"})
        device = self.env["mqtt.device"].create(
            {
                "name": "Plug",
                "device_id": "plug",
                "connection_id": connection.id,
                "topic_pattern": "plug/#",
                "expected_interval": 300,
                "session_strategy": "power_threshold",
            }
        )
        self.assertEqual(device.iot_device_id._session_config().message_timeout_s, 750)
        revision = self.revision(device.iot_device_id)
        device.expected_interval = 600
        self.assertEqual(device.iot_device_id._session_config().message_timeout_s, 1500)
        self.assertGreater(self.revision(device.iot_device_id), revision, "the engine has to know")
        device.message_timeout_s = 20
        self.assertEqual(device.iot_device_id._session_config().message_timeout_s, 20)

    def revision(self, device):
        self.env.invalidate_all()
        return self.env["iot.session.state"].search([("device_id", "=", device.id)]).revision

    def test_a_channel_that_cannot_be_told_is_asked_for(self):
        self.device.session_strategy = "none"
        for channel in ("switch:0", "switch:1"):
            self.channel(channel)
        with self.assertRaisesRegex(ValidationError, "switch:0, switch:1"):
            self.device.session_strategy = "power_threshold"
        self.device.write({"session_strategy": "power_threshold", "session_channel": "switch:1"})
        with self.assertRaisesRegex(ValidationError, "switch:2"):
            self.device.session_channel = "switch:2"

    def test_the_total_of_a_meter_of_phases(self):
        for channel in ("em:0.a", "em:0", "em:0.b", "em:0.c"):
            self.channel(channel)
        self.assertFalse(self.device.session_channel_problem)
        engine = self.engine()
        for channel, power in (("em:0.a", 500), ("em:0", 60), ("em:0.b", 500)):
            self.ingest((0, power), (5, power), channel=channel)
        self.step(engine, 5)
        self.assertEqual(self.sessions().current_power_w, 60)

    def test_only_the_chosen_channel_counts(self):
        self.device.session_channel = "switch:1"
        engine = self.engine()
        self.ingest((0, 500), (5, 500), channel="switch:0")
        self.step(engine, 5)
        self.assertFalse(self.sessions())
        self.ingest((10, 60), (15, 60), channel="switch:1")
        self.step(engine, 15)
        self.assertEqual(self.sessions().current_power_w, 60)

    def channel(self, channel):
        self.env["iot.device.channel"].sudo().create(
            {"device_id": self.device.id, "channel": channel, "quantity": "power", "unit": "W"}
        )

    def test_copies_and_archives(self):
        copied = self.device.copy()
        self.assertEqual(copied.session_strategy, "power_threshold")
        self.assertEqual(self.revision(copied), 1)
        self.draw((0, 60), (5, 60))
        self.device.active = False
        self.assertEqual(self.sessions().end_reason, "manual")
