from datetime import timedelta, timezone

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from fusion_iot_core.protocol import Measurement

from .common import OTHER_SERIAL, SERIAL, TankCase

SHELLY = "shellyplus1-0000000000aa"


@tagged("post_install", "-at_install")
class TestMakeSensor(TankCase):
    """From what reports to a working tank sensor, in few clicks."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection = cls.env["mqtt.connection"].create({"name": "Test broker", "host": "127.0.0.1"})
        cls.shelly = cls.env["mqtt.device"].create(
            {
                "name": "Add-on",
                "connection_id": cls.connection.id,
                "device_id": SHELLY,
                "topic_pattern": f"{SHELLY}/#",
                "parser_type": "shelly_gen2",
                "expected_interval": 45,
            }
        )
        cls.level = cls.env["fusion.plating.bath.parameter"].create(
            {"bath_id": cls.bath.id, "quantity": "level"}
        )

    def test_only_what_a_bath_has_limits_for_is_offered(self):
        names = ("temperature", "current", "voltage", "frequency", "power_factor", "device_temperature", "ph")
        rows = {name: self.channel("0", name) for name in names}
        self.assertEqual(
            {name for name, row in rows.items() if row.is_for_tanks},
            {"temperature", "current", "voltage", "ph"},
        )
        self.assertTrue(self.shelly.has_tank_channels)
        self.channel("0", "power")
        # what a meter says of the mains
        self.assertEqual({name for name, row in rows.items() if row.is_for_tanks}, {"temperature", "ph"})

    def test_who_sees_no_tank_sensors_opens_a_device(self):
        self.channel("0", "temperature")
        technician = new_test_user(self.env, login="no-plating", groups="fusion_iot.group_iot_manager")
        for device in (self.shelly, self.shelly.iot_device_id):
            device.invalidate_recordset()
            form = Form(device.with_user(technician))
            self.assertTrue(form.has_tank_channels)

    def test_an_unknown_probe_keeps_the_rhythm_it_was_heard_with(self):
        begin = fields.Datetime.now() - timedelta(minutes=10)
        for seconds in range(0, 120, 15):
            item = Measurement("28-0000000000ee", 20.0, "temperature", serial="28-0000000000ee")
            received_at = (begin + timedelta(seconds=seconds)).replace(tzinfo=timezone.utc)
            self.env["iot.ingest"].ingest([item], source="http", received_at=received_at)
        row = self.env["iot.unknown.device"].search([("serial", "=", "28-0000000000ee")])
        self.assertEqual(row.action_make_sensor()["context"]["default_expected_interval"], 15)

    def report(self, *items, source="mqtt"):
        """Ingest ``(device, channel, serial, quantity, value)``."""
        return self.env["iot.ingest"].ingest(
            [
                Measurement(device, value, quantity, channel=channel, serial=serial)
                for device, channel, serial, quantity, value in items
            ],
            source=source,
        )

    def channel(self, channel, quantity="temperature", serial=False, device=None):
        return self.env["iot.device.channel"].create(
            {
                "device_id": (device or self.shelly.iot_device_id).id,
                "channel": channel,
                "quantity": quantity,
                "serial": serial,
            }
        )

    def form(self, action):
        """The form that an action opens."""
        model = self.env[action["res_model"]].with_context(action["context"])
        return Form(model)

    def test_a_channel_becomes_a_sensor(self):
        row = self.channel("temperature:100")
        self.assertFalse(row.tank_sensor_id)
        with self.form(row.action_make_sensor()) as form:
            self.assertEqual((form.iot_device_id, form.channel_id), (self.shelly.iot_device_id, row))
            form.tank_id = self.tank
            self.assertEqual(form.parameter_id, self.parameter)
        sensor = form.record
        self.assertEqual((sensor.name, sensor.device_kind), ("Add-on temperature:100", "shelly"))
        self.assertEqual((sensor.device_channel, sensor.device_serial), ("temperature:100", False))
        self.assertEqual(sensor.expected_interval, 45)
        row.invalidate_recordset()
        self.assertEqual(row.tank_sensor_id, sensor)
        self.assertEqual(self.report((SHELLY, "temperature:100", "", "temperature", 80.0)).accepted, 1)

    def test_of_two_quantities_of_a_channel_the_chosen_one(self):
        self.channel("BME280")
        row = self.channel("BME280", "level")
        with self.form(row.action_make_sensor()) as form:
            form.tank_id = self.tank
            self.assertEqual(form.parameter_id, self.level)
        self.assertEqual(row.tank_sensor_id, form.record)

    def test_a_probe_with_a_serial_is_known_by_it(self):
        gateway = self.env["iot.device"].create({"name": "Gateway", "identifier": "tasmota_0000AA"})
        row = self.channel("DS18B20-1", serial=OTHER_SERIAL, device=gateway)
        with self.form(row.action_make_sensor()) as form:
            form.tank_id = self.tank
        sensor = form.record
        self.assertEqual((sensor.device_serial, sensor.device_channel), (OTHER_SERIAL, False))
        self.assertEqual((sensor.iot_device_id, sensor.device_kind), (gateway, "tasmota"))
        self.assertEqual((sensor.parameter_id, sensor.channel_id), (self.parameter, row))
        moved = self.channel("DS18B20-7", serial=OTHER_SERIAL)
        self.assertEqual(moved.tank_sensor_id, sensor)
        level = self.channel("DS18B20-7", "level", serial=OTHER_SERIAL)
        self.assertFalse(level.tank_sensor_id)
        with self.form(level.action_make_sensor()) as form:
            form.tank_id = self.tank
        self.assertEqual((form.record.device_serial, form.record.device_channel), (False, "DS18B20-7"))

    def test_the_channel_is_chosen_in_the_form(self):
        row = self.channel("temperature:101")
        with Form(self.env["fp.tank.sensor"]) as form:
            form.tank_id = self.tank
            form.iot_device_id = self.shelly.iot_device_id
            form.channel_id = row
            self.assertEqual((form.device_channel, form.parameter_id), ("temperature:101", self.parameter))
            self.assertEqual(form.channel_id, row)
        self.assertEqual((form.record.name, form.record.device_kind), ("Add-on temperature:101", "shelly"))

    def test_an_unknown_channel_becomes_a_sensor_of_a_registered_device(self):
        self.report(("box-1", "t0", "", "temperature", 80.0), source="box")
        unknown = self.env["iot.unknown.device"].search([("device", "=", "box-1")])
        with self.form(unknown.action_make_sensor()) as form:
            form.tank_id = self.tank
            form.parameter_id = self.parameter
        self.assertEqual(form.record.iot_device_id.identifier, "box-1")
        self.assertFalse(unknown.exists())
        self.assertEqual(self.report(("box-1", "t0", "", "temperature", 80.0)).accepted, 1)

    def discovery(self, *channels):
        """A device that was discovered with channels ``(channel, serial, quantity)``."""
        return self.env["mqtt.discovery"].create(
            {
                "connection_id": self.connection.id,
                "device": "tasmota_0000BB",
                "parser": "tasmota",
                "topic": "tele/tasmota_0000BB/SENSOR",
                "topic_pattern": "+/tasmota_0000BB/#",
                "channels": [
                    {
                        "channel": channel,
                        "serial": serial,
                        "quantity": quantity,
                        "unit": "",
                        "value": 61.0,
                        "quality": "good",
                    }
                    for channel, serial, quantity in channels
                ],
            }
        )

    def set_up(self, discovery):
        return self.env["mqtt.discovery.setup"].browse(discovery.action_set_up()["res_id"])

    def test_a_discovered_device_becomes_working_sensors_at_once(self):
        discovery = self.discovery(
            ("DS18B20-1", OTHER_SERIAL, "temperature"),
            ("DS18B20-2", SERIAL, "temperature"),
            ("BME280", "", "temperature"),
            ("BME280", "", "humidity"),
        )
        wizard = self.set_up(discovery)
        known, new, place = wizard.line_ids[1], wizard.line_ids[0], wizard.line_ids[2]
        self.assertEqual((known.sensor_id, known.tank_id), (self.sensor, self.tank))
        for line in (new, place):
            self.assertFalse(line.sensor_id)
            line.tank_id = self.tank
            self.assertEqual(line.parameter_id, self.parameter)
        wizard.action_confirm()
        report = self.report(
            ("tasmota_0000BB", "DS18B20-1", OTHER_SERIAL, "temperature", 95.0),
            ("tasmota_0000BB", "DS18B20-2", SERIAL, "temperature", 80.0),
            ("tasmota_0000BB", "BME280", "", "temperature", 81.0),
            ("tasmota_0000BB", "BME280", "", "humidity", 40.0),
        )
        self.assertEqual(report.accepted, 3)
        sensor = self.env["fp.tank.sensor"].search([("device_serial", "=", OTHER_SERIAL)])
        self.assertEqual(len(self.holds(sensor)), 1)
        placed = self.env["fp.tank.sensor"].search([("device_channel", "=", "BME280")])
        self.assertEqual((placed.parameter_id, placed.device_kind), (self.parameter, "other"))
        self.assertFalse(discovery.exists())

    def test_a_channel_without_a_parameter_is_refused_in_words(self):
        wizard = self.set_up(self.discovery(("BME280", "", "humidity")))
        wizard.line_ids.tank_id = self.tank
        self.assertFalse(wizard.line_ids.parameter_id)
        with self.assertRaisesRegex(ValidationError, "choose the parameter"), self.env.cr.savepoint():
            wizard.action_confirm()

    def test_who_may_not_make_tank_sensors_sets_the_device_up_without(self):
        user = new_test_user(self.env, "an iot manager", "fusion_iot.group_iot_manager")
        discovery = self.discovery(("DS18B20-1", OTHER_SERIAL, "temperature")).with_user(user)
        self.set_up(discovery).action_confirm()
        device = self.env["mqtt.device"].search([("device_id", "=", "tasmota_0000BB")])
        self.assertEqual(device.channel_ids.mapped("serial"), [OTHER_SERIAL])
        with self.assertRaises(AccessError):
            device.channel_ids.with_user(user).read(["tank_sensor_id"])
