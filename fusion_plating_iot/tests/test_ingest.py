from datetime import datetime, timedelta, timezone
from unittest.mock import patch

from odoo.addons.fusion_iot.models import iot_device_listener
from odoo.addons.fusion_iot_base.nudges import board
from odoo.tests import tagged

from fusion_iot_core.protocol import SOURCES, Measurement, Source

from .common import OTHER_SERIAL, SERIAL, TankCase


@tagged("post_install", "-at_install")
class TestIngest(TankCase):
    def test_a_reading_is_stored_with_what_it_was_judged_by(self):
        report = self.ingest(self.measurement(87.5, 0))
        self.assertEqual((report.accepted, report.duplicates, report.rejected), (1, 0, ()))
        reading = self.readings()
        self.assertEqual(reading.value, 87.5)
        self.assertEqual(reading.raw_value, 87.5)
        self.assertEqual(reading.unit, "°C")
        self.assertEqual((reading.spec_min, reading.spec_max), (70.0, 90.0))
        self.assertTrue(reading.in_spec)
        self.assertEqual(reading.quality, "good")
        self.assertEqual(reading.source, "http")
        self.assertEqual(reading.time_source, "device")
        self.assertEqual(reading.read_at, self.start.replace(tzinfo=None))
        self.assertEqual((reading.tank_id, reading.bath_id), (self.tank, self.bath))
        self.assertEqual(reading.company_id, self.tank.company_id)
        self.assertFalse(reading.user_id)

    def test_a_transport_of_another_addon_needs_nothing_here(self):
        sources = {**SOURCES, "opcua": Source("opcua", "OPC UA")}
        with patch.object(self.registry["iot.ingest"], "_sources", lambda self: sources):
            report = self.env["iot.ingest"].ingest([self.measurement(80.0, 0)], source="opcua")
            self.assertEqual(report.accepted, 1)
            reading = self.readings()
            self.assertEqual(reading.source, "opcua")
            choices = dict(reading._fields["source"]._description_selection(self.env))
            self.assertEqual(choices["opcua"], "OPC UA")
            # its devices are listed as unknown as those of any transport
            stranger = Measurement(device="plc-7", value=1.0, quantity="temperature", unit="°C")
            self.assertEqual(len(self.env["iot.ingest"].ingest([stranger], source="opcua").unknown), 1)
            known = self.env["iot.unknown.device"].search([("serial", "=", "plc-7")])
            self.assertEqual(known.source, "opcua")

    def test_the_sensor_shows_the_newest_reading(self):
        self.ingest_series(80.0, 81.0, 82.0)
        self.assertEqual(self.sensor.last_reading_value, 82.0)
        self.assertEqual(
            self.sensor.last_reading_at, (self.start + timedelta(seconds=60)).replace(tzinfo=None)
        )
        self.assertEqual(self.sensor.judged_by_id, self.parameter)
        self.assertFalse(self.tank.x_fc_has_out_of_spec)

    def test_a_reading_sent_again_changes_nothing(self):
        self.ingest(self.measurement(87.5, 0))
        report = self.ingest(self.measurement(87.5, 0))
        self.assertEqual((report.accepted, report.duplicates), (0, 1))
        self.assertEqual(len(self.readings()), 1)

    def test_a_repetition_within_a_batch_counts_once(self):
        report = self.ingest(self.measurement(80.0, 0), self.measurement(80.0, 0), self.measurement(81.0, 0))
        self.assertEqual((report.accepted, report.duplicates), (2, 1))
        self.assertCountEqual(self.readings().mapped("value"), [80.0, 81.0])

    def test_another_value_at_the_same_time_is_kept_beside_it(self):
        self.ingest(self.measurement(80.0, 0))
        report = self.ingest(self.measurement(81.0, 0))
        self.assertEqual(report.accepted, 1)
        self.assertEqual(len(self.readings()), 2)

    def test_a_late_reading_is_stored_where_it_belongs_and_moves_nothing(self):
        self.ingest(self.measurement(80.0, 600))
        self.ingest(self.measurement(75.0, 0))
        self.assertEqual(self.readings().mapped("value"), [75.0, 80.0])
        self.assertEqual(self.sensor.last_reading_value, 80.0)

    def test_an_impossible_device_time_is_replaced_and_marked(self):
        for at in (datetime(1970, 1, 1, tzinfo=timezone.utc), datetime(2099, 1, 1, tzinfo=timezone.utc)):
            self.ingest(Measurement(device=SERIAL, serial=SERIAL, value=80.0, at=at))
        readings = self.readings()
        self.assertEqual(readings.mapped("time_source"), ["replaced"] * 2)
        self.assertEqual(readings.mapped("read_at"), readings.mapped("received_at"))

    def test_without_a_time_it_is_the_time_of_receipt(self):
        self.ingest(self.measurement(80.0))
        self.assertEqual(self.readings().time_source, "received")

    def test_a_fahrenheit_probe_on_a_celsius_parameter(self):
        self.sensor.device_unit = "°F"
        self.ingest(self.measurement(185.9, 0))
        reading = self.readings()
        self.assertAlmostEqual(reading.value, 85.5)
        self.assertEqual((reading.raw_value, reading.raw_unit), (185.9, "°F"))

    def test_a_unit_that_does_not_convert_is_rejected(self):
        report = self.ingest(self.measurement(7.0, 0, unit="pH"))
        self.assertEqual(report.rejected[0].error, "invalid_value")
        self.assertFalse(self.readings())

    def test_fault_values_are_kept_as_bad_and_raise_nothing(self):
        self.ingest_series(80.0, -127.0)
        self.assertEqual(self.readings().mapped("quality"), ["good", "bad"])
        self.assertEqual(self.sensor.last_reading_value, 80.0)
        self.sensor.expected_interval = 0
        self.assertEqual(self.sensor.status, "fault")
        self.assertFalse(self.tank.x_fc_has_out_of_spec)
        self.assertFalse(self.holds())

    def test_a_device_that_reports_a_fault_is_kept_as_bad(self):
        self.ingest(self.measurement(None, 0))
        reading = self.readings()
        self.assertEqual(reading.quality, "bad")
        self.assertIs(reading.value, False)
        self.assertEqual(self.ingest(self.measurement(None, 0)).duplicates, 1)

    def test_unknown_and_archived_sensors_are_rejected_and_listed(self):
        self._make_sensor(OTHER_SERIAL, active=False)
        report = self.ingest(
            self.measurement(1.0, 0, "<b>'x\"--</b>"),
            self.measurement(2.0, 0, OTHER_SERIAL),
            self.measurement(3.0, 10, OTHER_SERIAL),
            self.measurement(80.0, 0),
        )
        self.assertEqual(report.accepted, 1)
        self.assertEqual([item.error for item in report.rejected], ["unknown_device"] * 3)
        unknown = self.env["iot.unknown.device"].search([("serial", "=", OTHER_SERIAL)])
        self.assertEqual((unknown.message_count, unknown.last_value), (2, 3.0))
        self.ingest(self.measurement(4.0, 0, OTHER_SERIAL))
        self.assertEqual((unknown.message_count, unknown.last_value), (3, 4.0))

    def test_the_list_of_unknown_devices_is_bounded(self):
        self.ingest(*(self.measurement(1.0, 0, f"stranger-{number}") for number in range(700)))
        self.assertEqual(self.env["iot.unknown.device"].search_count([]), 500)
        self.ingest(self.measurement(1.0, 0, "the newest"))
        self.assertEqual(self.env["iot.unknown.device"].search_count([]), 500)
        self.assertTrue(self.env["iot.unknown.device"].search([("serial", "=", "the newest")]))

    def test_setting_a_sensor_up_takes_it_off_the_list(self):
        self.ingest(self.measurement(1.0, 0, OTHER_SERIAL))
        self._make_sensor(OTHER_SERIAL.upper().replace("28-", "28-"))
        self.assertFalse(self.env["iot.unknown.device"].search([("serial", "=", OTHER_SERIAL)]))

    def test_the_number_of_queries_does_not_depend_on_the_batch(self):
        sensors = [SERIAL] + [f"probe-{number}" for number in range(9)]
        for serial in sensors[1:]:
            self._make_sensor(serial, device_kind="other")

        def count(size):
            batch = [
                self.measurement(80.0 + index % 7 / 10, count.at + index, sensors[index % 10])
                for index in range(size)
            ]
            count.at += size
            self.env.flush_all()
            board.forget()  # a nudge goes with each of them
            iot_device_listener.forget()
            before = self.env.cr.sql_log_count
            self.assertEqual(self.ingest(*batch).accepted, size)
            return self.env.cr.sql_log_count - before

        count.at = 0
        count(10)
        self.assertEqual({count(size) for size in (1, 100, 1000)}, {count(10)})

    def test_a_registered_device_is_seen(self):
        device = self.env["iot.device"].create({"name": "Probe", "identifier": SERIAL})
        self.ingest(self.measurement(80.0, 0))
        self.assertEqual(device.presence, "online")
        self.assertTrue(device.last_seen)
