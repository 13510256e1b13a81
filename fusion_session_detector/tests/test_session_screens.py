from datetime import timedelta, timezone

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import BaseCase, tagged

from fusion_iot_core.detector import Sample

from ..engine import power_log
from ..engine.packing import pack_samples
from ..engine.segments import counted, exact_span, segments
from ..engine.thinning import thin
from .session_common import NOON, SessionCase


@tagged("post_install", "-at_install")
class TestThinning(BaseCase):
    def test_no_peak_is_lost(self):
        points = [(NOON + timedelta(seconds=second), 10.0) for second in range(10_000)]
        points[4321] = (points[4321][0], 900.0)
        points[8765] = (points[8765][0], -1.0)
        thinned = thin(points, 400)
        self.assertLessEqual(len(thinned), 400)
        self.assertEqual(thinned, sorted(thinned))
        self.assertIn(points[4321], thinned)
        self.assertIn(points[8765], thinned)
        self.assertEqual((thinned[0], thinned[-1]), (points[0], points[-1]))

    def test_few_stay_as_they_are(self):
        points = [(NOON, 1.0), (NOON + timedelta(seconds=1), 2.0)]
        self.assertEqual(thin(points, 400), points)


@tagged("post_install", "-at_install")
class TestSegments(BaseCase):
    def test_without_a_hole(self):
        start = NOON.replace(tzinfo=None)
        end = start + timedelta(seconds=60)
        history = [
            ["2026-11-02T12:00:00Z", "starting"],
            ["2026-11-02T12:00:10Z", "working"],
            ["2026-11-02T12:00:10Z", "standby"],
            ["2026-11-02T12:02:00Z", "stopping"],
        ]
        moment = start + timedelta(seconds=10)
        self.assertEqual(
            segments(history, start, end), [(start, moment, "starting"), (moment, end, "standby")]
        )
        self.assertEqual(segments(None, start, end), [(start, end, "standby")])

    def test_phases_as_they_count(self):
        start = NOON.replace(tzinfo=None)
        moments = [start + timedelta(seconds=second) for second in (0, 10, 60, 90, 120, 200)]
        history = [
            ["2026-11-02T12:00:00Z", "starting"],
            ["2026-11-02T12:00:10Z", "working"],
            ["2026-11-02T12:01:00Z", "stopping"],
            ["2026-11-02T12:01:30Z", "working"],
            ["2026-11-02T12:02:00Z", "stopping"],
        ]
        over = [
            (moments[0], moments[2], "working"),
            (moments[2], moments[3], "standby"),
            (moments[3], moments[4], "working"),
        ]
        self.assertEqual(counted(segments(history, start, moments[4]), running=False), over)
        undecided = (moments[4], moments[5], "stopping")
        self.assertEqual(counted(segments(history, start, moments[5]), running=True), [*over, undecided])

    def test_the_exact_span_is_that_of_the_durations(self):
        start = NOON.replace(tzinfo=None)
        end = start + timedelta(seconds=61)
        history = [["2026-11-02T12:00:00.750000Z", "starting"]]
        exact = (start + timedelta(seconds=0.75), start + timedelta(seconds=61.25))
        self.assertEqual(exact_span(history, start, end, 60.5), exact)
        self.assertEqual(exact_span(None, start, end, 61.0), (start, end))
        self.assertEqual(exact_span(history, start, end, 30.0), (exact[0], end))


