from odoo.exceptions import UserError
from odoo.tests import tagged

from fusion_iot_core.detector import Phase

from ..adapter import SessionDetector
from .session_common import SessionCase, at


@tagged("post_install", "-at_install")
class TestSessionDetector(SessionCase):
    """The detector as a caller with one measurement at a time has it."""

    def test_01_idle_to_starting_on_power_above_threshold(self):
        self.assertIs(self.draw((0, 5)), Phase.IDLE)
        self.assertIs(self.draw((1, 60)), Phase.STARTING)
        self.assertFalse(self.sessions(), "it may be a spike")
        self.assertIs(self.draw((4, 60)), Phase.STANDBY)
        session = self.sessions()
        self.assertEqual(
            (session.status, session.current_state, session.start_power_w), ("running", "standby", 60.0)
        )
        self.assertEqual(session.start_time, at(1).replace(tzinfo=None), "it counts from where power came")

    def test_02_starting_to_idle_on_power_drop(self):
        self.assertIs(self.draw((0, 60), (2, 3)), Phase.IDLE)
        self.assertIs(self.draw((10, 3)), Phase.IDLE)
        self.assertFalse(self.sessions())

    def test_03_standby_to_working_transition(self):
        self.assertIs(self.draw((0, 60), (5, 60)), Phase.STANDBY)
        self.assertIs(self.draw((10, 200)), Phase.WORKING)
        session = self.sessions()
        self.assertEqual((session.current_state, session.current_power_w), ("working", 200.0))
        self.assertEqual([phase for _at, phase in session.state_history], ["starting", "standby", "working"])

    def test_04_working_to_stopping_transition(self):
        self.assertIs(self.draw((0, 200), (5, 200), (60, 3)), Phase.STOPPING)
        self.assertEqual(self.sessions().current_state, "stopping")
        self.assertIs(self.draw((70, 200)), Phase.WORKING, "it had not been away")
        self.assertIs(self.draw((80, 3), (94, 3)), Phase.STOPPING)
        self.assertIs(self.draw((96, 3)), Phase.IDLE)
        session = self.sessions()
        self.assertEqual((session.status, session.end_reason), ("completed", "power_drop"))
        self.assertEqual(session.end_time, at(80).replace(tzinfo=None), "it ended where power went")
        self.assertEqual((session.working_duration_s, session.standby_duration_s), (70.0, 10.0))

    def test_05_timeout_detection(self):
        self.device.message_timeout_s = 20
        self.draw((0, 200), (5, 200), (12, 200))
        detector = self.detector()
        self.assertIs(detector.check_timeout(self.env, at(31)), Phase.WORKING)
        self.assertIs(detector.check_timeout(self.env, at(33)), Phase.IDLE)
        session = self.sessions()
        self.assertEqual((session.status, session.end_reason), ("completed", "timeout"))
        self.assertEqual(
            session.end_time, at(12).replace(tzinfo=None), "with the last message, not with the look"
        )
        self.assertEqual(session.total_duration_s, 12.0)

    def test_06_duration_tracking(self):
        self.draw((0, 60), (10, 200), (40, 60), (45, 60), (50, 0), (70, 0))
        session = self.sessions()
        self.assertEqual(session.working_duration_s, 30.0)
        self.assertEqual(session.standby_duration_s, 20.0)
        self.assertEqual(session.total_duration_s, 50.0)
        self.assertAlmostEqual(session.total_duration_h, 50 / 3600)
        self.assertEqual(session.end_reason, "normal")
        self.assertEqual(session.peak_power_w, 200.0)
        self.assertAlmostEqual(session.energy_kwh, (10 * 60 + 30 * 200 + 10 * 60) / 3600 / 1000)

    def test_07_state_recovery_after_restart(self):
        self.draw((0, 200), (5, 200))
        running = self.sessions()
        self.env.invalidate_all()
        again = SessionDetector(self.device.id, self.device.name)
        self.assertIs(again.process_power_event(self.env, 60.0, at(25)), Phase.STANDBY)
        self.assertEqual(self.sessions(), running)
        again.process_power_event(self.env, 0.0, at(30))
        again.process_power_event(self.env, 0.0, at(46))
        session = self.sessions()
        self.assertEqual(session, running)
        self.assertEqual((session.working_duration_s, session.standby_duration_s), (25.0, 5.0))

    def test_a_message_twice_or_late_changes_nothing(self):
        self.draw((0, 200), (5, 200), (10, 60))
        self.assertIs(self.draw((10, 60), (7, 0)), Phase.STANDBY)
        self.assertEqual(self.sessions().peak_power_w, 200.0)

    def test_a_device_without_a_strategy_has_no_sessions(self):
        self.device.session_strategy = "none"
        with self.assertRaises(UserError):
            self.draw((0, 200))
