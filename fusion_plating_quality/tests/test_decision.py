from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form
from odoo.tools import mute_logger

from .common import HoldCommon

DECISIONS = (
    {"state": "released"},
    {"state": "rejected"},
    {"state": "under_review"},
    {"state": "open"},
    {"disposition": "scrap"},
    {"decision_reason": "because"},
    {"decided_at": "2026-01-01 00:00:00"},
)


class TestDecision(HoldCommon):
    def setUp(self):
        super().setUp()
        self.hold = self.raise_hold()
        self.run_tracking()

    def test_release(self):
        self.release(self.hold, reason="  Thermostat replaced, work was out of the tank  ")
        self.assertEqual(self.hold.state, "released")
        self.assertEqual(self.hold.disposition, "use_as_is")
        self.assertEqual(self.hold.decision_reason, "Thermostat replaced, work was out of the tank")
        self.assertEqual(self.hold.decided_by_id, self.quality)
        self.assertLess(fields.Datetime.now() - self.hold.decided_at, timedelta(minutes=1))

    def test_it_is_recorded(self):
        self.release(self.hold)
        self.run_tracking()
        decided = self.hold.message_ids.filtered(
            lambda message: message.subtype_id == self.env.ref("fusion_plating_quality.mt_hold_decided")
        )
        self.assertIn("Released by", decided.body)
        self.assertIn("Checked by titration", decided.body)
        self.assertEqual(decided.author_id, self.quality.partner_id)
        self.assertIn("Released by", self.tank.message_ids[0].body)
        tracked = self.hold.message_ids.sudo().tracking_value_ids.field_id.mapped("name")
        self.assertLessEqual({"state", "disposition", "decision_reason"}, set(tracked))

    def test_the_to_do_is_done(self):
        self.assertTrue(self.hold.activity_ids)
        self.release(self.hold)
        self.assertFalse(self.hold.activity_ids)

    def test_the_to_do_is_done_whatever_the_context(self):
        wizard = self.wizard(self.hold).with_context(
            mail_activity_automation_skip=True, tracking_disable=True
        )
        wizard.action_confirm()
        self.assertFalse(self.hold.activity_ids)
        self.run_tracking()
        tracked = self.hold.message_ids.sudo().tracking_value_ids.field_id.mapped("name")
        self.assertIn("state", tracked)

    def test_reject(self):
        self.release(self.hold, decision="rejected", disposition="scrap", reason="Deposit is brittle")
        self.assertEqual(self.hold.state, "rejected")

    def test_several_at_once(self):
        holds = self.hold | self.raise_hold(84.0)
        self.release(holds)
        self.assertEqual(set(holds.mapped("state")), {"released"})

    def test_review(self):
        self.hold.responsible_id = False
        self.hold.with_user(self.quality).action_start_review()
        self.assertEqual(self.hold.state, "under_review")
        self.assertEqual(self.hold.responsible_id, self.quality)
        with self.assertRaises(UserError):
            self.hold.with_user(self.quality).action_start_review()
        self.release(self.hold)
        self.assertEqual(self.hold.state, "released")

    def test_a_reason_is_needed(self):
        for reason in (False, "", "   ", "\n\t ", "\u200b", "-", "..."):
            with self.subTest(reason=reason), self.assertRaises(UserError):
                self.hold.with_user(self.quality)._decide("released", "use_as_is", reason)
        with self.assertRaises(UserError):
            self.release(self.hold, reason=" \n ")
        self.assertEqual(self.hold.state, "open")

    def test_the_disposition_fits(self):
        for decision, disposition in (
            ("released", "scrap"),
            ("released", "return"),
            ("released", False),
            ("rejected", "use_as_is"),
            ("rejected", "void"),
            ("open", "use_as_is"),
            ("under_review", "use_as_is"),
        ):
            with self.subTest(decision=decision, disposition=disposition), self.assertRaises(UserError):
                self.hold.with_user(self.quality)._decide(decision, disposition, "A reason")

    def test_no_other_way(self):
        for user in (self.quality, self.manager, self.env.ref("base.user_admin")):
            for vals in (*DECISIONS, {"decided_by_id": user.id}):
                with self.subTest(user=user.login, vals=vals), self.assertRaises(AccessError):
                    self.hold.with_user(user).write(vals)
        for vals in DECISIONS:
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                self.hold.sudo().write(vals)
        with self.assertRaises(AccessError):
            self.hold.with_user(self.manager).web_save({"state": "released"}, {"state": {}})
        with self.assertRaises(AccessError):
            self.tank.with_user(self.manager).write({"hold_ids": [(1, self.hold.id, {"state": "released"})]})
        with self.assertRaises(AccessError):
            self.hold.with_user(self.manager).state = "released"
        self.assertEqual(self.hold.state, "open")

    def test_no_way_by_context(self):
        contexts = (
            {"default_state": "released"},
            {"install_mode": True},
            {"force_write": True, "bypass": True, "sentinel": True, "_decide": True},
            {"tracking_disable": True},
        )
        for context in contexts:
            with self.subTest(context=context), self.assertRaises(AccessError):
                self.hold.with_user(self.manager).with_context(**context).write({"state": "released"})

    def test_no_way_by_creating(self):
        for vals in (
            {"state": "released"},
            {"state": "under_review"},
            {"decision_reason": "forged"},
            {"decided_by_id": self.quality.id},
            {"worst_value": 1.0},
            {"excursion_count": 5},
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                self.Hold.with_user(self.manager).create({"tank_id": self.tank.id, **vals})
        created = (
            self.Hold.with_user(self.manager)
            .with_context(default_state="released")
            .create({"tank_id": self.tank.id, "description": "Oil", "decision_reason": False})
        )
        self.assertEqual(created.state, "open")
        self.assertFalse(created.decision_reason)
        self.assertFalse(created.decided_by_id)

    def test_closed_for_good(self):
        self.release(self.hold)
        for attempt in (
            lambda: self.release(self.hold),
            lambda: self.release(self.hold, decision="rejected", disposition="scrap"),
            lambda: self.hold.with_user(self.quality).action_start_review(),
            lambda: self.hold.with_user(self.quality).write({"description": "rewritten"}),
            lambda: self.hold.with_user(self.manager).write({"responsible_id": self.manager.id}),
            lambda: self.hold.with_user(self.manager).write({"severity": "minor"}),
            lambda: self.hold.sudo().write({"worst_value": 99.0}),
            lambda: self.hold.sudo().write({"excursion_count": 2}),
        ):
            with self.assertRaises(UserError):
                attempt()
        self.assertEqual(self.hold.state, "released")

    def test_talking_about_a_closed_hold(self):
        self.release(self.hold)
        self.hold.with_user(self.operator).message_post(body="The parts are with the customer")
        self.hold.with_user(self.quality).message_subscribe(self.quality.partner_id.ids)

    def test_a_decision_in_one_of_many_changes_none(self):
        self.release(self.hold)
        second = self.raise_hold()
        with self.assertRaises(UserError):
            self.release(self.hold | second)
        self.assertEqual(second.state, "open")

    def test_the_copy_of_a_decided_hold_is_open(self):
        self.release(self.hold)
        copy = self.hold.with_user(self.quality).copy({"description": "Seen again"})
        self.assertEqual(copy.state, "open")
        self.assertFalse(copy.disposition)
        self.assertNotEqual(copy.name, self.hold.name)

    def test_dialog(self):
        action = self.hold.with_user(self.quality).action_reject()
        wizard = self.env[action["res_model"]].with_user(self.quality).with_context(**action["context"])
        form = Form(wizard)
        self.assertEqual(form.decision, "rejected")
        self.assertTrue(form.still_out)
        self.assertIn("scrap", form.allowed_dispositions)
        form.disposition = "scrap"
        form.decision = "released"
        self.assertFalse(form.disposition)
        form.disposition = "rework"
        form.reason = "Replated"
        form.save().action_confirm()
        self.assertEqual(self.hold.state, "released")
        self.assertEqual(self.hold.disposition, "rework")

    def test_dialog_knows_when_the_value_is_back(self):
        self.hold.sudo().date_back_in_spec = fields.Datetime.now()
        self.assertFalse(self.wizard(self.hold).still_out)

    def test_an_open_dialog_is_its_users_own(self):
        """What somebody else puts into it would be signed by who confirms it."""
        wizard = self.wizard(self.hold, decision="rejected", disposition="scrap", reason="Cracked")
        colleague = self._user("fp_other_quality", "quality")
        for other in (colleague, self.other_manager):
            with self.subTest(user=other.login), mute_logger("odoo.addons.base.models.ir_rule"):
                theirs = wizard.with_user(other)
                self.assertFalse(theirs.search([]))
                for attempt in (
                    lambda theirs=theirs: theirs.read(["reason"]),
                    lambda theirs=theirs: theirs.write({"decision": "released", "disposition": "use_as_is"}),
                    theirs.action_confirm,
                ):
                    with self.assertRaises(AccessError):
                        attempt()
        wizard.with_user(self.quality).action_confirm()
        self.assertEqual((self.hold.state, self.hold.disposition), ("rejected", "scrap"))
