from odoo.exceptions import UserError
from odoo.tests import tagged

from .session_common import SessionCase, at


def naive(seconds):
    return at(seconds).replace(tzinfo=None)


@tagged("post_install", "-at_install")
class TestSessionEdit(SessionCase):
    """Merge and split."""

    def two(self):
        self.device.rate_working_h = 36
        self.draw((0, 300), (100, 60), (200, 0), (220, 0))
        self.draw((1000, 400), (1100, 0), (1120, 0))
        return self.sessions()

    def test_merge_keeps_the_time_between_as_standby(self):
        first, second = sessions = self.two()
        self.assertEqual(sessions.mapped("amount"), [1.0, 1.0])
        action = sessions.action_merge()
        self.assertEqual(action["res_id"], first.id)
        self.assertEqual((first.start_time, first.end_time), (naive(0), naive(1100)))
        self.assertEqual((first.working_duration_s, first.standby_duration_s), (200.0, 900.0))
        self.assertEqual(first.total_duration_s, 1100.0)
        self.assertEqual((first.peak_power_w, first.end_reason, first.amount), (400.0, "power_drop", 2.0))
        self.assertAlmostEqual(first.energy_kwh, (300 * 100 + 60 * 100 + 400 * 100) / 3.6e6)
        self.assertEqual((second.active, second.merged_into_id), (False, first))
        for session, other, said in ((first, second, "Merged with"), (second, first, "Merged into")):
            body = session.message_ids[:1].body
            self.assertIn(said, body)
            self.assertIn(f'data-oe-id="{other.id}">{other.display_name}</a>', body)
            self.assertNotRegex(body, r"\d:\d\d", "the server knows no zone of the browser")
        self.assertEqual(self.sessions(), first)

    def test_what_cannot_be_merged(self):
        first, second = self.two()
        self.draw((2000, 300), (2010, 300))
        third = self.sessions()[2]
        other = self.make_device("lathe")
        self.draw((0, 300), (50, 0), (70, 0), device=other)
        for wrong in (first, first + third, first + self.sessions(other)):
            with self.assertRaises(UserError):
                wrong.action_merge()
        self.draw((2020, 0), (2040, 0))
        third = self.sessions()[2]
        with self.assertRaises(UserError):
            (first + third).action_merge()
        (first + second + third).action_merge()
        self.assertEqual(len(self.sessions()), 1)

    def test_a_session_named_twice_counts_once(self):
        first, second = self.two()
        with self.assertRaisesRegex(UserError, "at least two"):
            first.browse([first.id, first.id]).action_merge()
        first.browse([first.id, second.id, first.id, second.id]).action_merge()
        self.assertEqual((first.working_duration_s, first.amount, first.active), (200.0, 2.0, True))

    def test_split_shares_time_by_history_and_energy_by_power(self):
        session = self.two()[0]
        total, energy = session.total_duration_s, session.energy_kwh
        later = session._split_at(naive(150))
        self.assertEqual(
            (session.end_time, later.start_time, later.end_time), (naive(150), naive(150), naive(200))
        )
        self.assertEqual((session.working_duration_s, session.standby_duration_s), (100.0, 50.0))
        self.assertEqual((later.working_duration_s, later.standby_duration_s), (0.0, 50.0))
        self.assertEqual(session.total_duration_s + later.total_duration_s, total)
        self.assertAlmostEqual(session.energy_kwh, (300 * 100 + 60 * 50) / 3.6e6)
        self.assertAlmostEqual(session.energy_kwh + later.energy_kwh, energy)
        self.assertEqual((session.peak_power_w, later.peak_power_w, later.start_power_w), (300.0, 60.0, 60.0))
        self.assertEqual((session.end_reason, later.end_reason), ("manual", "normal"))
        self.assertNotEqual(session.session_id, later.session_id)
        self.assertEqual([phase for _at, phase in later.state_history][:1], ["standby"])
        self.assertEqual((session.amount, later.amount), (1.0, 0.0))
        for part, other in ((session, later), (later, session)):
            body = part.message_ids[:1].body
            self.assertIn("Split", body)
            self.assertIn(f'data-oe-id="{other.id}">{other.display_name}</a>', body)
            self.assertNotRegex(body, r"\d:\d\d", "the server knows no zone of the browser")

    def test_merging_what_was_split_gives_what_it_was(self):
        session = self.two()[0]
        before = (
            session.start_time,
            session.end_time,
            session.working_duration_s,
            session.standby_duration_s,
        )
        later = session._split_at(naive(40))
        self.assertEqual((session.working_duration_s, later.working_duration_s), (40.0, 60.0))
        (session + later).action_merge()
        self.assertEqual(
            (session.start_time, session.end_time, session.working_duration_s, session.standby_duration_s),
            before,
        )

    def test_the_dialog(self):
        session = self.two()[0]
        action = session.action_split()
        wizard = self.env[action["res_model"]].with_context(**action["context"]).create({})
        self.assertEqual(wizard.split_time, naive(100))
        self.assertEqual(wizard.action_split()["res_model"], "mqtt.session")
        for moment in (naive(0), naive(5000)):
            wizard = self.env["mqtt.session.split"].create({"session_id": session.id, "split_time": moment})
            with self.assertRaises(UserError):
                wizard.action_split()
