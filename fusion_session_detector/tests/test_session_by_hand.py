from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger
from psycopg2.errors import UniqueViolation

from ..engine import hand
from .session_common import SessionCase, at


@tagged("post_install", "-at_install")
class TestSessionByHand(SessionCase):
    """Start and stop by a person, while the detector runs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(cls.env, "operator.sessions", "fusion_iot.group_iot_user")

    def start(self, seconds):
        return hand.handle(self.env, self.device.ids, hand.start, at(seconds))

    def stop(self, seconds):
        return hand.handle(self.env, self.device.ids, hand.stop, at(seconds))

    def test_a_start_while_the_machine_is_off_waits_for_it(self):
        self.draw((0, 3))
        self.start(5)
        session = self.sessions()
        self.assertTrue(session.started_by_hand)
        self.assertEqual((session.status, session.current_state), ("running", "standby"))
        self.draw((60, 3), (200, 3))
        self.assertEqual(self.sessions().status, "running", "it has not been on yet")
        self.draw((210, 300), (300, 2), (320, 2))
        session = self.sessions()
        self.assertEqual(
            (session.status, session.total_duration_s, session.working_duration_s), ("completed", 295, 90)
        )

    def test_a_stop_holds_until_the_machine_was_off(self):
        self.draw((0, 300), (5, 300))
        self.stop(10)
        session = self.sessions()
        self.assertEqual(
            (session.status, session.end_reason, session.total_duration_s), ("completed", "manual", 10.0)
        )
        self.assertTrue(self.device.session_held)
        self.draw((11, 300), (30, 300), (60, 300))
        self.assertEqual(len(self.sessions()), 1, "it is still on: nobody wants the same session again")
        self.draw((70, 0), (90, 0), (100, 300), (110, 300))
        self.assertEqual(self.sessions().mapped("status"), ["completed", "running"])
        self.assertFalse(self.device.session_held)

    def test_buttons_of_a_user(self):
        device = self.device.with_user(self.user)
        device.action_start_session()
        session = self.sessions()
        self.assertEqual(session.status, "running")
        self.assertIn("Started by hand", session.message_ids[:1].body)
        self.assertEqual(session.message_ids[:1].author_id, self.user.partner_id)
        with self.assertRaises(UserError):
            device.action_start_session()
        device.action_stop_session()
        self.assertEqual(self.sessions().end_reason, "manual")
        with self.assertRaises(UserError):
            device.action_stop_session()

    def test_what_turns_out_to_be_no_session_can_be_ended(self):
        """One that was off again at once is no session: there is nothing left to write to."""
        ends = self.device.with_user(self.user).action_stop_session, self.force_end
        for begin, end in zip((0, 1000), ends, strict=True):
            self.draw((begin, 3))
            self.start(begin + 11)
            self.assertEqual(self.sessions().status, "running")
            self.draw((begin + 12, 300), (begin + 13, 0))
            end()
            self.assertFalse(self.sessions())

    def force_end(self):
        self.sessions().action_force_end()

    def test_a_button_of_a_device_without_sessions(self):
        self.device.session_strategy = "none"
        with self.assertRaises(UserError):
            self.device.action_start_session()

    def test_what_is_in_the_journal_comes_first(self):
        """A person who ends a session ends it after what was measured, also where the engine has not read it yet."""
        self.ingest((0, 300), (5, 300), (20, 300))
        self.stop(21)
        session = self.sessions()
        self.assertEqual((session.status, session.working_duration_s), ("completed", 21.0))

    def test_force_end_of_a_session_that_nobody_knows(self):
        self.draw((0, 300), (5, 300))
        session = self.sessions()
        self.env.cr.execute("UPDATE iot_session_state SET state = NULL")
        self.env.invalidate_all()
        session.action_force_end()
        self.assertEqual((session.status, session.end_reason), ("completed", "manual"))
        self.assertEqual(session.end_time, at(5).replace(tzinfo=None))
        with self.assertRaises(UserError):
            session.action_force_end()

    def test_one_running_session_a_machine_whatever_writes(self):
        self.draw((0, 300), (5, 300))
        session = self.sessions()
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"), self.cr.savepoint():
            session.copy({"device_id": self.device.id, "start_time": at(9).replace(tzinfo=None)})
            self.env.flush_all()
        with self.assertRaises(UserError):
            session.unlink()
