import importlib.util
import json
import math
from datetime import timedelta
from pathlib import Path

from odoo.addons.fusion_iot.models import iot_device_listener
from odoo.addons.fusion_iot_base.nudges import board
from odoo.tests import tagged
from odoo.tools import mute_logger

from fusion_iot_core.protocol import Quality

from .common import OTHER_SERIAL, SERIAL, TankCase

MIGRATIONS = Path(__file__).parents[1] / "migrations" / "19.0.1.1.0"


@tagged("post_install", "-at_install")
class TestTrust(TankCase):
    """What is not believed is kept, seen, and decides nothing."""

    def qualities(self, sensor=None):
        return self.readings(sensor).mapped("quality")

    def reasons(self, sensor=None):
        return self.readings(sensor).mapped("reason")

    def test_85_as_first_value_is_suspect_until_another_comes(self):
        self.parameter.target_max = 80.0
        for seconds in (0, 30, 60):
            self.ingest(self.measurement(85.0, seconds))
        self.assertEqual(self.qualities(), ["suspect"] * 3)
        self.assertFalse(self.holds())
        self.ingest(self.measurement(75.2, 90))
        self.assertEqual(self.qualities()[-1], "good")
        self.assertFalse(self.holds())

    def test_85_of_a_cooler_bath_raises_no_hold_at_any_interval(self):
        self.parameter.write({"target_min": 20.0, "target_max": 82.0})
        for number, interval in enumerate((1, 10, 30, 60, 120, 300)):
            start = 2000 * number - 20_000
            self.ingest_series(42.0, 42.0, 85.0, 85.0, 42.1, start=start, step=interval)
        self.assertEqual(self.qualities(), ["good", "good", "suspect", "suspect", "good"] * 6)
        self.assertEqual(set(self.reasons()), {False, "power_on"})
        self.assertFalse(self.holds())

    def test_nickel_at_85_stays_good_message_by_message(self):
        self.parameter.target_max = 84.0
        for seconds, value in ((-90_000, 84.6), (-3600, 85.0), (-3570, 85.0), (0, 85.0)):
            self.ingest(self.measurement(value, seconds))
        self.assertEqual(self.qualities(), ["good"] * 4)
        self.assertEqual(self.holds().worst_value, 85.0)

    def test_a_suspect_value_neither_raises_nor_clears(self):
        self.ingest_series(95.0, 96.0)
        hold = self.holds()
        self.ingest_series(12.0, start=61, step=1)
        self.assertEqual(self.reasons()[-1], "jump")
        self.assertTrue(self.sensor.excursion_since)
        self.assertEqual(self.sensor.status, "out_of_spec" if not self.sensor.silent_after else "silent")
        self.assertFalse(hold.date_back_in_spec)
        self.ingest_series(95.5, start=62)
        self.assertEqual((hold.excursion_count, hold.worst_value), (1, 96.0))

    def test_a_late_fault_value_is_not_believed_and_changes_nothing(self):
        self.ingest_series(80.0, 80.1, start=600)
        self.parameter.target_max = 82.0
        self.ingest_series(80.0, 85.0, 80.1, start=0)
        self.assertEqual(self.qualities(), ["good", "suspect", "good", "good", "good"])
        self.assertEqual(self.sensor.plain_value, 80.1)
        self.ingest_series(42.0, 85.0, start=100)
        self.assertEqual(self.sensor.last_quality, "good")
        self.assertFalse(self.holds().filtered(lambda hold: hold.worst_value == 85.0))

    def test_late_readings_one_by_one_are_judged_by_what_was_before(self):
        self.parameter.write({"target_min": 39.0, "target_max": 45.0})
        self.ingest(self.measurement(42.1, 0))
        self.ingest(self.measurement(42.0, 3000))
        for seconds, value, reason in (
            (60, 0.0, "power_on"),
            (120, -0.0625, "power_on"),
            (180, 110.0, "unit"),
            (240, 107.6, "unit"),
            (300, 42.2, False),
            (270, 85.0, "power_on"),  # still later, and before the last
            (360, 115.0, "jump"),
            (330, -127.0, "code"),
        ):
            self.ingest(self.measurement(value, seconds))
            with self.subTest(seconds=seconds):
                reading = self.readings().filtered(
                    lambda row, seconds=seconds: (
                        row.read_at == self.start.replace(tzinfo=None) + timedelta(seconds=seconds)
                    )
                )
                self.assertEqual(reading.reason, reason)
        self.assertFalse(self.holds())
        self.assertEqual((self.sensor.last_reading_value, self.sensor.last_quality), (42.0, "good"))

    def test_a_late_excursion_that_is_real_is_believed_one_by_one(self):
        self.ingest(self.measurement(80.0, 0))
        self.ingest(self.measurement(80.1, 3000))
        for seconds, value in ((300, 88.0), (600, 95.0), (900, 99.0), (1200, 88.5), (1500, 80.2)):
            self.ingest(self.measurement(value, seconds))
        self.assertEqual(set(self.qualities()), {"good"})
        self.assertEqual(len(self.holds()), 1)

    def test_nickel_at_85_stays_good_when_it_comes_late(self):
        self.ingest(self.measurement(84.6, 0))
        self.ingest(self.measurement(84.9, 3000))
        for seconds in (60, 120, 90, 1800):
            self.ingest(self.measurement(85.0, seconds))
        self.assertEqual(set(self.qualities()), {"good"})

    def test_a_probe_that_was_moved_is_believed_late_with_its_second_value(self):
        self.ingest(self.measurement(80.0, 0))
        self.ingest(self.measurement(80.1, 3000))
        for seconds, value in ((300, 20.0), (330, 20.1), (360, 20.1)):
            self.ingest(self.measurement(value, seconds))
        self.assertEqual(self.qualities()[:4], ["good", "suspect", "good", "good"])

    def test_after_a_reading_of_a_fast_clock_the_others_have_their_history(self):
        self.parameter.write({"target_min": 39.0, "target_max": 45.0})
        ahead = 3600 + 240
        self.ingest(self.measurement(42.0, 3500))
        self.ingest(self.measurement(42.1, ahead))
        for seconds, value in ((3530, 85.0), (3560, 0.0), (3590, 42.1)):
            self.ingest(self.measurement(value, seconds))
        self.assertEqual(self.qualities(), ["good", "suspect", "suspect", "good", "good"])
        self.assertFalse(self.holds())

    def test_a_late_batch_between_stored_readings_is_judged_as_if_it_came_in_order(self):
        for seconds, value in ((0, 80.0), (120, 20.0), (150, 20.1), (3000, 80.0)):
            self.ingest(self.measurement(value, seconds))
        self.ingest(self.measurement(80.1, 60), self.measurement(20.2, 180), self.measurement(85.0, 210))
        self.assertEqual(self.qualities(), ["good", "good", "suspect", "good", "good", "suspect", "suspect"])

    def test_late_readings_take_as_many_queries_whatever_their_number(self):
        self.ingest_series(80.0, start=-3600)
        self.ingest_series(80.0, start=3500)

        def count(start, size):
            self.env.flush_all()
            board.forget()  # a nudge goes with each of them
            iot_device_listener.forget()
            before = self.env.cr.sql_log_count
            self.assertEqual(self.ingest_series(*[80.1] * size, start=start, step=1).accepted, size)
            return self.env.cr.sql_log_count - before

        count(0, 5)
        self.assertEqual(count(100, 2), count(1000, 500))

    def test_of_impossible_values_of_one_instant_what_is_stored_is_accepted(self):
        parameter = self.env["fusion.plating.bath.parameter"].create(
            {"bath_id": self.bath.id, "quantity": "ph", "target_max": 10.0}
        )
        sensor = self._make_sensor("ph", device_kind="transmitter", parameter_id=parameter.id)
        report = self.ingest(*(self.measurement(value, 60, "ph") for value in (20.0, 30.0, 40.0)))
        self.assertEqual((report.accepted, report.duplicates), (1, 2))
        self.assertEqual(self.readings(sensor).mapped("raw_value"), [20.0])
        report = self.ingest(
            *(
                self.measurement(value, at, "ph")
                for at, value in ((60, 50.0), (60, 7.0), (61, 20.0), (62, 20.0))
            )
        )
        self.assertEqual((report.accepted, report.duplicates), (3, 1))
        self.assertEqual(len(self.readings(sensor)), 4)

    def test_a_day_of_backlog_in_one_batch(self):
        values = [85.0 if number % 100 == 50 else 80.0 + number % 3 / 10 for number in range(2880)]
        self.ingest_series(*values, start=-86400)
        # 80.1 to 85.0 within 30 s is more than a bath can do
        self.assertEqual(self.qualities(), ["suspect" if value == 85.0 else "good" for value in values])

    def test_the_state_that_is_kept_is_in_the_row(self):
        """As after a restart, and as another process sees it."""
        self.ingest(self.measurement(24.1, 0))
        self.env.invalidate_all()
        self.ingest(self.measurement(85.0, 3000))
        self.env.invalidate_all()
        self.assertEqual((self.sensor.plain_value, self.sensor.seen_value), (24.1, 85.0))
        self.assertEqual(self.sensor.last_reason, "power_on")
        self.ingest(self.measurement(85.0, 3030))
        self.assertEqual(self.qualities(), ["good", "suspect", "suspect"])

    def test_the_range_of_the_probe(self):
        self.ingest_series(80.0, 1000.0, -100.0, 127.0, 999.0, 341.0)
        self.assertEqual(self.qualities(), ["good"] + ["bad"] * 5)
        self.assertEqual(self.readings()[1].value, 1000.0, "a broken probe, kept as it was told")
        other = self._make_sensor("probe", device_kind="other")
        for seconds, value in enumerate((-127.0, -100.0, 999.0, 1000.0)):
            self.ingest(self.measurement(value, seconds, "probe"))
        self.assertEqual(self.qualities(other), ["bad"] * 4)
        self.assertFalse(self.holds() | self.holds(other))

    def test_ranges_are_compared_in_celsius(self):
        self.sensor.device_unit = "°F"
        for seconds, value in enumerate((212.0, -127.0, -196.6, 260.0)):
            self.ingest(self.measurement(value, 60 * seconds))
        self.assertEqual(self.qualities(), ["good", "bad", "bad", "bad"])
        self.assertEqual(self.holds().worst_value, 100.0)

    def test_an_oven_with_a_thermocouple(self):
        self.sensor.device_kind = "thermocouple"
        self.parameter.write({"target_min": 180.0, "target_max": 220.0})
        self.ingest_series(200.0, 201.0, 230.0)
        self.assertEqual(self.qualities(), ["good"] * 3)
        self.assertEqual(len(self.holds()), 1)

    def test_what_nothing_can_have_is_kept_as_raw_value_only(self):
        for number, value in enumerate((1.7e308, 1.6e308, -1e300, 5001.0)):
            self.ingest(self.measurement(value, number))
        readings = self.readings()
        self.assertEqual(set(readings.mapped("reason")), {"impossible"})
        self.assertEqual(set(readings.mapped("quality")), {"bad"})
        self.assertEqual(set(readings.mapped("value")), {False})
        self.assertEqual(readings[0].raw_value, 1.7e308)
        self.assertEqual(self.ingest(self.measurement(1.7e308, 0)).duplicates, 1)
        self.ingest_series(80.0, 82.0, start=60)
        [(average,)] = self.env["fp.tank.reading"]._read_group(
            [("sensor_id", "=", self.sensor.id)], [], ["value:avg"]
        )
        self.assertEqual(average, 81.0)
        self.assertFalse(self.holds())

    def test_that_is_so_for_every_quantity_and_without_one(self):
        bath = self.bath.id
        for quantity, value in (("ph", 20.0), ("level", 1e6), ("current", 1e30), ("concentration", -1.0)):
            parameter = self.env["fusion.plating.bath.parameter"].create(
                {"bath_id": bath, "quantity": quantity, "target_max": 10.0}
            )
            sensor = self._make_sensor(f"s-{quantity}", device_kind="transmitter", parameter_id=parameter.id)
            self.ingest(self.measurement(value, 0, f"s-{quantity}"))
            self.assertEqual(self.reasons(sensor), ["impossible"], quantity)
            self.assertFalse(self.holds(sensor))
        bare = self._make_sensor("bare", device_kind="other", parameter_id=False)
        self.ingest(self.measurement(1e300, 0, "bare"), self.measurement(1e6, 60, "bare"))
        self.assertEqual(self.reasons(bare), ["impossible", False])

    def test_a_value_that_conversion_makes_infinite_is_bad_and_not_lost(self):
        self.sensor.device_unit = "°F"
        self.ingest(self.measurement(-1.7976931348623157e308, 0))
        self.assertEqual(self.reasons(), ["impossible"])

    def test_no_screen_gets_infinity(self):
        for number, value in enumerate((1.7e308, 80.0, -1.7e308)):
            self.ingest(self.measurement(value, number))
        told = self.env["fp.tank.reading"].search_read(
            [("sensor_id", "=", self.sensor.id)], ["value", "raw_value"]
        )
        told += self.sensor.read(["last_reading_value", "plain_value", "seen_value", "still_s", "doubt_text"])
        told += self.tank.read(["x_fc_latest_values"])
        self.assertTrue(json.dumps(told, default=str, allow_nan=False))

    def test_columns_refuse_what_is_no_number(self):
        self.ingest_series(80.0)
        for column, value in (
            ("value", "NaN"),
            ("value", "1e16"),
            ("raw_value", "Infinity"),
            ("raw_value", "NaN"),
        ):
            with (
                self.subTest(column=column, value=value),
                mute_logger("odoo.sql_db"),
                self.assertRaises(Exception) as caught,
                self.cr.savepoint(),
            ):
                self.cr.execute(
                    f"INSERT INTO fp_tank_reading (sensor_id, read_at, {column}) VALUES (%s, now(), %s)",
                    [self.sensor.id, value],
                )
            self.assertIn("check constraint", str(caught.exception))

    def test_a_device_that_says_fahrenheit_all_at_once(self):
        self.parameter.write({"target_min": 20.0, "target_max": 30.0})
        self.sensor.expected_interval = 0
        self.ingest_series(24.1, 24.1, 75.4, 75.4)
        self.assertEqual(self.reasons(), [False, False, "unit", "unit"])
        self.assertFalse(self.holds())
        self.assertEqual(self.sensor.status, "suspect")
        self.assertIn("unit", self.sensor.doubt_text)
        self.assertIn("75.4", self.sensor.doubt_text)

    def test_a_probe_that_stands_still(self):
        self.sensor.expected_interval = 0
        self.ingest_series(*[80.0] * 25, start=-86_400, step=3600)
        self.assertEqual(self.qualities()[-2:], ["good", "suspect"])
        self.assertEqual((self.sensor.status, self.sensor.last_reason), ("suspect", "still"))
        self.assertIn("24", self.sensor.doubt_text)
        [card] = self.tank.x_fc_latest_values
        self.assertEqual((card["status"], card["value"]), ("suspect", 80.0))
        self.assertTrue(card["doubt"])
        self.ingest_series(80.1, start=60)
        self.assertEqual(self.sensor.status, "ok")
        self.assertFalse(self.sensor.doubt_text)

    def test_what_may_jump_and_stand_still_by_setting(self):
        self.sensor.write({"max_jump": 0.0, "still_after": 0.0})
        self.ingest_series(*[80.0] * 30, start=-200_000, step=3600)
        self.ingest_series(20.0, 80.0, start=-3600, step=1)
        self.assertEqual(set(self.qualities()), {"good"})
        self.sensor.write({"max_jump": 1.0, "still_after": 0.5})
        self.ingest_series(85.5, 80.0, 80.0, 80.0, step=1000)
        self.assertEqual(self.qualities()[-4:], ["good", "good", "good", "suspect"])

    def test_every_kind_of_fault_is_told(self):
        self.sensor.expected_interval = 0
        told = set()
        for seconds, value in enumerate((80.0, None, -127.0, 500.0, 1e300, 12.0, 85.0)):
            self.ingest(self.measurement(value, seconds))
            if seconds:
                told.add(self.sensor.doubt_text)
        self.assertEqual(len(told - {False}), 6)

    def test_what_a_transport_knows_to_be_bad_stays_bad(self):
        self.ingest(
            self.measurement(80.0, 0, quality=Quality.BAD),
            self.measurement(81.0, 30, quality=Quality.SUSPECT),
        )
        self.assertEqual(self.qualities(), ["bad", "suspect"])
        self.ingest(self.measurement(1e300, 60, quality=Quality.SUSPECT))
        self.assertEqual(self.reasons()[-1], "impossible")
        self.assertIs(self.readings()[-1].value, False)

    def test_two_probes_in_one_batch_do_not_speak_for_each_other(self):
        other = self._make_sensor(OTHER_SERIAL)
        self.ingest(
            self.measurement(84.9, 0),
            self.measurement(24.1, 0, OTHER_SERIAL),
            self.measurement(85.0, 30),
            self.measurement(85.0, 30, OTHER_SERIAL),
        )
        self.assertEqual((self.qualities(), self.qualities(other)), (["good"] * 2, ["good", "suspect"]))


