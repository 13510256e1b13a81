from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import Form

from fusion_iot_core.protocol.parsers import PARSERS

from .mqtt_common import MqttCase


class TestTemplate(MqttCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template = cls.env["mqtt.device.template"].create(
            {
                "name": "Dryer",
                "parser_type": "json",
                "topic_pattern": "dryers/{device}/state",
                "expected_interval": 20,
                "offline_after": 9,
                "kind": "controller",
                "manufacturer": "Dryers Ltd",
                "hint": "Press the button.",
                "rule_ids": [
                    Command.create(
                        {
                            "path": "t",
                            "quantity": "temperature",
                            "unit": "°F",
                            "value_map": "HOT=99",
                            "scale": 2.0,
                        }
                    )
                ],
            }
        )

    def test_choosing_one_fills_the_form_in(self):
        with Form(self.env["mqtt.device"]) as form:
            form.name = "Dryer 1"
            form.connection_id = self.connection
            form.template_id = self.template
            form.device_id = "dryer-1"
        device = form.record
        self.assertEqual((device.topic_pattern, device.parser_type), ("dryers/dryer-1/state", "json"))
        self.assertEqual((device.expected_interval, device.offline_after), (20, 9))
        self.assertEqual((device.kind, device.manufacturer), ("controller", "Dryers Ltd"))
        rule = device.rule_ids
        self.assertEqual((rule.path, rule.unit, rule.scale), ("t", "°F", 2.0))
        self.assertEqual(rule._words(), {"HOT": 99.0})
        self.assertEqual(device.hint, "Press the button.")

    def test_choosing_one_after_the_name(self):
        form = Form(self.env["mqtt.device"])
        form.device_id = "dryer-2"
        form.template_id = self.template
        self.assertEqual(form.topic_pattern, "dryers/dryer-2/state")

    def test_patterns(self):
        for wrong in ("#/{device}", "dryers/x", "dryers/x{device}"):
            with self.subTest(pattern=wrong), self.assertRaises(ValidationError), self.cr.savepoint():
                self.template.topic_pattern = wrong

    def test_every_family_has_one(self):
        shipped = self.env["mqtt.device.template"].search([])
        self.assertEqual(set(shipped.mapped("parser_type")) & set(PARSERS), set(PARSERS))
        for template in shipped:
            with self.subTest(template=template.name):
                device = self.make_device(f"made-{template.id}", **template._values(f"made-{template.id}"))
                self.assertIn(device.device_id, device.topic_pattern)
                silence, interval = device.offline_after * 60, device.expected_interval
                self.assertTrue(not silence or silence >= 3 * interval, "silence is at least three intervals")

    def test_guessing(self):
        cases = [
            ("shelly_gen1", ["relay:0"], "mqtt_template_shelly_gen1_relay"),
            ("shelly_gen1", ["emeter:0", "relay:0"], "mqtt_template_shelly_gen1_3em"),
            ("shelly_gen1", ["relay:0", "ext_temperature:1"], "mqtt_template_shelly_gen1_addon"),
            ("shelly_gen1", ["sensor"], "mqtt_template_shelly_gen1_ht"),
            ("shelly_gen2", ["switch:0"], "mqtt_template_shelly_gen2"),
            ("shelly_gen2", [], "mqtt_template_shelly_gen2"),
            ("shelly_gen2", ["switch:0", "temperature:101"], "mqtt_template_shelly_gen2_addon"),
            ("shelly_gen2", ["em:0.a", "em:0"], "mqtt_template_shelly_gen2_3em"),
            ("tasmota", ["DS18B20-1", "DS18B20-2"], "mqtt_template_tasmota_ds18b20"),
            ("tasmota", ["ENERGY"], "mqtt_template_tasmota_energy"),
            ("tasmota", ["BME280"], "mqtt_template_tasmota"),
            ("zigbee2mqtt", [""], "mqtt_template_zigbee2mqtt"),
        ]
        guess = self.env["mqtt.device.template"]._guess
        for parser, channels, expected in cases:
            with self.subTest(parser=parser, channels=channels):
                self.assertEqual(guess(parser, channels), self.env.ref(f"fusion_iot.{expected}"))
        self.assertFalse(guess("", ["x"]))
