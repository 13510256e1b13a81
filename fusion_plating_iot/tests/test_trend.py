from datetime import datetime, timedelta, timezone

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from fusion_iot_core.trend import SpanError, parse_points, parse_span

from .common import TankCase

COLUMNS = (
    "sensor_id",
    "tank_id",
    "bath_id",
    "parameter_id",
    "company_id",
    "unit",
    "read_at",
    "received_at",
    "time_source",
    "value",
    "quality",
    "in_spec",
    "source",
    "spec_min",
    "spec_max",
    "action_min",
    "action_max",
)


def ms(at):
    return int(at.replace(tzinfo=timezone.utc).timestamp() * 1000)


class TrendCase(TankCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.now = cls.env.cr.now()
        cls.begin = cls.now.replace(microsecond=0) - timedelta(hours=12)

    def at(self, seconds):
        return self.begin + timedelta(seconds=seconds)

    def log(self, *rows, sensor=None, limits=(70.0, 90.0, None, None), company=None):
        """Put ``(seconds, value)`` or ``(seconds, value, quality)`` into the log as the ingest would."""
        sensor = sensor or self.sensor
        values = []
        for seconds, value, *quality in rows:
            at = self.at(seconds)
            values.append(
                (
                    sensor.id,
                    sensor.tank_id.id,
                    sensor.bath_id.id or None,
                    sensor.parameter_id.id,
                    (company or sensor.company_id).id,
                    "°C",
                    at,
                    at,
                    "device",
                    value,
                    quality[0] if quality else "good",
                    True,
                    "http",
                    *limits,
                )
            )
        self.env.flush_all()
        self.env.cr.execute_values(f"INSERT INTO fp_tank_reading ({', '.join(COLUMNS)}) VALUES %s", values)

    def trend(self, start=-3600, end=6 * 3600, sensor=None, **kwargs):
        sensor = sensor or self.sensor
        answer = sensor.get_trend(self.at(start).isoformat(), self.at(end).isoformat(), **kwargs)
        return answer["sensors"][0]


@tagged("post_install", "-at_install")
class TestTrend(TrendCase):
    def test_few_readings_are_given_as_they_are(self):
        self.log((0, 80.0), (30, 80.5), (60, -127.0, "bad"), (90, 85.0, "suspect"), (120, None, "bad"))
        trend = self.trend()
        self.assertFalse(trend["aggregated"])
        self.assertEqual(
            trend["points"],
            [
                [ms(self.at(0)), 80.0, "good"],
                [ms(self.at(30)), 80.5, "good"],
                [ms(self.at(60)), -127.0, "bad"],
                [ms(self.at(90)), 85.0, "suspect"],
                [ms(self.at(120)), None, "bad"],
            ],
        )
        self.assertEqual(trend["unit"], "°C")
        self.assertEqual(trend["quantity"], "temperature")
        self.assertEqual(trend["last_at"], ms(self.at(120)))

    def test_both_ends_of_the_span_belong_to_it(self):
        self.log((0, 80.0), (60, 81.0), (120, 82.0))
        self.assertEqual([point[1] for point in self.trend(0, 60)["points"]], [80.0, 81.0])

    def test_default_span_is_the_last_day(self):
        answer = self.sensor.get_trend()
        self.assertEqual(answer["end"], ms(self.now))
        self.assertEqual(answer["now"], answer["end"])
        self.assertEqual(answer["end"] - answer["start"], 86_400_000)

    def test_many_readings_keep_their_extremes_within_the_limit_of_points(self):
        rows = [(second, 80.0 + second % 7 / 10) for second in range(0, 6 * 3600, 3)]
        rows[1000] = (rows[1000][0], 99.5)
        rows[5000] = (rows[5000][0], 61.25)
        rows[3000] = (rows[3000][0], -127.0, "bad")
        rows[3001] = (rows[3001][0], 85.0, "suspect")
        self.log(*rows)
        for max_points in (2000, 500, 20):
            trend = self.trend(0, 6 * 3600, max_points=max_points)
            self.assertTrue(trend["aggregated"])
            self.assertLessEqual(len(trend["points"]), max_points)
            good = [value for _at, value, quality in trend["points"] if quality == "good"]
            self.assertEqual((min(good), max(good)), (61.25, 99.5))
            marks = {quality for _at, _value, quality in trend["points"]}
            self.assertEqual(marks, {"good", "suspect", "bad"})
            times = [at for at, _value, _quality in trend["points"]]
            self.assertEqual(times, sorted(times))
            self.assertEqual(trend["gaps"], [])

    def test_many_marks_do_not_push_out_the_line(self):
        self.log(*[(second, -127.0, "bad" if second % 6 else "suspect") for second in range(0, 6 * 3600, 3)])
        trend = self.trend(0, 6 * 3600)
        self.assertLessEqual(len(trend["points"]), 2000)
        self.assertEqual({quality for _at, _value, quality in trend["points"]}, {"suspect", "bad"})

    def test_limits_are_those_in_force_then(self):
        self.log((-7200, 80.0), limits=(60.0, 90.0, None, None))
        self.log((0, 80.0), (600, 80.0), limits=(70.0, 90.0, None, None))
        self.log((1200, 80.0), (1800, 80.0), limits=(70.0, None, 72.0, 88.0))
        steps = self.trend(-3600, 3600)["limits"]
        self.assertEqual(
            [
                (step["from"], step["to"], step["spec_min"], step["spec_max"], step["action_max"])
                for step in steps
            ],
            [
                (ms(self.at(-3600)), ms(self.at(0)), 60.0, 90.0, None),
                (ms(self.at(0)), ms(self.at(1200)), 70.0, 90.0, None),
                (ms(self.at(1200)), ms(self.at(3600)), 70.0, None, 88.0),
            ],
        )

    def test_limits_of_a_bucket(self):
        self.log(*[(second, 80.0) for second in range(0, 3000, 2)], limits=(60.0, 90.0, None, None))
        self.log(*[(second, 80.0) for second in range(3000, 6000, 2)])
        steps = self.trend(0, 6000, max_points=100)["limits"]
        self.assertEqual([step["spec_min"] for step in steps], [60.0, 70.0])
        self.assertAlmostEqual(steps[1]["from"], ms(self.at(3000)), delta=6_000_000 / 40)

    def test_without_readings_the_limits_of_now_are_shown(self):
        trend = self.sensor.get_trend()["sensors"][0]
        self.assertEqual(trend["points"], [])
        self.assertIsNone(trend["last_at"])
        self.assertEqual(trend["gaps"], [])
        self.assertEqual([(step["spec_min"], step["spec_max"]) for step in trend["limits"]], [(70.0, 90.0)])

    def test_gaps(self):
        self.sensor.expected_interval = 60
        self.log((-1800, 80.0), (600, 80.0), (780, 80.0), (961, 80.0), (1000, -127.0, "bad"), (1100, 80.0))
        self.assertEqual(
            self.trend(0, 1200)["gaps"],
            [[ms(self.at(0)), ms(self.at(600))], [ms(self.at(780)), ms(self.at(961))]],
        )

    def test_the_gap_that_is_still_open(self):
        self.sensor.expected_interval = 60
        self.log((0, 80.0))
        answer = self.sensor.get_trend()
        self.assertEqual(answer["sensors"][0]["gaps"], [[ms(self.at(0)), ms(self.now)]])
        tomorrow = (self.now + timedelta(days=1)).isoformat()
        ahead = self.sensor.get_trend(self.begin.isoformat(), tomorrow)["sensors"][0]
        self.assertEqual(ahead["gaps"], [[ms(self.at(0)), ms(self.now)]])
        self.assertLessEqual(ahead["limits"][-1]["to"], ms(self.now))

    def test_a_gap_ends_with_the_reading_after_the_span(self):
        self.sensor.expected_interval = 60
        self.log((0, 80.0), (100, 80.0), (300, 80.0))
        self.assertEqual(self.trend(-60, 200)["gaps"], [[ms(self.at(100)), ms(self.at(200))]])
        self.sensor.expected_interval = 100
        self.assertEqual(self.trend(-60, 200)["gaps"], [])

    def test_before_the_first_reading_nothing_is_missing(self):
        self.sensor.expected_interval = 60
        self.log((3000, 80.0))
        self.assertEqual(self.trend(0, 3100)["gaps"], [])

    def test_a_sensor_without_an_interval_misses_nothing(self):
        self.sensor.expected_interval = 0
        self.log((0, 80.0), (7200, 80.0))
        self.assertEqual(self.trend()["gaps"], [])

    def test_gaps_between_buckets(self):
        self.sensor.expected_interval = 60
        self.log(*[(second, 80.0) for second in range(0, 21600, 5) if not 9000 <= second < 14400])
        trend = self.trend(0, 21600)
        self.assertTrue(trend["aggregated"])
        self.assertEqual(trend["gaps"], [[ms(self.at(8995)), ms(self.at(14400))]])

    def test_holds_that_overlap_the_span(self):
        hold = self.env["fusion.plating.quality.hold"]._raise_hold(
            {
                "tank_id": self.tank.id,
                "bath_id": self.bath.id,
                "parameter_id": self.parameter.id,
                "sensor_id": self.sensor.id,
                "quantity": "temperature",
                "unit": "°C",
                "value": 95.0,
                "worst_value": 96.5,
                "limit_min": 70.0,
                "limit_max": 90.0,
                "date_start": self.at(600),
            }
        )
        (found,) = self.trend()["holds"]
        self.assertEqual(
            found,
            {
                "id": hold.id,
                "name": hold.name,
                "start": ms(self.at(600)),
                "back_at": None,
                "end": None,
                "state": "open",
                "worst_value": 96.5,
            },
        )
        self.assertEqual(self.trend(-3600, 500)["holds"], [])
        self.assertEqual(len(self.trend(7200, 8000)["holds"]), 1)

    def test_sensors_are_read_together(self):
        others = [self._make_sensor(f"28-00000000010{index}") for index in range(6)]
        for sensor in others:
            self.log((0, 80.0), (30, 81.0), sensor=sensor)
        self.log(*[(second, 80.0) for second in range(0, 9000, 3)])
        sensors = self.env["fp.tank.sensor"].concat(self.sensor, *others)
        span = (self.at(-60).isoformat(), self.at(9000).isoformat())

        def queries(records):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            records.get_trend(*span)
            return self.env.cr.sql_log_count - before

        two, five = queries(sensors[:2]), queries(sensors[:5])
        self.assertEqual(two, five)
        answer = sensors.get_trend(*span)
        self.assertEqual([item["id"] for item in answer["sensors"]], sensors[:5].ids)
        self.assertEqual([item["aggregated"] for item in answer["sensors"]], [True] + 4 * [False])
        self.assertIn("5", answer["note"])
        self.assertFalse(sensors[:5].get_trend(*span)["note"])
        self.assertEqual(self.env["fp.tank.sensor"].get_trend()["sensors"], [])


@tagged("post_install", "-at_install")
class TestTrendRequest(TrendCase):
    def test_times_with_and_without_an_offset(self):
        now = datetime(2026, 3, 1, 12)
        for text in (
            "2026-03-01T06:00:00Z",
            "2026-03-01 06:00:00",
            "2026-03-01T07:00:00+01:00",
            "2026-03-01T06:00",
        ):
            self.assertEqual(parse_span(text, None, now).start, datetime(2026, 3, 1, 6))
        self.assertEqual(parse_span(None, "2026-03-01T06:00:00", now).start, datetime(2026, 2, 28, 6))
        self.assertEqual(parse_span(False, "", now).end, now)

    def test_junk_is_refused_in_words(self):
        junk = (
            "yesterday",
            "2026-13-01",
            "0001-01-01T00:00:00+14:00",
            "2026-03-01\x00",
            "<b>2026</b>",
            "9" * 5000,
            5,
            True,
            ["2026-03-01"],
            {"a": 1},
            float("nan"),
        )
        for value in junk:
            with self.assertRaises(UserError):
                self.sensor.get_trend(value)
            with self.assertRaises(UserError):
                self.sensor.get_trend(None, value)

    def test_spans_that_make_no_sense(self):
        for span in (
            ("2026-03-02T00:00:00", "2026-03-01T00:00:00"),
            ("2026-03-01T00:00:00", "2026-03-01T00:00:00"),
            ("2000-01-01T00:00:00", "2026-03-01T00:00:00"),
        ):
            with self.assertRaises(UserError):
                self.sensor.get_trend(*span)
        self.sensor.get_trend("2017-01-01T00:00:00", "2026-12-31T00:00:00")

    def test_number_of_points(self):
        self.assertEqual(parse_points(10**9), 2000)
        self.assertEqual(parse_points(-5), 20)
        self.assertEqual(parse_points(500), 500)
        for value in (True, None, "500", 1.5, float("inf"), [1]):
            with self.assertRaises(SpanError):
                parse_points(value)
            with self.assertRaises(UserError):
                self.sensor.get_trend(max_points=value)


@tagged("post_install", "-at_install")
class TestTrendAccess(TrendCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.operator = new_test_user(
            cls.env, login="fp_trend_operator", groups="fusion_plating.group_plating_operator"
        )
        cls.stranger = new_test_user(cls.env, login="fp_trend_stranger", groups="base.group_user")
        cls.other_company = cls.env["res.company"].create({"name": "Other plater"})
        cls.outsider = new_test_user(
            cls.env,
            login="fp_trend_outsider",
            groups="fusion_plating.group_plating_manager",
            company_id=cls.other_company.id,
            company_ids=[(6, 0, cls.other_company.ids)],
        )

    def test_an_operator_sees_the_trend(self):
        self.log((0, 80.0))
        trend = self.trend(sensor=self.sensor.with_user(self.operator))
        self.assertEqual(len(trend["points"]), 1)

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_nobody_else_does(self):
        for user in (self.stranger, self.outsider):
            with self.assertRaises(AccessError):
                self.sensor.with_user(user).get_trend()

    def test_readings_that_one_may_not_see_are_left_out(self):
        self.log((0, 80.0))
        self.log((30, 95.0), company=self.other_company)
        trend = self.trend(sensor=self.sensor.with_user(self.operator))
        self.assertEqual([point[1] for point in trend["points"]], [80.0])
        self.assertEqual(trend["last_at"], ms(self.at(0)))
