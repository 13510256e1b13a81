from datetime import timedelta

import psycopg2
from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import OTHER_SERIAL, SERIAL, TankCase


@tagged("post_install", "-at_install")
class TestSensor(TankCase):
    def test_serials_take_one_form(self):
        sensor = self._make_sensor("40:255:100:6:199:204:149:177")
        self.assertEqual(sensor.device_serial, "28-95ccc70664ff")
        sensor.device_serial = "28-0000048EC44C"
        self.assertEqual(sensor.device_serial, "28-0000048ec44c")
        for printed in ("0xb195ccc70664ff28", "28 ff 64 06 c7 cc 95 b1", "28_95CCC70664FF"):
            sensor.device_serial = printed
            self.assertEqual(sensor.device_serial, "28-95ccc70664ff")
        device = self.env["iot.device"].create({"name": "Probe", "identifier": "28:FF:64:06:C7:CC:95:B1"})
        self.assertEqual(device.identifier, "28-95ccc70664ff")

    def test_serials_from_before_take_the_one_form(self):
        sensor, twin = self._make_sensor("before"), self._make_sensor("28-95ccc70664ff")
        device = self.env["iot.device"].create({"name": "Probe", "identifier": "before"})
        self.env.flush_all()
        printed = "0xb195ccc70664ff28"
        self.env.cr.execute(
            "UPDATE fp_tank_sensor SET device_serial = %s WHERE id = %s", [printed, sensor.id]
        )
        self.env.cr.execute("UPDATE iot_device SET identifier = %s WHERE id = %s", [printed, device.id])
        self.env.invalidate_all()
        self.env["iot.device"]._rewrite_serials()
        self.assertEqual(device.identifier, "28-95ccc70664ff")
        self.env["fp.tank.sensor"]._rewrite_serials()
        self.assertEqual(sensor.device_serial, "0xb195ccc70664ff28", "the place is taken")
        twin.active = False
        self.env["fp.tank.sensor"]._rewrite_serials()
        self.assertEqual(sensor.device_serial, "28-95ccc70664ff")

    @mute_logger("odoo.sql_db")
    def test_a_serial_is_in_use_once(self):
        with self.assertRaises(psycopg2.IntegrityError), self.env.cr.savepoint():
            self._make_sensor(SERIAL).flush_recordset()
        self.sensor.active = False
        self._make_sensor(SERIAL)

    def test_a_serial_is_printable_and_short(self):
        for serial in ("  ", "a\tb", "x" * 129):
            with self.assertRaises(ValidationError):
                self._make_sensor(serial)

    def test_the_status_says_how_it_stands(self):
        self.assertEqual(self.sensor.status, "no_data")
        self.ingest(self.measurement(80.0))
        self.assertEqual(self.sensor.status, "ok")
        self.ingest(self.measurement(95.0))
        self.assertEqual(self.sensor.status, "out_of_spec")
        self.assertEqual(self.sensor._status_at(fields.Datetime.now() + timedelta(seconds=200)), "silent")
        self.sensor.expected_interval = 0
        self.assertEqual(self.sensor._status_at(fields.Datetime.now() + timedelta(days=200)), "out_of_spec")
        found = self.env["fp.tank.sensor"].search([("status", "=", "out_of_spec")])
        self.assertIn(self.sensor, found)
        self.assertNotIn(self.sensor, self.env["fp.tank.sensor"].search([("status", "!=", "out_of_spec")]))

    def test_the_unit_of_the_device_must_fit_the_parameter(self):
        with self.assertRaises(ValidationError):
            self.sensor.device_unit = "bar"
        self.sensor.device_unit = "K"

    def test_the_parameter_belongs_to_the_tank(self):
        tank = self.env["fusion.plating.tank"].create({"name": "Other"})
        with self.assertRaises(ValidationError):
            self.sensor.tank_id = tank

    def test_the_bath_belongs_to_the_tank(self):
        tank = self.env["fusion.plating.tank"].create({"name": "Another"})
        bath = self.env["fusion.plating.bath"].create({"tank_id": tank.id})
        with self.assertRaisesRegex(ValidationError, "belongs to another tank"), self.cr.savepoint():
            self.sensor.bath_id = bath
        with self.assertRaisesRegex(ValidationError, "belongs to another tank"), self.cr.savepoint():
            self._make_sensor(OTHER_SERIAL, parameter_id=False, bath_id=bath.id)
        self.sensor.write({"parameter_id": False, "tank_id": tank.id, "bath_id": bath.id})
        self.assertEqual(self.sensor.bath_id, bath)

    def test_a_thermometer_takes_the_temperature_of_its_tank(self):
        self.parameter.copy({"quantity": "ph", "unit": "pH", "bath_id": self.bath.id})
        other = self.env["fusion.plating.tank"].create({"name": "Other"})
        with Form(self.env["fp.tank.sensor"]) as form:
            form.name, form.device_serial = "New", OTHER_SERIAL
            form.tank_id = self.tank
            self.assertEqual(form.parameter_id, self.parameter)
            form.tank_id = other
            self.assertFalse(form.parameter_id)
            form.device_kind = "transmitter"
            form.tank_id = self.tank
            self.assertFalse(form.parameter_id, "what a transmitter measures is not known")

    def test_a_replaced_probe_keeps_its_history(self):
        self.ingest_series(80.0)
        wizard = self.env["fp.probe.replace"].create(
            {"sensor_id": self.sensor.id, "device_serial": OTHER_SERIAL, "reason": "Broken wire"}
        )
        new = self.env["fp.tank.sensor"].browse(wizard.action_replace()["res_id"])
        self.assertFalse(self.sensor.active)
        self.assertEqual((self.sensor.replaced_by_id, new.replaces_id), (new, self.sensor))
        self.assertEqual((new.tank_id, new.parameter_id), (self.tank, self.parameter))
        self.assertFalse(new.last_reading_at)
        self.assertEqual(len(self.readings()), 1)
        with self.assertRaisesRegex(UserError, "Archive"):
            self.sensor.unlink()

    def test_calibration_says_when_it_is_due(self):
        today = fields.Date.context_today(self.sensor)
        for days, state in ((-1, "overdue"), (0, "soon"), (14, "soon"), (15, "valid")):
            self.sensor.calibration_due = today + timedelta(days=days)
            self.assertEqual(self.sensor.calibration_state, state)
            self.assertIn(self.sensor, self.env["fp.tank.sensor"].search([("calibration_state", "=", state)]))

    def test_two_probes_of_one_parameter_are_told_apart(self):
        (value,) = self.tank.x_fc_latest_values
        self.assertEqual((value["name"], value["probe"]), (self.parameter.name, ""))
        other = self._make_sensor(OTHER_SERIAL, name="Left of the heater")
        values = self.tank.x_fc_latest_values
        self.assertEqual({value["probe"] for value in values}, {self.sensor.name, other.name})

    def test_the_tank_shows_the_latest_values(self):
        self.ingest(self.measurement(80.0))
        self.tank.invalidate_recordset()
        (value,) = self.tank.x_fc_latest_values
        self.assertEqual((value["value"], value["unit"], value["status"]), (80.0, "°C", "ok"))
        self.assertTrue(value["at"].endswith("+00:00"))

    def test_a_new_bath_takes_the_sensors_over(self):
        for put_in_use in (
            lambda bath: bath.action_put_in_use(),
            lambda bath: bath.write({"state": "in_use"}),
        ):
            self.tank.bath_id.action_dump()
            bath = self.env["fusion.plating.bath"].create({"tank_id": self.tank.id, "state": "draft"})
            parameter = self.env["fusion.plating.bath.parameter"].create(
                {"bath_id": bath.id, "quantity": "temperature", "target_max": 60.0}
            )
            put_in_use(bath)
            self.assertEqual((self.sensor.bath_id, self.sensor.parameter_id), (bath, parameter))

    def test_quantities_agree_with_the_protocol(self):
        from fusion_iot_core.protocol import QUANTITIES

        parameter = self.env["fusion.plating.bath.parameter"]
        for quantity in parameter._fields["quantity"].get_values(self.env):
            self.assertEqual(parameter.new({"quantity": quantity}).unit, QUANTITIES[quantity].unit)
