from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import formatLang, html2plaintext

from .session_common import SessionCase
from .test_session_edit import naive


@tagged("post_install", "-at_install")
class TestSessionKeeping(SessionCase):
    """Sessions are what the engine has made them, or what a person has said with a reason. None goes without a note."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(cls.env, "keeping.manager", "fusion_iot.group_iot_manager")
        cls.administrator = new_test_user(cls.env, "keeping.administrator", "base.group_system")
        cls.device.rate_working_h = 36
        cls.device.rate_kwh = 1

    def setUp(self):
        super().setUp()
        self.draw((0, 300), (100, 60), (200, 0), (220, 0))
        self.session = self.sessions()

    def correct(self, user=None, **values):
        action = self.session.with_user(user or self.manager).action_correct()
        dialogs = (
            self.env[action["res_model"]].with_user(user or self.manager).with_context(**action["context"])
        )
        form = Form(dialogs)
        for name, value in values.items():
            form[name] = value
        return form.save().action_correct()

    def test_nobody_writes_a_session(self):
        for user in (self.manager, self.env.ref("base.user_admin")):
            session = self.session.with_user(user)
            for values in (
                {"amount": 1.23},
                {"energy_kwh": 0.001},
                {"start_time": "2026-01-01 00:00:00"},
                {"session_id": "forged"},
                {"working_duration_s": 1},
                {"working_duration_h": 1},
                {"active": False},
                {"device_id": self.device.id},
                {"state_history": []},
                {"by_hand": True},
            ):
                with self.subTest(user=user.name, values=values), self.assertRaises(AccessError):
                    session.write(values)
            with self.assertRaises(AccessError):
                session.action_archive()
            with self.assertRaises(AccessError):
                self.env["mqtt.session"].with_user(user).create({"device_id": self.device.id})
        with self.assertRaisesRegex(AccessError, "the session engine"):
            self.session.with_user(self.manager).amount = 0

    def test_a_correction_keeps_what_was_before_and_why(self):
        self.assertEqual(self.session.working_duration_s, 100.0)
        before = self.session.message_ids
        self.correct(end_time=naive(160), energy_kwh=2.5, reason="The meter hung")
        self.env.flush_all()
        self.env.cr.precommit.run()
        session = self.session
        self.assertEqual((session.start_time, session.end_time), (naive(0), naive(160)))
        self.assertEqual((session.working_duration_s, session.standby_duration_s), (100.0, 60.0))
        self.assertEqual((session.total_duration_s, session.energy_kwh), (160.0, 2.5))
        self.assertEqual((session.energy_source, session.by_hand), ("manual", True))
        self.assertEqual(session.amount, 1.0 + 2.5)
        message = session.message_ids - before
        self.assertEqual(len(message), 1)
        self.assertIn("The meter hung", message.body)
        self.assertIn("working 1 min 40 s, standby 1 min 40 s", message.body)
        self.assertEqual(message.author_id, self.manager.partner_id)
        tracked = {value.field_id.name: value for value in message.sudo().tracking_value_ids}
        self.assertLessEqual({"end_time", "energy_kwh", "amount", "standby_duration_s"}, tracked.keys())
        self.assertEqual(tracked["end_time"].old_value_datetime, naive(200))
        self.assertEqual(tracked["standby_duration_s"].old_value_float, 100.0)

    def test_the_trail_is_not_optional(self):
        before = self.session.message_ids
        silent = self.session.with_user(self.manager).with_context(tracking_disable=True, mail_notrack=True)
        silent._correct(naive(0), naive(200), 50.0, 200.0, 1.0, phases=None, reason="Because")
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.assertIn("Because", (self.session.message_ids - before).body)
        self.assertTrue((self.session.message_ids - before).sudo().tracking_value_ids)

    def test_an_unchanged_dialog_changes_only_what_is_told(self):
        before = self.session.read(["working_duration_s", "standby_duration_s", "state_history", "end_time"])
        self.correct(energy_kwh=1.0, reason="Read off the counter")
        self.assertEqual(
            self.session.read(["working_duration_s", "standby_duration_s", "state_history", "end_time"]),
            before,
        )

    def test_what_was_read_is_not_changed_by_it(self):
        self.session.sudo().write(
            {"energy_kwh": 0.031234, "energy_source": "counter", "working_duration_s": 70.4}
        )
        dialogs = self.env["mqtt.session.correction"].with_user(self.manager)
        form = Form(dialogs.with_context(default_session_id=self.session.id))
        self.assertEqual(int(form.working_duration_h * 3600), 70)
        names = ["energy_kwh", "energy_source", "working_duration_s", "standby_duration_s", "by_hand"]
        known, messages = self.session.read(names), self.session.message_ids
        with self.assertRaisesRegex(UserError, "nothing is changed"):
            self.correct(reason="Nothing is wrong")
        with self.assertRaisesRegex(UserError, "nothing is changed"):
            self.correct(working_duration_h=70 / 3600, energy_kwh=0.031, reason="As it was read")
        self.assertEqual((self.session.read(names), self.session.message_ids), (known, messages))
        self.correct(end_time=naive(160), reason="The meter hung")
        self.assertEqual((self.session.energy_kwh, self.session.energy_source), (0.031234, "counter"))

    def test_a_correction_names_amounts_as_the_screens_do(self):
        self.correct(energy_kwh=2.5, reason="The meter hung")
        self.correct(energy_kwh=1250.25, reason="And again")
        self.env.flush_all()
        self.env.cr.precommit.run()
        body = html2plaintext(self.session.message_ids[:1].body)
        self.assertIn("working 1 min 40 s, standby 1 min 40 s, 2.500 kWh,", body)
        self.assertIn(formatLang(self.env, 3.5, currency_obj=self.session.currency_id), body)

    def test_what_makes_no_session(self):
        self.draw((1000, 300), (1100, 0), (1120, 0))
        self.session = self.sessions()[0]
        for values in (
            {"reason": " . "},
            {"reason": "Nothing is wrong"},
            {"reason": "x", "end_time": naive(-5)},
            {"reason": "x", "end_time": naive(1050)},
            {"reason": "x", "end_time": "2999-01-01 00:00:00"},
            {"reason": "x", "working_duration_h": 5.0},
            {"reason": "x", "energy_kwh": -1.0},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                self.correct(**values)
        self.draw((2000, 300), (2010, 300))
        self.session = self.sessions()[2]
        with self.assertRaises(UserError):
            self.correct(start_time=naive(2000), end_time=naive(2005), reason="It runs")

    def test_a_corrected_session_is_not_worked_out_again(self):
        self.env["ir.config_parameter"].sudo().set_param("fusion_session_detector.power_log_days", "3650")
        self.correct(energy_kwh=1.0, reason="Read off the counter")
        self.env["mqtt.session"]._recompute_from_power()
        self.assertEqual(self.session.energy_kwh, 1.0)

    def test_parts_of_what_a_person_said_are_by_hand_too(self):
        self.correct(energy_kwh=1.0, reason="Read off the counter")
        later = self.session.with_user(self.manager)._split_at(naive(50))
        self.assertTrue(later.by_hand)
        self.draw((1000, 300), (1100, 0), (1120, 0))
        last = self.sessions()[-1]
        self.assertFalse(last.by_hand)
        self.session.sudo().by_hand = False
        (self.session + later + last).with_user(self.manager).action_merge()
        self.assertTrue(self.session.by_hand)

    def test_entered_by_hand(self):
        entries = self.env["mqtt.session.entry"].with_user(self.manager)
        form = Form(entries.with_context(default_device_id=self.device.id))
        form.start_time, form.end_time = naive(3600), naive(5400)
        form.energy_kwh = 2.0
        form.reason = "The meter was unplugged"
        session = self.env["mqtt.session"].browse(form.save().action_enter()["res_id"])
        self.assertEqual((session.device_id, session.status), (self.device, "completed"))
        self.assertEqual((session.working_duration_s, session.standby_duration_s), (1800.0, 0.0))
        self.assertEqual((session.amount, session.energy_source), (20.0, "manual"))
        self.assertEqual(session._counted_segments(), [(naive(3600), naive(5400), "working")])
        self.assertIn("The meter was unplugged", session.message_ids[:1].body)
        self.assertEqual(session.message_ids[:1].author_id, self.manager.partner_id)
        for start, end in ((5000, 6000), (100, 150), (-10, 9000)):
            wrong = entries.create(
                {
                    "device_id": self.device.id,
                    "start_time": naive(start),
                    "end_time": naive(end),
                    "reason": "It overlaps",
                }
            )
            with self.assertRaises(UserError):
                wrong.action_enter()

    def test_a_machine_of_another_company(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        other = self.make_device("theirs", company_id=company.id)
        entry = (
            self.env["mqtt.session.entry"]
            .with_user(self.manager)
            .create(
                {
                    "device_id": other.id,
                    "start_time": naive(0),
                    "end_time": naive(60),
                    "reason": "Mine?",
                }
            )
        )
        with self.assertRaises(AccessError):
            entry.action_enter()

    def test_administrators_delete_and_the_machine_keeps_a_note(self):
        with self.assertRaises(AccessError):
            self.session.with_user(self.manager).unlink()
        session_id, before = self.session.session_id, self.device.message_ids
        self.session.with_user(self.administrator).unlink()
        self.assertFalse(self.session.exists())
        note = self.device.message_ids - before
        self.assertEqual(note.author_id, self.administrator.partner_id)
        with self.assertRaisesRegex(AccessError, "cannot be edited or deleted"):
            note.with_user(self.administrator).write({"body": ""})
        for part in (session_id, "2026", "kWh", "1.01"):
            self.assertIn(part, note.body)

    def test_what_is_billed_stays(self):
        self.draw((1000, 300), (1100, 0), (1120, 0))
        first, second = self.sessions()
        with patch.object(
            self.env.registry["mqtt.session"], "_is_billed", lambda session: session.id == first.id
        ):
            for attempt in (
                first.with_user(self.administrator).unlink,
                first.sudo().unlink,
                (first + second).with_user(self.manager).action_merge,
                lambda: first.with_user(self.manager)._split_at(naive(50)),
                lambda: self.correct(energy_kwh=1.0, reason="Too late"),
            ):
                with self.assertRaisesRegex(UserError, "billed"):
                    attempt()
        self.assertTrue(first.exists())
