from odoo.fields import Command
from odoo.tests import Form

from .mqtt_common import MqttCase

SENSOR = """{
  "Time": "2026-11-21T10:00:00",
  "DS18B20-1": {"Id": "0000048EC44C", "Temperature": 61.2},
  "DS18B20-2": {"Id": "0000048EC44D", "Temperature": -127},
  "TempUnit": "C"
}
"""


class TestPaste(MqttCase):
    def paste(self, topic, payload, **values):
        with Form(self.env["mqtt.paste"]) as form:
            form.topic = topic
            form.payload = payload
            for name, value in values.items():
                form[name] = value
        return form.record

    def test_a_message_with_line_ends(self):
        paste = self.paste("tele/tank6/SENSOR", SENSOR)
        self.assertEqual(paste.detected, "Tasmota")
        first, second = paste.item_ids
        self.assertEqual((first.device, first.channel), ("tank6", "DS18B20-1"))
        self.assertEqual((first.serial, first.quantity), ("28-0000048ec44c", "temperature"))
        self.assertEqual((first.value, first.unit, first.quality), ("61.2", "°C", "good"))
        self.assertEqual((second.value, second.quality), ("fault", "bad"))
        self.assertIn("2", paste.result)

    def test_nothing_is_kept(self):
        counted = ("iot.device.channel", "iot.unknown.device", "mqtt.message", "mqtt.discovery", "iot.device")
        before = [self.env[model].search_count([]) for model in counted]
        self.paste("tele/tank6/SENSOR", SENSOR).action_read()
        self.assertEqual([self.env[model].search_count([]) for model in counted], before)

    def test_problems_in_words(self):
        for topic, payload, parser in (
            ("some/thing", "what?", "detect"),
            ("tele/tank6/SENSOR", "{broken", "tasmota"),
            ("x", "a" * 300_000, "detect"),
        ):
            with self.subTest(topic=topic):
                paste = self.paste(topic, payload, parser_type=parser)
                self.assertTrue(paste.problems)
                self.assertFalse(paste.item_ids)
                self.assertIn("No measurement", paste.result)

    def test_presence(self):
        paste = self.paste("tele/tank6/LWT", "Offline")
        self.assertEqual(paste.remarks, "tank6 is offline.")
        self.assertFalse(paste.item_ids)

    def test_what_a_device_says_of_itself(self):
        paste = self.paste("tele/tank6/STATE", '{"Wifi": {"RSSI": 70, "Signal": -61}}')
        self.assertIn("signal in dBm -61", paste.remarks)

    def test_with_the_settings_of_a_device(self):
        rule = {"path": "a.b", "quantity": "temperature", "unit": "°F", "channel": "oven"}
        device = self.make_device("dryer", parser_type="json", rule_ids=[Command.create(rule)])
        paste = self.paste("dryer", '{"a": {"b": 212}}', device_id=device)
        self.assertEqual(paste.parser_type, "json")
        item = paste.item_ids
        self.assertEqual((item.channel, item.value, item.unit), ("oven", "100", "°C"))

    def test_without_a_topic(self):
        paste = self.paste(False, "21.5")
        self.assertFalse(paste.item_ids)
        self.assertFalse(paste.result)