@tagged("post_install", "-at_install")
class TestSessionScreens(SessionCase):
    """What the web client asks for."""

    def test_chart(self):
        engine = self.engine()
        self.ingest((-30, 3), (0, 60), (10, 300), (50, 300))
        self.ingest((60, 0), (80, 0))
        self.step(engine, 80)
        for flush in (False, True):
            self.step(engine, 81, flush=flush)
            chart = self.env["mqtt.session"].session_chart(self.sessions().id)
            self.assertEqual(
                chart["samples"][:2], [["2026-11-02T11:59:30Z", 3.0], ["2026-11-02T12:00:00Z", 60.0]]
            )
            self.assertEqual(len(chart["samples"]), 6)
            self.assertEqual([phase for *_, phase in chart["states"]], ["standby", "working"])
            self.assertEqual(chart["states"][0][:2], ["2026-11-02T12:00:00Z", "2026-11-02T12:00:10Z"])
            self.assertEqual(chart["states"][-1][1], "2026-11-02T12:01:00Z")
            self.assertEqual(chart["thresholds"]["working_threshold_w"], 100)

    def test_timeline(self):
        self.draw((0, 60), (10, 300), (60, 0), (80, 0))
        session = self.sessions()
        idle = self.make_device("idle")
        line = self.env["iot.device"].session_timeline("2026-11-02T00:00:00Z", "2026-11-03 00:00:00")
        machines = {machine["id"]: machine for machine in line["machines"]}
        self.assertEqual(machines[idle.id]["segments"], [])
        self.assertEqual(
            machines[self.device.id]["segments"],
            [
                ["2026-11-02T12:00:00Z", "2026-11-02T12:00:10Z", "standby", session.id],
                ["2026-11-02T12:00:10Z", "2026-11-02T12:01:00Z", "working", session.id],
            ],
        )
        line = self.env["iot.device"].session_timeline("2026-11-03T00:00:00Z", "2026-11-04T00:00:00Z")
        self.assertFalse([machine for machine in line["machines"] if machine["segments"]])
        for wrong in (("x", "y"), ("2026-11-03", "2026-11-02"), ("2026-01-01", "2026-11-02")):
            with self.assertRaises(UserError):
                self.env["iot.device"].session_timeline(*wrong)

    def test_the_timeline_takes_the_same_queries_for_any_number(self):
        counts = []
        for number in range(3):
            device = self.make_device(f"m{number}")
            self.draw((0, 60), (10, 300), (60, 0), (80, 0), device=device)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.env["iot.device"].session_timeline("2026-11-02", "2026-11-03")
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])

    def test_machines(self):
        other = self.make_device("lathe")
        self.draw((0, 60), (10, 300))
        self.env.invalidate_all()
        self.assertEqual((self.device.session_state, self.device.current_power_w), ("working", 300.0))
        self.assertEqual(self.device.running_session_id, self.sessions())
        self.assertEqual((other.session_state, other.session_count), ("idle", 0))
        found = self.env["iot.device"].search([("session_state", "=", "working")])
        self.assertEqual(found, self.device)
        self.assertIn(other, self.env["iot.device"].search([("session_state", "!=", "working")]))

    def test_power_of_past_hours_is_gathered(self):
        hour = fields.Datetime.now().replace(minute=0, second=0, microsecond=0, tzinfo=timezone.utc)
        began = hour - timedelta(hours=6)
        samples = [
            Sample(began + timedelta(seconds=30.25 * number), 100.0 + number, None) for number in range(400)
        ]
        for first in range(0, 400, 2):
            part = samples[first : first + 2]
            self.env.cr.execute(
                "INSERT INTO iot_power_log (device_id, from_at, to_at, count, samples) VALUES (%s, %s, %s, %s, %s)",
                [
                    self.device.id,
                    part[0].at.replace(tzinfo=None),
                    part[-1].at.replace(tzinfo=None),
                    len(part),
                    pack_samples(part),
                ],
            )
        span = (self.device.id, "switch:0", began, hour + timedelta(hours=1))
        self.assertEqual(power_log.read(self.env.cr, *span), samples)
        with self.enter_registry_test_mode():
            self.env.ref("fusion_session_detector.ir_cron_power_log_gc").method_direct_trigger()
        self.assertEqual(self.log_rows(), (4, 400))
        self.assertEqual(power_log.read(self.env.cr, *span), samples)

    def test_old_power_goes(self):
        now = fields.Datetime.now()
        self.env.cr.execute(
            """INSERT INTO iot_power_log (device_id, from_at, to_at, count, samples)
               SELECT %s, %s::timestamp - days * interval '1 day', %s::timestamp - days * interval '1 day', 1, ''
                 FROM unnest(ARRAY[1, 29, 31, 300]) AS days""",
            [self.device.id, now, now],
        )
        with self.enter_registry_test_mode():
            self.env.ref("fusion_session_detector.ir_cron_power_log_gc").method_direct_trigger()
        self.env.cr.execute("SELECT count(*) FROM iot_power_log WHERE device_id = %s", [self.device.id])
        self.assertEqual(self.env.cr.fetchone()[0], 2)
