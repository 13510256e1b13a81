from datetime import timedelta, timezone

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, new_test_user

from fusion_iot_core.mqtt.discovered import Discovered
from fusion_iot_core.protocol import Measurement

from .mqtt_common import MqttCase

PROBES = [
    {
        "channel": "DS18B20-1",
        "serial": "28-0000000000aa",
        "quantity": "temperature",
        "unit": "°C",
        "value": 61.25,
        "quality": "good",
    },
    {
        "channel": "DS18B20-2",
        "serial": "28-0000000000bb",
        "quantity": "temperature",
        "unit": "°C",
        "value": None,
        "quality": "bad",
    },
]


class DiscoveryCase(MqttCase):
    def discover(self, device="tank6", parser="tasmota", channels=None, **values):
        return self.env["mqtt.discovery"].create(
            {
                "connection_id": self.connection.id,
                "device": device,
                "parser": parser,
                "topic": f"tele/{device}/SENSOR",
                "payload": "{}",
                "topic_pattern": f"+/{device}/#",
                "channels": PROBES if channels is None else channels,
                "message_count": 3,
                "first_seen": fields.Datetime.now(),
                "last_seen": fields.Datetime.now(),
                **values,
            }
        )

    def wizard(self, row):
        action = row.action_set_up()
        return self.env[action["res_model"]].browse(action["res_id"])

    def confirm(self, wizard):
        action = wizard.action_confirm()
        return self.env[action["res_model"]].browse(action["res_id"])


class TestDiscovery(DiscoveryCase):
    def test_its_probes_lead_to_it_from_the_unknown_devices(self):
        """A stranger is listed by device here and by serial there: the one leads to the other."""
        row = self.discover()
        self.env["iot.ingest"].ingest(
            [
                Measurement("tank6", 61.25, channel="DS18B20-1", serial="28-0000000000aa"),
                Measurement("gateway", 20.0, serial="28-0000000000ee"),
            ],
            source="mqtt",
        )
        manager = new_test_user(self.env, "finds_strangers", groups="fusion_iot.group_iot_manager")
        unknown = self.env["iot.unknown.device"].with_user(manager)
        probe, other = (unknown.search([("serial", "=", f"28-0000000000{end}")]) for end in ("aa", "ee"))
        self.assertTrue(probe.is_discovered)
        self.assertFalse(other.is_discovered)
        action = probe.action_set_up_device()
        self.assertEqual(action["res_model"], "mqtt.discovery.setup")
        self.assertEqual(self.env[action["res_model"]].browse(action["res_id"]).device_id, "tank6")
        row.ignored = True
        unknown.invalidate_model()
        self.assertFalse(probe.is_discovered)

    def test_what_it_looks_like(self):
        row = self.discover()
        self.assertIn("Tasmota", row.family)
        self.assertEqual(row.channel_summary, "Temperature 61.25 °C · Temperature fault")
        self.assertEqual(self.discover("x", parser="").family, "Not recognised")
        many = self.discover("many", channels=PROBES * 4)
        self.assertTrue(many.channel_summary.endswith("+4"))
        self.assertFalse(self.discover("none", channels=[]).channel_summary)

    def test_a_unit_that_nobody_said_is_no_secret(self):
        power = {"channel": "power", "serial": "", "quantity": "power", "value": 0.543, "quality": "good"}
        assumed = self.discover("p1", "esphome", [{**power, "unit": "W", "unit_assumed": True}])
        self.assertEqual(assumed.channel_summary, "Power 0.543 W (unit assumed)")
        not_known = self.discover("p2", "esphome", [{**power, "unit": ""}])
        self.assertEqual(not_known.channel_summary, "Power 0.543 (unit not known)")
        for row, unit in ((assumed, "W"), (not_known, "")):
            wizard = self.wizard(row)
            self.assertTrue(wizard.unit_open)
            channel = self.confirm(wizard).channel_ids
            self.assertEqual((channel.unit or "", channel.unit_assumed), (unit, bool(unit)))
        self.assertFalse(self.wizard(self.discover("tank6")).unit_open)

    def test_the_dialog_is_filled_in(self):
        wizard = self.wizard(self.discover(alias="Tank six"))
        self.assertEqual((wizard.name, wizard.device_id), ("Tank six", "tank6"))
        self.assertEqual(wizard.template_id, self.env.ref("fusion_iot.mqtt_template_tasmota_ds18b20"))
        self.assertEqual((wizard.parser_type, wizard.topic_pattern), ("tasmota", "+/tank6/#"))
        self.assertEqual(wizard.line_ids.mapped("serial"), ["28-0000000000aa", "28-0000000000bb"])
        self.assertEqual(wizard.line_ids.mapped("quality"), ["good", "bad"])

    def test_one_click_makes_a_device(self):
        row = self.discover(model="ESP32")
        twin = self.discover(parser="json")
        device = self.confirm(self.wizard(row))
        self.assertEqual((device.name, device.device_id), ("tank6", "tank6"))
        self.assertEqual((device.connection_id, device.model), (self.connection, "ESP32"))
        self.assertEqual((device.parser_type, device.topic_pattern), ("tasmota", "+/tank6/#"))
        self.assertEqual((device.expected_interval, device.offline_after), (300, 15))
        found = device.channel_ids.sorted("channel")
        self.assertEqual(found.mapped("channel"), ["DS18B20-1", "DS18B20-2"])
        self.assertEqual(found.mapped("serial"), ["28-0000000000aa", "28-0000000000bb"])
        self.assertEqual(found[0].last_value, 61.25)
        self.assertEqual(found.mapped("last_quality"), ["good", "bad"])
        self.assertFalse((row + twin).exists())

    def test_it_goes_to_the_company_of_the_connection(self):
        self.connection.company_id = self.env.company
        self.assertEqual(self.confirm(self.wizard(self.discover())).company_id, self.env.company)

    def test_one_that_is_in_the_register_already(self):
        entry = self.env["iot.device"].create({"name": "By HTTP", "identifier": "tank6", "active": False})
        device = self.confirm(self.wizard(self.discover()))
        self.assertEqual(device.iot_device_id, entry)
        again = self.wizard(self.discover())
        with self.assertRaisesRegex(UserError, "set up already"):
            again.action_confirm()

    def test_one_that_nothing_recognised(self):
        row = self.discover("odd/topic", parser="", channels=[], topic_pattern="odd/topic")
        wizard = self.wizard(row)
        self.assertEqual((wizard.parser_type, wizard.topic_pattern), ("detect", "odd/topic"))
        self.assertFalse(wizard.template_id)
        with Form(wizard) as form:
            form.template_id = self.env.ref("fusion_iot.mqtt_template_json")
            self.assertEqual((form.parser_type, form.topic_pattern), ("json", "odd/topic"))
        self.assertEqual(self.confirm(wizard).parser_type, "json")

    def test_a_channel_that_cannot_be_stored_is_left_out(self):
        odd = [{"channel": "x", "serial": "", "quantity": "", "unit": "", "value": 1.0, "quality": "good"}]
        wizard = self.wizard(self.discover(channels=[*odd, *PROBES]))
        self.assertEqual(len(wizard.line_ids), 3)
        self.assertEqual(len(self.confirm(wizard).channel_ids), 2)

    def test_lines_do_their_part(self):
        wizard = self.wizard(self.discover())
        wizard.line_ids = [Command.delete(wizard.line_ids[0].id)]
        self.assertEqual(self.confirm(wizard).channel_ids.channel, "DS18B20-2")

    def test_ignoring(self):
        rows = self.discover("a") + self.discover("b")
        rows.action_ignore()
        listed = self.env["mqtt.discovery"].search([("ignored", "=", False)])
        self.assertFalse(listed & rows)
        self.connection.invalidate_recordset()
        self.assertEqual(self.connection.discovery_count, 0)
        rows[0].action_notice()
        self.assertFalse(rows[0].ignored)


