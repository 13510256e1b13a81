from datetime import datetime, timedelta, timezone

import psycopg2
from odoo.addons.fusion_iot.models import iot_device_channel, iot_device_listener, iot_device_presence
from odoo.addons.fusion_iot_base.nudges import board
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from fusion_iot_core.protocol import Measurement, Quality

from .common import OTHER_SERIAL, SERIAL, TankCase

DEVICE = "shellyplus1-0000000000aa"
CHANNEL = "temperature:100"


@tagged("post_install", "-at_install")
class TestPlaces(TankCase):
    """Sensors that are known by their place: a channel of a device."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.device = cls.env["iot.device"].create({"name": "Add-on of line 1", "identifier": DEVICE})
        cls.level = cls.env["fusion.plating.bath.parameter"].create(
            {"bath_id": cls.bath.id, "quantity": "level", "target_max": 50.0}
        )
        cls.placed = cls._make_sensor(
            False, name="Add-on 1", iot_device_id=cls.device.id, device_channel=CHANNEL, device_kind="shelly"
        )

    def reported(self, value, seconds=None, channel=CHANNEL, **values):
        """What the device reports ``seconds`` after the start of the test's hour."""
        at = None if seconds is None else self.start + timedelta(seconds=seconds)
        values = {"device": DEVICE, "quantity": "temperature", "unit": "°C", **values}
        return Measurement(channel=channel, value=value, at=at, **values)

    def test_a_reading_finds_its_sensor_by_device_channel_and_quantity(self):
        report = self.ingest(
            self.reported(80.0, 0),
            self.reported(81.0, 0, "temperature:101"),
            self.reported(55.0, 0, quantity="level", unit="%"),
            self.reported(82.0, 0, device="shellyplus1-0000000000bb"),
        )
        self.assertEqual(report.accepted, 1)
        self.assertEqual(self.readings(self.placed).mapped("value"), [80.0])
        self.assertEqual(self.placed.status, "silent")

    def test_it_raises_the_same_hold_as_a_probe_with_a_serial(self):
        self.ingest(self.measurement(80.0, 0), self.reported(80.0, 0))
        self.ingest(self.measurement(95.0, 60), self.reported(95.0, 60))
        ours, theirs = self.holds(self.placed), self.holds()
        names = ("state", "value", "worst_value", "limit_min", "limit_max", "date_start", "excursion_count")
        self.assertEqual([ours[name] for name in names], [theirs[name] for name in names])
        self.assertEqual((ours.tank_id, ours.sensor_id), (self.tank, self.placed))

    def test_several_quantities_of_one_channel_are_several_sensors(self):
        level = self._make_sensor(
            False, iot_device_id=self.device.id, device_channel=CHANNEL, parameter_id=self.level.id, name="L"
        )
        self.ingest(self.reported(80.0, 0), self.reported(55.0, 0, quantity="level", unit="%"))
        self.assertEqual(self.readings(self.placed).mapped("value"), [80.0])
        self.assertEqual(self.readings(level).mapped("value"), [55.0])

    def test_without_a_channel_it_is_the_device_itself(self):
        itself = self._make_sensor(False, iot_device_id=self.device.id, name="Itself")
        self.ingest(self.reported(80.0, 0, ""), self.reported(3.0, 0, "", quantity="battery", unit="%"))
        self.assertEqual(self.readings(itself).mapped("value"), [80.0])

    def test_the_serial_comes_first_wherever_the_probe_hangs(self):
        for gateway, channel in (("tasmota_A", "DS18B20-1"), ("tasmota_B", "DS18B20-3"), (DEVICE, CHANNEL)):
            self.ingest(self.reported(80.0, len(self.readings()), channel, device=gateway, serial=SERIAL))
        self.assertEqual(len(self.readings()), 3)
        self.assertFalse(self.readings(self.placed))

    def test_an_unknown_serial_falls_to_the_place(self):
        self.ingest(self.reported(80.0, 0, serial=OTHER_SERIAL))
        self.assertEqual(len(self.readings(self.placed)), 1)

    def test_another_serial_in_the_place_is_another_probe(self):
        self.placed.device_serial = OTHER_SERIAL
        report = self.ingest(self.reported(80.0, 0, serial="28-0000000000cc"), self.reported(81.0, 0))
        self.assertEqual(report.accepted, 1)
        self.assertEqual(self.readings(self.placed).mapped("value"), [81.0])

    def test_one_sensor_reached_by_both_of_its_keys_in_one_batch(self):
        self.placed.device_serial = OTHER_SERIAL
        report = self.ingest(
            self.reported(95.0, 60, serial=OTHER_SERIAL, device="tasmota_A", channel="DS18B20"),
            self.reported(80.0, 0),
            self.reported(95.0, 60),
            self.reported(80.5, 120, serial=OTHER_SERIAL),
        )
        self.assertEqual((report.accepted, report.duplicates), (3, 1))
        self.assertEqual(self.readings(self.placed).mapped("value"), [80.0, 95.0, 80.5])
        self.assertEqual(self.holds(self.placed).excursion_count, 1)
        self.assertEqual(self.placed.last_reading_value, 80.5)

    def test_another_quantity_of_a_known_serial_is_no_reading(self):
        report = self.ingest(
            self.measurement(97.0, 0, quantity="battery", unit="%"),
            self.measurement(31.0, 0, quantity="device_temperature", unit="°C"),
            self.measurement(80.0, 0, quantity="temperature", unit="°C"),
        )
        self.assertEqual(report.accepted, 1)
        self.assertNotIn("invalid_value", [item.error for item in report.rejected])
        self.assertEqual(self.readings().mapped("value"), [80.0])
        self.assertFalse(self.holds())

    def test_without_a_parameter_unit_and_kind_tell_what_is_measured(self):
        battery = {"quantity": "battery", "unit": "%"}
        self.sensor.parameter_id = False
        self.ingest(self.measurement(97.0, 0, **battery), self.measurement(80.0, 1, quantity="temperature"))
        self.assertEqual(self.readings().mapped("value"), [80.0])
        self.sensor.write({"device_kind": "transmitter", "device_unit": "pH"})
        self.ingest(self.measurement(96.0, 2, **battery), self.measurement(7.0, 3, quantity="ph", unit="pH"))
        self.assertEqual(self.readings().mapped("value"), [80.0, 7.0])

    def test_a_device_named_like_a_serial_is_that_probe(self):
        self.ingest(self.reported(80.0, 0, "", device=SERIAL), self.reported(81.0, 0, "x", device=SERIAL))
        self.assertEqual(self.readings().mapped("value"), [80.0])

    def test_fahrenheit_becomes_celsius_and_the_raw_value_is_kept(self):
        self.placed.device_unit = "°F"
        self.ingest(
            self.reported(185.9, 0, unit="°F"), self.reported(81.0, 60), self.reported(176.0, 120, unit="")
        )
        readings = self.readings(self.placed)
        self.assertEqual([round(value, 6) for value in readings.mapped("value")], [85.5, 81.0, 80.0])
        self.assertEqual(readings.mapped("raw_unit"), ["°F", "°C", "°F"])
        self.assertEqual(readings[0].raw_value, 185.9)

    def test_a_fault_the_device_reports_is_kept_and_judges_nothing(self):
        self.placed.expected_interval = 0
        self.ingest(self.reported(80.0, 0), self.reported(None, 60, quality=Quality.BAD))
        readings = self.readings(self.placed)
        self.assertEqual(readings.mapped("quality"), ["good", "bad"])
        self.assertIs(readings[1].value, False)
        self.assertEqual((self.placed.status, self.placed.last_reading_value), ("fault", 80.0))
        self.assertFalse(self.holds(self.placed))

    def test_a_retained_value_of_unknown_age_is_no_reading(self):
        year_2099 = datetime(2099, 1, 1, tzinfo=timezone.utc)
        report = self.ingest(
            self.reported(95.0, retained=True),
            self.reported(95.0, retained=True, impossible_time=True),
            Measurement(DEVICE, 95.0, "temperature", "°C", year_2099, CHANNEL, retained=True),
            self.measurement(95.0, retained=True),
        )
        self.assertEqual(report.accepted, 0)
        self.assertFalse(self.readings() | self.readings(self.placed))
        self.assertFalse(self.holds() | self.holds(self.placed))

    def test_a_retained_value_with_its_own_time_is_a_reading(self):
        self.ingest(self.reported(80.0, 60))
        report = self.ingest(self.reported(80.0, 60, retained=True), self.reported(95.0, 0, retained=True))
        self.assertEqual((report.accepted, report.duplicates), (1, 1))
        self.assertEqual(self.placed.last_reading_value, 80.0)
        self.assertTrue(self.holds(self.placed).date_back_in_spec)

    def test_each_measurement_of_a_batch_may_have_a_time_of_receipt_of_its_own(self):
        early, late = self.start, self.start + timedelta(seconds=30)
        self.ingest(
            self.reported(80.0, received_at=early),
            self.reported(80.0, received_at=late),
            self.reported(81.0, received_at=late, impossible_time=True),
        )
        readings = self.readings(self.placed)
        times = [moment.replace(tzinfo=None) for moment in (early, late, late)]
        self.assertEqual(readings.mapped("read_at"), times)
        self.assertEqual(readings.mapped("received_at"), times)
        self.assertEqual(readings.mapped("time_source"), ["received", "received", "replaced"])
        self.assertEqual(self.placed.last_received_at, times[1])

    def test_the_address_follows_device_channel_and_parameter(self):
        self.device.identifier = "renamed"
        self.ingest(self.reported(80.0, 0, device="renamed"))
        self.placed.device_channel = " temperature:102 "
        self.ingest(self.reported(81.0, 1, "temperature:102", device="renamed"))
        self.level.quantity = "ph"
        self.placed.parameter_id = self.level
        self.ingest(self.reported(7.0, 2, "temperature:102", device="renamed", quantity="ph", unit="pH"))
        self.assertEqual(self.readings(self.placed).mapped("value"), [80.0, 81.0, 7.0])
        self.placed.active = False
        report = self.ingest(
            self.reported(7.5, 3, "temperature:102", device="renamed", quantity="ph", unit="pH")
        )
        self.assertEqual(report.accepted, 0)

    def test_readings_by_hand(self):
        reading = self.env["fp.tank.reading"].create({"sensor_id": self.placed.id, "value": 95.0})
        self.assertEqual((reading.sensor_id, reading.source, reading.value), (self.placed, "manual", 95.0))
        self.assertEqual(len(self.holds(self.placed)), 1)
        self.placed.active = False
        self._make_sensor(False, name="New", iot_device_id=self.device.id, device_channel=CHANNEL)
        with self.assertRaisesRegex(UserError, "archived"):
            self.env["fp.tank.reading"].create({"sensor_id": self.placed.id, "value": 80.0})

    def test_a_sensor_must_be_findable(self):
        for values, message in (
            ({}, "enter the serial"),
            ({"device_serial": "  "}, "enter the serial"),
            ({"device_channel": "x"}, "choose the device"),
            ({"device_channel": "x", "device_serial": OTHER_SERIAL}, "choose the device"),
            ({"iot_device_id": self.device.id, "parameter_id": False}, "choose the parameter"),
            (
                {
                    "iot_device_id": self.device.id,
                    "device_serial": OTHER_SERIAL,
                    "device_channel": "x",
                    "parameter_id": False,
                },
                "choose the parameter",
            ),
            ({"iot_device_id": self.device.id, "device_channel": "a\tb"}, "printable"),
            ({"iot_device_id": self.device.id, "device_channel": "x" * 129}, "printable"),
        ):
            with (
                self.subTest(values),
                self.assertRaisesRegex(ValidationError, message),
                self.env.cr.savepoint(),
            ):
                self._make_sensor(False, **{"name": "X", **values})
        with self.assertRaisesRegex(ValidationError, "choose the parameter"):
            self.placed.parameter_id = False

    @mute_logger("odoo.sql_db")
    def test_a_quantity_of_a_channel_is_in_use_once(self):
        values = {"name": "Again", "iot_device_id": self.device.id, "device_channel": CHANNEL}
        with self.assertRaises(psycopg2.IntegrityError), self.env.cr.savepoint():
            self._make_sensor(False, **values)
        self.placed.active = False
        self._make_sensor(False, **values)

    def test_a_device_that_sensors_are_found_by_is_not_deleted(self):
        with self.assertRaisesRegex(UserError, "Add-on 1"):
            self.device.unlink()
        self.placed.device_serial = OTHER_SERIAL
        self.placed.device_channel = False
        self.device.unlink()
        self.assertFalse(self.placed.iot_device_id)

    def test_a_replaced_probe_stays_in_its_place(self):
        self.ingest(self.reported(80.0, 0))
        wizard = (
            self.env["fp.probe.replace"].with_context(active_id=self.placed.id).create({"reason": "Broken"})
        )
        self.assertEqual((wizard.iot_device_id, wizard.device_channel), (self.device, CHANNEL))
        new = self.env["fp.tank.sensor"].browse(wizard.action_replace()["res_id"])
        self.ingest(self.reported(81.0, 60))
        self.assertEqual(self.readings(self.placed).mapped("value"), [80.0])
        self.assertEqual(self.readings(new).mapped("value"), [81.0])
        self.assertIn(f"{CHANNEL} · {DEVICE}", self.placed.message_ids[0].body)

    def test_the_number_of_queries_does_not_depend_on_the_batch(self):
        for number in range(10):
            self._make_sensor(
                False, name=f"A{number}", iot_device_id=self.device.id, device_channel=f"t:{number}"
            )
            self._make_sensor(f"B{number}", device_kind="other")

        def count(size):
            batch = [
                self.reported(
                    80.0 + index % 7 / 10,
                    count.at + index,
                    f"t:{index % 10}",
                    serial=f"B{index % 10}" if index % 2 else "",
                )
                for index in range(size)
            ]
            count.at += size
            self.env.flush_all()
            board.forget()  # what comes now and then goes with each of them
            for throttled in (iot_device_channel._noted, iot_device_presence._noted, iot_device_listener):
                throttled.forget()
            before = self.env.cr.sql_log_count
            self.assertEqual(self.ingest(*batch).accepted, size)
            return self.env.cr.sql_log_count - before

        count.at = 0
        count(20)
        self.assertEqual({count(size) for size in (2, 100, 1000)}, {count(20)})
