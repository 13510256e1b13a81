from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from fusion_iot_core.protocol.parsers import PARSERS

from .mqtt_common import MqttCase


class TestMqttDevice(MqttCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.device = cls.make_device("gw-1", name="Gateway", manufacturer="Tasmota")

    def refuse(self, **values):
        with self.assertRaises(ValidationError) as caught, self.cr.savepoint():
            self.device.write(values)
        return str(caught.exception)

    def routes(self):
        return self.env["mqtt.device"]._routes([self.connection.id])

    def test_it_is_a_device_of_the_register(self):
        entry = self.device.iot_device_id
        self.assertEqual((entry.name, entry.identifier, entry.manufacturer), ("Gateway", "gw-1", "Tasmota"))
        self.assertTrue(entry.is_mqtt)
        self.assertEqual(entry.action_open_mqtt()["res_id"], self.device.id)

    def test_both_names_of_the_identifier_are_one(self):
        self.device.device_id = " gw-2 "
        self.assertEqual(self.device.iot_device_id.identifier, "gw-2")
        self.device.iot_device_id.identifier = "gw-3"
        self.assertEqual((self.device.device_id, self.device.identifier), ("gw-3", "gw-3"))
        by_register = self.env["mqtt.device"].create(
            {
                "name": "x",
                "identifier": "gw-4",
                "connection_id": self.connection.id,
                "topic_pattern": "gw-4/#",
            }
        )
        self.assertEqual((by_register.device_id, by_register.identifier), ("gw-4", "gw-4"))

    def test_both_names_of_the_topic_are_one(self):
        device = self.make_device("other", topic_pattern=False, mqtt_topic="a/b")
        self.assertEqual(device.topic_pattern, "a/b")
        device.mqtt_topic = "c/d"
        self.assertEqual(device.topic_pattern, "c/d")

    @mute_logger("odoo.sql_db")
    def test_an_identifier_is_taken_once(self):
        self.env["iot.device"].create({"name": "By HTTP", "identifier": "http-1"})
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            self.make_device("http-1")
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            self.make_device("gw-1", iot_device_id=self.device.iot_device_id.id)

    def test_mqtt_for_a_device_of_the_register(self):
        entry = self.env["iot.device"].create({"name": "Known", "identifier": "known", "offline_after": 99})
        device = self.env["mqtt.device"].create(
            {"iot_device_id": entry.id, "connection_id": self.connection.id, "topic_pattern": "known/#"}
        )
        self.assertEqual((device.device_id, device.offline_after), ("known", 99))

    def test_it_leaves_the_register_as_a_whole(self):
        entry = self.device.iot_device_id
        self.device.unlink()
        self.assertFalse(entry.exists())
        other = self.make_device("other")
        other.iot_device_id.unlink()
        self.assertFalse(other.exists())

    def test_archiving(self):
        self.device.active = False
        self.assertFalse(self.device.iot_device_id.active)
        self.assertFalse(self.env["mqtt.device"].search([("id", "=", self.device.id)]))
        self.assertFalse(self.routes())

    def test_copy(self):
        self.device.write(
            {"main_voice": "rpc", "rule_ids": [Command.create({"path": "t", "quantity": "temperature"})]}
        )
        copy = self.device.copy()
        self.assertIn("copy", copy.device_id)
        self.assertIn("copy", copy.name)
        self.assertEqual(copy.rule_ids.path, "t")
        self.assertFalse(copy.main_voice)
        self.assertEqual(copy.presence, "unknown")

    def test_patterns(self):
        for pattern in ("a", "a/b", "+/gw-1/#", "tele/+/SENSOR", "$SYS/broker/load"):
            with self.subTest(pattern=pattern):
                self.device.topic_pattern = pattern
        for pattern in ("a/#/b", "a+/b", "a/b#", "#a", "a\nb"):
            with self.subTest(pattern=pattern):
                self.assertIn("no topic pattern", self.refuse(topic_pattern=pattern))
        for pattern in ("#", "+/#", "+", "+/+"):
            with self.subTest(pattern=pattern):
                self.assertIn("every device", self.refuse(topic_pattern=pattern))
        self.refuse(topic_pattern="$share/group/a/b")

    def test_device_ids(self):
        for name in ("a+b", "a#", "a\tb", "x" * 300):
            with self.subTest(name=name[:10]):
                self.assertIn("no device ID", self.refuse(device_id=name))
        for name in ("shellyplus1pm-a8032ab12345", "Kitchen/Freezer 2", "wärme"):
            with self.subTest(name=name):
                self.device.device_id = name

    @mute_logger("odoo.sql_db")
    def test_the_interval_is_not_negative(self):
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            self.device.expected_interval = -1
            self.device.flush_recordset()

    def test_silence_is_at_least_three_intervals(self):
        for interval, minutes in ((1, 5), (60, 5), (100, 5), (300, 15), (43_200, 2160), (0, 0)):
            with self.subTest(interval=interval):
                device = self.make_device(f"every-{interval}", expected_interval=interval)
                self.assertEqual(device.offline_after, minutes)
        self.assertEqual(self.make_device("chosen", offline_after=7).offline_after, 7)

    def test_the_register_knows_how_often_and_what_family(self):
        device = self.make_device("meter-7", expected_interval=20, parser_type="shelly_gen2")
        known = device.iot_device_id
        self.assertEqual((known.expected_interval, known.family), (20, "shelly_gen2"))
        device.parser_type = "tasmota"
        self.assertEqual(known.family, "tasmota")
        device.parser_type = "detect"
        self.assertFalse(known.family)
        self.assertEqual(self.env["iot.device"].search([("expected_interval", "=", 20)]), known)

    def test_a_device_that_was_there_before_keeps_its_interval(self):
        known = self.env["iot.device"].create(
            {"name": "Oven", "identifier": "oven", "expected_interval": 600, "offline_after": 40}
        )
        device = self.make_device("oven", iot_device_id=known.id)
        self.assertEqual((device.expected_interval, device.offline_after), (600, 40))

    def test_the_worker_it_reports_through(self):
        device = self.make_device("meter-8")
        by_http = self.env["iot.device"].create({"name": "Probe", "identifier": "by-http"})
        devices = device.iot_device_id + by_http
        self.assertEqual(
            dict(devices._runtime_workers()), {devices[0].id: {("mqtt", device.connection_id.id)}}
        )

    def test_the_form_follows_the_interval(self):
        form = Form(self.env["mqtt.device"])
        self.assertEqual(form.offline_after, 5)
        form.expected_interval = 600
        self.assertEqual(form.offline_after, 30)

    def test_the_pattern_follows_the_name(self):
        form = Form(self.device)
        form.device_id = "gw-9"
        self.assertEqual(form.topic_pattern, "tele/gw-9/#")
        form.topic_pattern = "by/hand/#"
        form.device_id = "gw-10"
        self.assertEqual(form.topic_pattern, "by/hand/#")

    def test_companies(self):
        ours = self.env.company
        other = self.env["res.company"].create({"name": "Another"})
        self.connection.company_id = ours
        self.device.company_id = ours
        with self.assertRaises(UserError):
            self.device.company_id = other
        with self.assertRaises(UserError):
            self.device.iot_device_id.company_id = other
        with Form(self.env["mqtt.device"]) as form:
            form.connection_id = self.connection
            self.assertEqual(form.company_id, ours)
            form.name = form.device_id = "theirs"
            form.topic_pattern = "theirs/#"

    def test_the_runtime_is_told_of_every_change(self):
        entry = self.device.iot_device_id
        plain = self.env["iot.device"].create({"name": "x", "identifier": "x"})
        with patch.object(type(self.env["iot.runtime.worker"]), "_wake") as wake:

            def told(change, *args):
                wake.reset_mock()
                change(*args)
                return wake.call_count

            for change in (
                lambda: self.make_device("new"),
                lambda: self.device.write({"topic_pattern": "a/b"}),
                lambda: self.device.write({"rule_ids": [Command.create({"quantity": "power"})]}),
                lambda: self.device.rule_ids.write({"scale": 2.0}),
                lambda: self.device.rule_ids.unlink(),
            ):
                self.assertTrue(told(change))
            self.assertFalse(
                told(lambda: self.env["mqtt.device"].search([], limit=1).write({"main_voice": "rpc"}))
            )
            # Other addons may have reasons of their own to tell it of an entry.
            for change in (
                lambda device: device.write({"identifier": f"renamed {device.id}"}),
                lambda device: device.write({"active": False}),
                lambda device: device.unlink(),
            ):
                self.assertEqual(told(change, entry), told(change, plain) + 1)

    def test_routes(self):
        self.device.write(
            {
                "parser_type": "json",
                "timezone": "Europe/Berlin",
                "time_path": "time",
                "main_voice": "rpc",
                "rule_ids": [
                    Command.create(
                        {
                            "path": "sensors[0].t",
                            "quantity": "temperature",
                            "unit": "°F",
                            "scale": 0.1,
                            "offset": -3.0,
                            "channel": "probe",
                            "serial_path": "sensors[0].id",
                            "value_map": "ON=1; off = 0",
                        }
                    )
                ],
            }
        )
        (route,) = self.routes()
        self.assertEqual((route.id, route.device_id), (self.device.id, self.device.iot_device_id.id))
        self.assertEqual((route.identifier, route.topic_pattern), ("gw-1", "tele/gw-1/#"))
        self.assertEqual((route.parser, route.main_voice), ("json", "rpc"))
        self.assertEqual((route.settings.timezone, route.settings.time_path), ("Europe/Berlin", "time"))
        (rule,) = route.settings.rules
        self.assertEqual((rule.path, rule.quantity, rule.unit), ("sensors[0].t", "temperature", "°F"))
        self.assertEqual((rule.scale, rule.offset), (0.1, -3.0))
        self.assertEqual((rule.channel, rule.serial_path), ("probe", "sensors[0].id"))
        self.assertEqual(dict(rule.value_map), {"ON": 1.0, "off": 0.0})

    def test_routes_compare_equal_as_long_as_nothing_changes(self):
        self.make_device("other", rule_ids=[Command.create({"quantity": "power", "value_map": "ON=1"})])
        self.assertEqual(self.routes(), self.routes())

    def test_routes_are_those_of_the_connection(self):
        other = self.Connection.create({"name": "Other", "host": "other.test"})
        self.make_device("elsewhere", connection_id=other.id)
        self.assertEqual([route.identifier for route in self.routes()], ["gw-1"])
        both = self.env["mqtt.device"]._routes((self.connection + other).ids)
        self.assertEqual({route.identifier for route in both}, {"gw-1", "elsewhere"})

    def test_routes_take_the_same_queries_however_many_there_are(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.routes()
            return self.cr.sql_log_count - before

        rules = [Command.create({"path": "t", "quantity": "temperature"})]
        self.device.rule_ids = rules
        count()
        few = count()
        for number in range(30):
            self.make_device(f"many-{number}", rule_ids=rules)
        self.assertEqual(len(self.routes()), 31)
        self.assertEqual(count(), few)

    def test_rules(self):
        rules = self.env["mqtt.device.rule"]

        def make(**values):
            with self.cr.savepoint():
                return rules.create({"device_id": self.device.id, "quantity": "temperature", **values})

        for wrong in ({"unit": "W"}, {"value_map": "ON"}, {"value_map": "ON=x"}, {"value_map": "ON=nan"}):
            with self.subTest(wrong=wrong), self.assertRaises(ValidationError):
                make(**wrong)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            make(scale=0.0)
        self.assertEqual(make(value_map="a=b=2, , closed=-1.5")._words(), {"a=b": 2.0, "closed": -1.5})

    def test_only_some_parsers_need_rules(self):
        for name, parser in PARSERS.items():
            with self.subTest(parser=name):
                self.device.parser_type = name
                self.assertEqual(self.device.configurable, parser.configurable)
        self.device.parser_type = "detect"
        self.assertFalse(self.device.configurable)

    def test_ways_from_a_device(self):
        self.assertEqual(self.device.action_open_messages()["domain"], [("device_id", "=", self.device.id)])
        context = self.device.action_try_message()["context"]
        self.assertEqual(context["default_device_id"], self.device.id)
