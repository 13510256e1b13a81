from unittest.mock import patch

from odoo.addons.fusion_iot_base.nudges import board
from odoo.tests import tagged

from fusion_iot_core.protocol import Measurement

from ..engine import journal
from ..engine.collecting import register
from ..engine.packing import Heard
from .session_common import SessionCase, at


@tagged("post_install", "-at_install")
class TestSessionEngine(SessionCase):
    """From the ingest to the sessions, by the engine that the runtime runs."""

    def test_a_batch_is_one_row_and_claims_nothing(self):
        report = self.ingest(*((second, 60) for second in range(50)))
        self.assertEqual((report.accepted, report.noted), (0, 50))
        self.assertEqual(self.journal_rows(), 1)
        self.ingest((60, 20.0), device="unknown")
        self.assertEqual(self.journal_rows(), 1, "it is no machine")

    def test_what_is_not_of_power_costs_nothing(self):
        batch = [Measurement("tank", 60.0, "temperature", "°C", at(0), "probe")]
        self.env["iot.ingest"].ingest(batch, source="http")
        register.forget()
        with patch.object(register, "machines") as asked:
            self.env["iot.ingest"].ingest(batch, source="http")
        asked.assert_not_called()

    def test_sessions_open_and_close_with_what_comes(self):
        engine = self.engine()
        self.ingest((0, 60), (5, 60))
        self.step(engine, 5)
        session = self.sessions()
        self.assertEqual((session.status, session.current_state), ("running", "standby"))
        self.ingest((10, 500), (20, 0))
        self.step(engine, 20)
        self.assertEqual(self.sessions().current_state, "stopping")
        self.ingest((40, 0))
        self.step(engine, 40)
        self.assertEqual(self.sessions(), session)
        self.assertEqual((session.status, session.end_reason), ("completed", "power_drop"))
        self.assertEqual((session.standby_duration_s, session.working_duration_s), (10.0, 10.0))

    def test_time_alone_ends_a_session_at_its_own_instant(self):
        engine = self.engine()
        self.ingest((0, 60), (5, 60), (10, 0))
        self.step(engine, 10)
        self.step(engine, 24)
        self.assertEqual(self.sessions().status, "running")
        self.step(engine, 27)
        session = self.sessions()
        self.assertEqual((session.status, session.end_reason), ("completed", "normal"))
        self.assertEqual(session.end_time, at(10).replace(tzinfo=None))

    def test_silence_ends_a_session_with_the_last_message(self):
        engine = self.engine()
        self.ingest((0, 200), (5, 200), (60, 200))
        self.step(engine, 60)
        self.step(engine, 200)
        self.assertEqual(self.sessions().status, "running", "150 s have not passed")
        self.step(engine, 212)
        session = self.sessions()
        self.assertEqual((session.status, session.end_reason), ("completed", "timeout"))
        self.assertEqual((session.end_time, session.total_duration_s), (at(60).replace(tzinfo=None), 60.0))

    def test_time_goes_by_the_clock_of_the_machine(self):
        """A device whose clock is an hour slow is not silent since an hour."""
        engine = self.engine()
        self.hear_late((0, 200), (5, 200), delay=3600)
        self.step(engine, 3606)
        self.assertEqual(self.sessions().status, "running")
        self.step(engine, 3700)
        self.assertEqual(self.sessions().status, "running")
        self.step(engine, 3760)
        self.assertEqual(self.sessions().end_time, at(5).replace(tzinfo=None))

    def hear_late(self, *readings, delay):
        heard = [
            Heard(self.device.id, "switch:0", at(second), at(second + delay), float(power), None)
            for second, power in readings
        ]
        journal.append(self.env.cr, heard)

    def test_the_same_sessions_after_any_restart(self):
        """An engine that is gone, with or without its last flush, has changed nothing but what it has written."""
        batches = [
            [(0, 5), (2, 60)],
            [(5, 60), (9, 300)],
            [(12, 300), (14, 40), (16, 2)],
            [(20, 300)],
            [(30, 300), (40, 0)],
            [(60, 0), (61, 80), (70, 80)],
            [(80, 80), (90, 0)],
            [(120, 0)],
        ]
        for number, batch in enumerate(batches):
            self.ingest(*batch)
            engine = self.engine(batch[-1][0])
            self.step(engine, batch[-1][0])
            if number % 3 == 1:
                self.step(engine, batch[-1][0], flush=True)
        told = [
            (session.start_time, session.end_time, session.standby_duration_s, session.working_duration_s)
            for session in self.sessions()
        ]

        twin = self.make_device("twin")
        once = self.engine()
        self.ingest(*(reading for batch in batches for reading in batch), device="twin")
        self.step(once, 120)
        expected = [
            (session.start_time, session.end_time, session.standby_duration_s, session.working_duration_s)
            for session in self.sessions(twin)
        ]
        self.assertEqual(len(expected), 2)
        self.assertEqual(told, expected)

    def test_a_flush_moves_the_journal_to_the_log(self):
        engine = self.engine()
        self.ingest((0, 60, 1000.0), (5, 60, 1000.2))
        self.ingest((20, 60, 1000.5))
        self.step(engine, 20)
        self.assertEqual((self.journal_rows(), self.log_rows()), (2, (0, 0)))
        self.step(engine, 31)
        self.assertEqual((self.journal_rows(), self.log_rows()), (0, (1, 3)))
        session = self.sessions()
        self.assertAlmostEqual(session.energy_kwh, 0.0005)
        self.assertEqual(session.total_duration_s, 20.0)
        samples = self.device._power_samples(at(0), at(100))
        self.assertEqual(
            [(sample.at, sample.power_w) for sample in samples], [(at(0), 60), (at(5), 60), (at(20), 60)]
        )

    def test_the_log_has_nothing_twice_after_a_restart(self):
        self.ingest((0, 60), (5, 60))
        self.step(self.engine(), 5)
        engine = self.engine(10)
        self.step(engine, 10, flush=True)
        self.step(self.engine(20), 20, flush=True)
        self.assertEqual(self.log_rows(), (1, 2))

    def test_changed_settings_hold_for_what_comes_after(self):
        engine = self.engine()
        self.ingest((0, 60), (5, 60))
        self.step(engine, 5)
        self.ingest((10, 60))
        self.device.write({"standby_threshold_w": 80})
        engine.refresh()
        self.ingest((20, 60), (40, 60))
        self.step(engine, 40)
        session = self.sessions()
        self.assertEqual(session.status, "completed", "60 W are off by now")
        self.assertGreaterEqual(session.end_time, at(10).replace(tzinfo=None))

    def test_no_more_sessions_end_the_running_one(self):
        engine = self.engine()
        self.ingest((0, 60), (5, 60))
        self.step(engine, 5)
        self.ingest((9, 60))
        self.device.session_strategy = "none"
        session = self.sessions()
        self.assertEqual((session.status, session.end_reason), ("completed", "manual"))
        self.assertEqual(session.end_time, at(9).replace(tzinfo=None))
        self.ingest((20, 60), (30, 60))
        self.step(engine, 30)
        self.device.session_strategy = "power_threshold"
        self.ingest((40, 60), (50, 60))
        engine.refresh()
        self.step(engine, 50)
        self.assertEqual(self.sessions().mapped("status"), ["completed", "running"])
        self.assertEqual(self.sessions()[1].start_time, at(40).replace(tzinfo=None))

    def test_a_machine_that_is_new_to_the_engine(self):
        engine = self.engine()
        self.step(engine, 0)
        other = self.make_device("lathe")
        self.ingest((0, 60), (5, 60), device="lathe")
        self.step(engine, 5)
        self.assertEqual(len(self.sessions(other)), 1)

    def test_the_number_of_queries_does_not_depend_on_the_number_of_machines(self):
        devices = [self.make_device(f"m{number}") for number in range(60)]
        engine = self.engine()
        self.step(engine, 0)
        counts = []
        for second, group in ((10, devices[:1]), (50, devices[1:3]), (90, devices[3:])):
            for device in group:
                self.hear_at(device, (second, 60), (second + 5, 60))
            self.env.flush_all()
            board.forget()
            before = self.cr.sql_log_count
            engine.step(self.env, at(second + 5))
            engine.step(self.env, at(second + 6), True)
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])

    def hear_at(self, device, *readings):
        journal.append(
            self.env.cr,
            [Heard(device.id, "", at(second), at(second), float(power), None) for second, power in readings],
        )

    def test_nothing_is_written_for_every_watt(self):
        engine = self.engine()
        self.ingest((0, 60), (5, 60))
        self.step(engine, 5)
        written = self.sessions().write_date
        before = self.state().last_at
        for second in range(6, 29):
            self.ingest((second, 60 + second))
            self.step(engine, second)
        self.assertEqual((self.sessions().write_date, self.state().last_at), (written, before))
        self.assertEqual(self.sessions().current_power_w, 60.0)
        self.step(engine, 31)
        self.assertEqual(self.sessions().current_power_w, 88.0)
        self.assertEqual(self.device.current_power_w, 88.0)