@tagged("post_install", "-at_install")
class TestMigration(TankCase):
    """From 19.0.1.0.0."""

    def migrate(self, name):
        spec = importlib.util.spec_from_file_location("migration", MIGRATIONS / name)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        self.env.flush_all()
        module.migrate(self.cr, "19.0.1.0.0")
        self.env.invalidate_all()

    def test_impossible_readings_become_raw_values(self):
        self.cr.execute("ALTER TABLE fp_tank_reading DROP CONSTRAINT fp_tank_reading_value_plausible")
        self.cr.execute("ALTER TABLE fp_tank_sensor DROP CONSTRAINT fp_tank_sensor_values_plausible")
        self.ingest_series(80.0)
        values = (1.7e308, 1.6e308, -1e300, 81.0)
        for value in values:
            self.cr.execute(
                "INSERT INTO fp_tank_reading (sensor_id, read_at, value, raw_value, quality, in_spec, company_id)"
                " VALUES (%s, %s, %s, %s, 'good', false, 1)",
                [self.sensor.id, self.start.replace(tzinfo=None) + timedelta(minutes=1), value, value],
            )
        self.cr.execute(
            "UPDATE fp_tank_sensor SET last_reading_value = 1e300 WHERE id = %s", [self.sensor.id]
        )
        with self.assertLogs(level="WARNING") as logged:
            self.migrate("pre-impossible_readings.py")
        self.assertEqual(len(logged.output), 3)
        readings = self.readings()
        self.assertCountEqual(readings.mapped("raw_value"), [80.0, *values])
        self.assertCountEqual(readings.mapped("value"), [80.0, False, False, False, 81.0])
        self.assertEqual(readings.mapped("quality").count("bad"), 3)
        self.assertTrue(math.isfinite(sum(reading.value for reading in readings)))
        self.cr.execute("SELECT tgenabled FROM pg_trigger WHERE tgname = 'fp_tank_reading_append_only'")
        self.assertEqual(self.cr.fetchone(), ("O",))
        self.assertIs(self.sensor.last_reading_value, False)

    def test_the_last_value_keeps_what_it_was_a_value_of(self):
        self.ingest(self.measurement(80.0))
        other = self._make_sensor("28-0000000000cc")
        self.cr.execute("UPDATE fp_tank_sensor SET judged_by_id = NULL")
        self.env.invalidate_all()
        self.assertEqual(self.sensor.status, "not_judged")
        self.migrate("../19.0.1.3.0/pre-judged_by.py")
        self.assertEqual((self.sensor.judged_by_id, self.sensor.status), (self.parameter, "ok"))
        self.assertFalse(other.judged_by_id)

    def test_a_bath_that_stands_at_85_stays_believed(self):
        self.ingest_series(84.7, 85.0, 85.0)
        self.cr.execute("UPDATE fp_tank_sensor SET plain_value = NULL, plain_at = NULL, seen_value = NULL")
        self.env.invalidate_all()
        self.migrate("post-last_plain_value.py")
        self.assertEqual((self.sensor.plain_value, self.sensor.seen_value), (84.7, 85.0))
        self.ingest_series(85.0, start=600)
        self.assertEqual(self.readings()[-1].quality, "good")
        self.assertEqual(self.readings()[-1].sensor_id.device_serial, SERIAL)