class TestRelays(DiscoveryCase):
    """A device that only switches is set up as that."""

    def switches(self, device):
        return [(switch.name, switch.relay or "") for switch in device.switch_ids]

    def test_a_bare_relay(self):
        heat = {"channel": "switch:0", "quantity": "device_temperature", "unit": "°C", "value": 41.0}
        row = self.discover("shellyplus1-aa", "shelly_gen2", [heat], relays={"0": True}, alias="Fan")
        self.assertEqual(row.channel_summary, "Device temperature 41 °C · Relay on")
        wizard = self.wizard(row)
        self.assertEqual(wizard.kind, "relay")
        [line] = wizard.switch_ids
        self.assertEqual((line.name, line.relay or "", line.is_wanted), ("Fan", "", True))
        line.name = "Exhaust fan"
        device = self.confirm(wizard)
        self.assertEqual(device.kind, "relay")
        self.assertEqual(self.switches(device), [("Exhaust fan", "")])

    def test_several_relays_each_for_itself(self):
        row = self.discover("lamps", "tasmota", [], relays={"2": False, "1": True})
        self.assertEqual(row.channel_summary, "2 relays")
        wizard = self.wizard(row)
        wizard.switch_ids[1].is_wanted = False
        self.assertEqual(self.switches(self.confirm(wizard)), [("lamps, relay 1", "1")])

    def test_the_name_of_a_relay_where_it_takes_one(self):
        for parser, relays, relay in (
            ("esphome", {"pump": True}, "pump"),
            ("zigbee2mqtt", {"l2": True}, "l2"),
            ("zigbee2mqtt", {"": True}, ""),
            ("shelly_gen1", {"1": True}, "1"),
        ):
            with self.subTest(parser=parser, relays=relays):
                row = self.discover(f"{parser}{relay}", parser, [], relays=relays, topic_pattern=None)
                self.assertEqual(self.wizard(row).switch_ids.relay or "", relay)

    def test_a_relay_before_a_meter_is_offered_and_no_more(self):
        power = {"channel": "switch:0", "quantity": "power", "unit": "W", "value": 3.0, "quality": "good"}
        row = self.discover("plug", "shelly_gen2", [power], relays={"0": True})
        self.assertEqual(row.channel_summary, "Power 3 W · Relay on")
        wizard = self.wizard(row)
        self.assertEqual((wizard.kind, wizard.switch_ids.is_wanted), ("meter", False))
        self.assertFalse(self.confirm(wizard).switch_ids)

    def test_one_that_is_in_the_register_with_its_switch(self):
        entry = self.env["iot.device"].create({"name": "Lamps", "identifier": "lamps"})
        self.env["iot.device.switch"].create({"device_id": entry.id, "name": "Door", "relay": "1"})
        row = self.discover("lamps", "tasmota", [], relays={"1": True, "2": False})
        device = self.confirm(self.wizard(row))
        self.assertEqual(self.switches(device), [("Door", "1"), ("lamps, relay 2", "2")])

    def test_what_is_heard_of_relays_is_gathered(self):
        at = fields.Datetime.now().replace(tzinfo=timezone.utc)
        for relays in ({"1": True}, {"2": False}, {}, {"1": False}):
            item = Discovered("lamps", "tasmota", "stat/lamps/RESULT", b"{}", at, 1, relays=relays)
            self.env["mqtt.intake"]._discover(self.connection.id, [item])
        [row] = self.env["mqtt.discovery"].search([("device", "=", "lamps")])
        self.assertEqual(row.relays, {"1": False, "2": False})


