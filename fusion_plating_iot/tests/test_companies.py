import json
import logging
from datetime import timedelta

from odoo.addons.fusion_iot.models import iot_device_channel, iot_device_presence
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from fusion_iot_core.mqtt.inbound import Inbound
from fusion_iot_core.mqtt.reader import Reader
from fusion_iot_core.protocol.parsers import Message

from .common import SERIAL, TankCase

GATEWAY = "tasmota_0000AA"
ROM = "28-0000000000cc"


@tagged("post_install", "-at_install")
class TestCompanies(TankCase):
    """Nobody takes the probes of another company away, nor does it keep him from setting up his own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ours = cls.tank.company_id
        cls.theirs = cls.env["res.company"].create({"name": "Another company"})
        cls.stranger = new_test_user(
            cls.env,
            "a manager of another company",
            "fusion_plating.group_plating_manager,fusion_iot.group_iot_manager",
            company_id=cls.theirs.id,
            company_ids=[(6, 0, cls.theirs.ids)],
        )
        cls.their_tank = cls.env["fusion.plating.tank"].create(
            {"name": "Their tank", "company_id": cls.theirs.id}
        )
        cls.connection = cls.broker(cls.ours)
        cls.gateway = cls.registered(cls.connection, GATEWAY)
        cls.placed = cls._make_sensor(
            False, name="Placed", iot_device_id=cls.gateway.iot_device_id.id, device_channel="DS18B20-1"
        )

    def setUp(self):
        super().setUp()
        iot_device_channel._noted.forget()
        iot_device_presence._noted.forget()

    @classmethod
    def broker(cls, company):
        return cls.env["mqtt.connection"].create(
            {"name": "Broker", "host": "broker.test", "company_id": company.id}
        )

    @classmethod
    def registered(cls, connection, name, **values):
        return cls.env["mqtt.device"].create(
            {
                "name": name,
                "device_id": name,
                "connection_id": connection.id,
                "company_id": connection.company_id.id,
                "topic_pattern": f"tele/{name}/#",
                **values,
            }
        )

    def publish(self, value, connection=None, seconds=0, rom=ROM, gateway=GATEWAY):
        """What a gateway with a probe publishes, as the runtime takes it."""
        connection = connection or self.connection
        payload = {
            "DS18B20-1": {"Id": rom.removeprefix("28-").upper(), "Temperature": value},
            "DS18B20-2": {"Id": "0000000000EE", "Temperature": 20.0},
            "TempUnit": "C",
        }
        at = self.start + timedelta(seconds=seconds)
        message = Message(f"tele/{gateway}/SENSOR", json.dumps(payload).encode(), at, False)
        routes = self.env["mqtt.device"]._routes(connection.ids)
        reader = Reader(routes, True, connection.company_id.id or None)
        intake = reader.intake([Inbound(message, 0, 0, False, 1)])
        self.env["mqtt.intake"]._take(connection.id, "off", intake)
        self.env.invalidate_all()

    def their_sensor(self, serial=ROM, **values):
        return (
            self.env["fp.tank.sensor"]
            .with_user(self.stranger)
            .create({"name": "Theirs", "device_serial": serial, "tank_id": self.their_tank.id, **values})
            .sudo()
        )

    def values(self, sensor):
        return self.readings(sensor).mapped("value")

    def test_a_serial_of_another_company_takes_no_reading_away(self):
        self.publish(70.0)
        self.assertEqual(self.values(self.placed), [70.0])
        theirs = self.their_sensor()
        for seconds, value in ((60, 95.0), (120, 99.0)):
            self.publish(value, seconds=seconds)
        self.assertEqual(self.values(self.placed), [70.0, 95.0, 99.0])
        self.assertEqual(len(self.holds(self.placed)), 1)
        self.assertFalse(self.readings(theirs))

    def test_nor_a_serial_that_both_have(self):
        theirs = self.their_sensor(SERIAL)
        self.publish(95.0, rom=SERIAL)
        self.assertEqual(self.values(self.sensor), [95.0])
        self.assertEqual(len(self.holds()), 1)
        self.assertFalse(self.readings(theirs))

    def test_nor_on_a_gateway_that_nobody_has_set_up(self):
        theirs = self.their_sensor(SERIAL)
        self.publish(95.0, rom=SERIAL, gateway="tasmota_FFFFFF")
        self.assertEqual(self.values(self.sensor), [95.0])
        self.assertFalse(self.readings(theirs))

    def test_each_broker_has_its_own(self):
        theirs = self.their_sensor(SERIAL)
        broker = self.broker(self.theirs)
        self.registered(broker, GATEWAY)
        self.publish(80.0, rom=SERIAL)
        self.publish(40.0, broker, rom=SERIAL)
        self.assertEqual(self.values(self.sensor), [80.0])
        self.assertEqual(self.values(theirs), [40.0])

    def test_a_serial_can_be_set_up_though_another_company_had_it_first(self):
        theirs = self.their_sensor()
        ours = self._make_sensor(ROM, name="Ours")
        self.publish(80.0)
        self.assertEqual(self.values(ours), [80.0])
        self.assertFalse(self.readings(theirs))

    @mute_logger("odoo.sql_db")
    def test_within_a_company_a_serial_is_of_one_sensor(self):
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            self._make_sensor(SERIAL, name="Twice")
        self.sensor.active = False
        again = self._make_sensor(SERIAL, name="Instead")
        self.publish(80.0, rom=SERIAL)
        self.assertEqual(self.values(again), [80.0])

    def test_what_is_of_no_company_finds_the_only_sensor(self):
        broker = self.broker(self.env["res.company"])
        self.publish(80.0, broker, rom=SERIAL)
        self.ingest_series(81.0, start=60)
        self.assertEqual(self.values(self.sensor), [80.0, 81.0])

    @mute_logger("odoo.addons.fusion_plating_iot.models.iot_ingest")
    def test_what_is_of_no_company_is_not_guessed(self):
        """By HTTP, whose token is of no company: an error that says so, for the reading in question alone."""
        theirs = self.their_sensor(SERIAL)
        other = self._make_sensor("28-0000000000bb")
        report = self.ingest(self.measurement(95.0, 0), self.measurement(80.0, 0, serial=other.device_serial))
        self.assertEqual(report.accepted, 1)
        self.assertEqual([(item.index, item.error) for item in report.rejected], [(0, "ambiguous_device")])
        self.assertFalse(self.readings() + self.readings(theirs))
        self.assertFalse(self.env["iot.unknown.device"].search([("serial", "=", SERIAL)]))
        theirs.active = False
        self.assertEqual(self.ingest(self.measurement(95.0, 0)).accepted, 1)

    def test_it_is_told(self):
        self.assertFalse(self.sensor.serial_elsewhere)
        theirs = self.their_sensor(SERIAL)
        self.env.invalidate_all()
        self.assertTrue(self.sensor.serial_elsewhere, "both are told")
        self.assertTrue(theirs.serial_elsewhere)
        with self.assertLogs("odoo.addons.fusion_plating_iot.models.iot_ingest", logging.WARNING) as logs:
            self.ingest(self.measurement(95.0, 0))
        self.assertIn(SERIAL, logs.output[0])

    def shared_place(self):
        """A gateway of no company, and our sensor that is known by its channel there."""
        broker = self.broker(self.env["res.company"])
        gateway = self.registered(broker, "tasmota_0000BB")
        ours = self._make_sensor(
            False, name="Shared", iot_device_id=gateway.iot_device_id.id, device_channel="DS18B20-1"
        )
        return broker, gateway, ours

    @mute_logger("odoo.addons.fusion_plating_iot.models.iot_ingest")
    def test_on_a_shared_gateway_a_serial_takes_no_place_away(self):
        """By MQTT: what has been ours is not another's by a serial that he enters; it is refused, and both are told."""
        broker, gateway, ours = self.shared_place()
        self.publish(70.0, broker, gateway=gateway.device_id)
        self.assertEqual(self.values(ours), [70.0])
        self.assertFalse(ours.serial_elsewhere)
        theirs = self.their_sensor()
        for seconds, value in ((60, 95.0), (120, 99.0)):
            self.publish(value, broker, seconds, gateway=gateway.device_id)
        self.assertEqual((self.values(ours), self.values(theirs)), ([70.0], []))
        channel = gateway.channel_ids.filtered(lambda row: row.channel == "DS18B20-1")
        self.assertFalse(channel.tank_sensor_id)
        self.assertTrue(ours.serial_elsewhere)
        self.assertTrue(theirs.serial_elsewhere)
        gateway.company_id = self.ours
        iot_device_channel._noted.forget()
        self.env.invalidate_all()
        self.assertFalse(ours.serial_elsewhere or theirs.serial_elsewhere)
        self.publish(95.0, broker, 180, gateway=gateway.device_id)
        self.assertEqual(self.values(ours), [70.0, 95.0])
        self.assertEqual(len(self.holds(ours)), 1)

    @mute_logger("odoo.addons.fusion_plating_iot.models.iot_ingest")
    def test_nor_does_a_place_take_a_serial_away(self):
        theirs = self.their_sensor()
        broker = self.broker(self.env["res.company"])
        gateway = self.registered(broker, "tasmota_0000BB")
        self.publish(70.0, broker, gateway=gateway.device_id)
        self.assertEqual(self.values(theirs), [70.0])
        ours = self._make_sensor(
            False, name="Shared", iot_device_id=gateway.iot_device_id.id, device_channel="DS18B20-1"
        )
        self.publish(95.0, broker, 60, gateway=gateway.device_id)
        self.assertEqual((self.values(ours), self.values(theirs)), ([], [70.0]))
        self.assertTrue(ours.serial_elsewhere)
        self.assertTrue(theirs.serial_elsewhere)
        ours.active = False
        self.publish(96.0, broker, 120, gateway=gateway.device_id)
        self.assertEqual(self.values(theirs), [70.0, 96.0])
        self.env.invalidate_all()
        self.assertFalse(theirs.serial_elsewhere)

    @mute_logger("odoo.addons.fusion_plating_iot.models.iot_ingest")
    def test_nor_a_serial_the_place_of_a_probe_on_a_box_of_all(self):
        """The probe is itself a device: its place is its name."""
        probe = self.env["iot.device"].create({"name": "Probe", "identifier": ROM})
        ours = self._make_sensor(False, name="Ours", iot_device_id=probe.id)

        box = self.env["iot.box"].create({"name": "Box of all", "identifier": "10000000abcdef01"})

        def ingest(value, seconds):
            return box._ingest_probes([self.measurement(value, seconds, ROM)])

        self.assertEqual(ingest(70.0, 0).accepted, 1)
        theirs = self.their_sensor()
        report = ingest(95.0, 60)
        self.assertEqual([item.error for item in report.rejected], ["ambiguous_device"])
        self.assertEqual((self.values(ours), self.values(theirs)), ([70.0], []))
        self.assertTrue(ours.serial_elsewhere)
        self.assertTrue(theirs.serial_elsewhere)

    def test_within_a_company_the_serial_still_goes_before_the_place(self):
        broker, gateway, placed = self.shared_place()
        self.publish(80.0, broker, rom=SERIAL, gateway=gateway.device_id)
        self.assertEqual((self.values(self.sensor), self.values(placed)), ([80.0], []))
        self.assertFalse(self.sensor.serial_elsewhere or placed.serial_elsewhere)

    def refuses(self, message, act):
        with self.assertRaisesRegex(UserError, message), self.cr.savepoint():
            act()
        self.env.invalidate_all()

    def test_a_shared_device_is_not_taken_away(self):
        """Neither it nor its broker is given to a company while a sensor of another one is served by it."""
        broker, gateway, ours = self.shared_place()
        device = gateway.iot_device_id
        for record in (device, gateway, broker):
            record = record.with_user(self.stranger)
            self.refuses("records", lambda record=record: record.write({"company_id": self.theirs.id}))
        self.publish(70.0, broker, gateway=gateway.device_id)
        self.assertEqual(self.values(ours), [70.0])
        gateway.company_id = self.ours
        self.refuses("of all|records", lambda: device.write({"company_id": self.theirs.id}))
        gateway.company_id = False
        ours.active = False
        device.with_user(self.stranger).write({"company_id": self.theirs.id})
        self.refuses("inconsistencies", lambda: ours.write({"active": True}))

    def test_nor_while_a_probe_of_another_company_is_heard_on_it(self):
        broker = self.broker(self.env["res.company"])
        gateway = self.registered(broker, "tasmota_0000BB")
        self.publish(70.0, broker, rom=SERIAL, gateway=gateway.device_id)
        self.assertEqual(self.values(self.sensor), [70.0])
        self.refuses(
            "records", lambda: gateway.with_user(self.stranger).write({"company_id": self.theirs.id})
        )
        self.their_sensor("28-0000000000ee")
        self.refuses("records", lambda: gateway.write({"company_id": self.ours.id}))
        self._make_sensor("28-0000000000ee", name="Ours as well")
        gateway.company_id = self.ours

    def test_a_shared_device_is_changed_by_who_is_in_all_its_companies(self):
        broker, gateway, _ours = self.shared_place()
        device = gateway.iot_device_id
        other = self.broker(self.env["res.company"])
        gateway.rule_ids = [(0, 0, {"path": "z", "quantity": "ph"})]
        acts = [
            (device, {"active": False}),
            (device, {"identifier": "renamed"}),
            (gateway, {"device_id": "renamed"}),
            (gateway, {"active": False}),
            (gateway, {"connection_id": other.id}),
            (gateway, {"mqtt_topic": "elsewhere/#"}),
            (gateway, {"parser_type": "tasmota"}),
            (gateway, {"timezone": "Asia/Tokyo"}),
            (gateway, {"time_path": "at"}),
            (gateway, {"rule_ids": [(0, 0, {"path": "x", "quantity": "ph"})]}),
            (gateway, {"rule_ids": [(1, gateway.rule_ids.id, {"channel": "other"})]}),
            (gateway, {"rule_ids": [(2, gateway.rule_ids.id)]}),
            (gateway.rule_ids, {"scale": 2.0}),
        ]
        for record, values in acts:
            with self.subTest(values):
                self.refuses(
                    "belongs to all",
                    lambda record=record, values=values: record.with_user(self.stranger).write(values),
                )
        gateway.with_user(self.stranger).write(
            {
                "name": "Theirs, too",
                "identifier": gateway.device_id,
                "active": True,
                "connection_id": broker.id,
                "parser_type": gateway.parser_type,
                "timezone": gateway.timezone,
                "mqtt_topic": gateway.topic_pattern,
            }
        )
        for record in (device, gateway, gateway.rule_ids):
            self.refuses("belongs to all", lambda record=record: record.with_user(self.stranger).unlink())
        rule = {"device_id": gateway.id, "path": "y", "quantity": "ph"}
        self.refuses(
            "belongs to all", lambda: self.env["mqtt.device.rule"].with_user(self.stranger).create(rule)
        )
        self.stranger.company_ids |= self.ours
        last = acts.pop(-2)
        for record, values in [*acts, last]:
            record.with_user(self.stranger).write(values)
        self.assertEqual(device.identifier, "renamed")

    def test_a_shared_connection_is_changed_by_who_is_in_all_its_companies(self):
        broker, gateway, ours = self.shared_place()
        broker.write({"enabled": True, "username": "line"})
        acts = [
            {"host": "elsewhere.test"},
            {"port": 1999},
            {"username": "another"},
            {"client_id": "another"},
            {"topic_rate": 1},
            {"clean_session": True},
            {"enabled": False},
            {"active": False},
        ]
        theirs = broker.with_user(self.stranger)

        def refused():
            for values in acts:
                with self.subTest(values):
                    self.refuses("belongs to all companies", lambda values=values: theirs.write(values))
            self.refuses("belongs to all companies", theirs.action_stop)

        refused()
        theirs.write(
            {"name": "Shop", "note": "x", "host": "broker.test ", "log_level": "all", "enabled": True}
        )
        ours.active = False
        gateway.company_id = self.ours
        refused()
        self.stranger.company_ids |= self.ours
        for values in acts:
            theirs.write(values)
        alone = self.broker(self.env["res.company"]).with_user(self.stranger)
        alone.write({"host": "elsewhere.test"})

    def test_a_box_with_sensors_of_a_company_stays_there(self):
        box = self.env["iot.box"].create(
            {"name": "Box", "identifier": "10000000abcdef01", "company_id": self.ours.id}
        )
        probe = self.env["iot.device"].create(
            {"name": "Probe", "identifier": ROM, "company_id": self.ours.id}
        )
        probe.box_id = box
        self.refuses("records", lambda: probe.write({"company_id": self.theirs.id}))
        sensor = self._make_sensor(ROM, name="Ours", iot_device_id=probe.id)
        self.refuses("records", lambda: box.write({"company_id": self.theirs.id}))
        sensor.active = False
        box.company_id = self.theirs
        self.assertEqual(probe.company_id, self.theirs)

    def test_a_reading_by_hand_is_of_its_sensor(self):
        self.their_sensor(SERIAL)
        reading = self.env["fp.tank.reading"].create({"sensor_id": self.sensor.id, "value": 80.0})
        self.assertEqual(reading.sensor_id, self.sensor)

    def test_a_channel_shows_the_sensor_of_its_company(self):
        theirs = self.their_sensor()
        self.publish(70.0)
        channel = self.gateway.channel_ids.filtered(lambda row: row.channel == "DS18B20-1")
        self.assertEqual(channel.tank_sensor_id, self.placed)
        self.assertNotEqual(channel.tank_sensor_id, theirs)

    def test_an_identifier_of_another_company_hears_nothing(self):
        """Whoever enters the name of a device first neither has it, nor keeps others from having it."""
        Device = self.env["iot.device"].with_user(self.stranger)
        theirs = Device.create(
            {"name": "Spy", "identifier": "tasmota_ABCDEF", "company_id": self.theirs.id}
        ).sudo()
        self.publish(70.0, gateway="tasmota_ABCDEF")
        self.assertFalse(theirs.channel_ids)
        self.assertFalse(theirs.last_seen)
        ours = self.registered(self.connection, "tasmota_ABCDEF")
        iot_device_channel._noted.forget()
        self.publish(71.0, gateway="tasmota_ABCDEF", seconds=60)
        self.assertEqual(len(ours.channel_ids), 2)
        self.assertTrue(ours.last_seen)
        self.assertFalse(theirs.channel_ids)

    def test_an_unknown_device_is_of_the_company_that_heard_it(self):
        self.publish(70.0, rom="28-0000000000ff", gateway="tasmota_FFFFFF")
        Unknown = self.env["iot.unknown.device"]
        found = Unknown.search([("serial", "=", "28-0000000000ff")])
        self.assertEqual(found.company_id, self.ours)
        self.assertFalse(Unknown.with_user(self.stranger).search([("id", "=", found.id)]))
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            found.with_user(self.stranger).unlink()
        self.their_sensor("28-0000000000ff")
        self.assertTrue(found.exists(), "it is still unknown here")
        self._make_sensor("28-0000000000ff")
        self.assertFalse(found.exists())

    def test_a_flood_of_unknown_devices_leaves_those_of_others(self):
        self.publish(70.0, rom="28-0000000000ff", gateway="tasmota_FFFFFF")
        broker = self.broker(self.theirs)
        for number in range(3):
            sensors = {f"X{i}": {"Id": f"{number:02X}{i:010X}", "Temperature": 20} for i in range(200)}
            payload = json.dumps({**sensors, "TempUnit": "C"}).encode()
            at = self.start + timedelta(seconds=60 + number)
            reader = Reader([], True, self.theirs.id)
            intake = reader.intake(
                [Inbound(Message("tele/tasmota_E/SENSOR", payload, at, False), 0, 0, False, 1)]
            )
            self.env["mqtt.intake"]._take(broker.id, "off", intake)
        Unknown = self.env["iot.unknown.device"]
        self.assertEqual(Unknown.search_count([("company_id", "=", self.theirs.id)]), 500)
        self.assertTrue(Unknown.search([("serial", "=", "28-0000000000ff")]))