class TestAdopted(DiscoveryCase):
    """What was heard of a device before it was set up is not forgotten."""

    def heard(self, gap, reports=6, parser="tasmota", **values):
        """A device that was heard every ``gap`` seconds until now, through the runtime's intake."""
        now = fields.Datetime.now()
        for number in reversed(range(reports)):
            at = now - timedelta(seconds=gap * number)
            channel = {**PROBES[0], "unit_assumed": False}
            item = Discovered("tank6", parser, "tele/tank6/SENSOR", b"{}", at.replace(tzinfo=timezone.utc), 1)
            item.channels["DS18B20-1", "temperature"] = channel
            self.env["mqtt.intake"]._discover(self.connection.id, [item])
        return self.env["mqtt.discovery"].search([("device", "=", "tank6")])

    def test_it_gets_the_interval_it_was_heard_with(self):
        wizard = self.wizard(self.heard(20))
        self.assertEqual(wizard.template_id.expected_interval, 300)
        self.assertEqual(wizard.expected_interval, 20)
        device = self.confirm(wizard)
        self.assertEqual((device.expected_interval, device.offline_after), (20, 5))

    def test_too_little_heard_leaves_what_is_usual(self):
        wizard = self.wizard(self.heard(20, reports=3))
        self.assertEqual(wizard.expected_interval, 300)
        device = self.confirm(wizard)
        self.assertEqual((device.expected_interval, device.offline_after), (300, 15))

    def test_a_family_that_speaks_on_change_is_not_expected_sooner(self):
        self.assertEqual(self.wizard(self.heard(4, parser="shelly_gen2")).expected_interval, 60)

    def test_a_device_on_a_battery_may_be_quiet_for_long(self):
        device = self.confirm(self.wizard(self.heard(7200, parser="json")))
        self.assertEqual((device.expected_interval, device.offline_after), (7200, 360))

    def test_what_is_typed_counts(self):
        wizard = self.wizard(self.heard(20))
        wizard.expected_interval = 120
        self.assertEqual(self.confirm(wizard).expected_interval, 120)

    def test_it_is_there_at_once_and_gone_when_it_falls_silent(self):
        device = self.confirm(self.wizard(self.heard(20))).iot_device_id
        self.assertEqual(device.presence, "online")
        self.assertTrue(device.last_seen)
        self.env["iot.device"]._mark_silent_offline()
        self.assertEqual(device.presence, "online")
        with freeze_time(fields.Datetime.now() + timedelta(minutes=device.offline_after, seconds=1)):
            self.env["iot.device"]._mark_silent_offline()
        self.assertEqual(device.presence, "offline")

    def test_one_that_fell_silent_before_is_offline(self):
        row = self.heard(20)
        row.last_seen = fields.Datetime.now() - timedelta(hours=1)
        self.assertEqual(self.confirm(self.wizard(row)).presence, "offline")
