from datetime import timedelta

from lxml import etree
from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval
from psycopg2 import IntegrityError

from .common import HoldCommon


class TestHold(HoldCommon):
    def test_raised_from_a_parameter(self):
        hold = self.raise_hold(95.0)
        self.assertRegex(hold.name, r"^QH/\d{4}/\d{5}$")
        self.assertEqual(hold.tank_id, self.tank)
        self.assertEqual(hold.bath_id, self.bath)
        self.assertEqual(hold.company_id, self.company)
        self.assertEqual((hold.quantity, hold.unit), ("temperature", "°C"))
        self.assertEqual((hold.value, hold.worst_value), (95.0, 95.0))
        self.assertEqual((hold.limit_min, hold.limit_max), (85.0, 91.0))
        self.assertEqual(hold.severity, "critical")
        self.assertEqual(hold.state, "open")
        self.assertEqual(hold.excursion_count, 1)
        self.assertFalse(hold.is_manual)
        self.assertEqual(hold.breach_text, "95.0 °C, spec 85 – 91 °C")

    def test_given_values_win(self):
        hold = self.raise_hold(92.0, limit_min=False, limit_max=90.0, worst_value=93.0, unit="°C")
        self.assertIs(hold.limit_min, False)
        self.assertEqual(hold.limit_max, 90.0)
        self.assertEqual(hold.worst_value, 93.0)
        self.assertEqual(hold.severity, "major")

    def test_limits_stay_as_they_were(self):
        hold = self.raise_hold()
        self.parameter.target_max = 99.0
        self.assertEqual(hold.limit_max, 91.0)

    def test_numbers_are_not_given_twice(self):
        names = [self.raise_hold().name for _number in range(5)]
        self.assertEqual(len(set(names)), 5)
        self.assertEqual(names, sorted(names))

    def test_zero_and_nothing_as_value(self):
        self.assertEqual(self.raise_hold(0.0).worst_value, 0.0)
        self.assertIs(self.raise_hold(False).worst_value, False)

    def test_everyone_concerned_is_told(self):
        hold = self.raise_hold()
        body = hold.message_ids.filtered(
            lambda message: message.subtype_id == self.env.ref("fusion_plating_quality.mt_hold_raised")
        ).body
        self.assertIn("X05 Test nickel is on quality hold: Temperature 95.0 °C, spec 85 – 91 °C.", body)
        self.assertIn(hold.name, self.tank.message_ids[0].body)
        activity = hold.activity_ids
        self.assertEqual(
            activity.activity_type_id, self.env.ref("fusion_plating_quality.mail_activity_type_hold")
        )
        self.assertEqual(activity.user_id, hold.responsible_id)
        self.assertIn("X05", activity.summary)

    def test_names_are_escaped(self):
        self.tank.name = "<b>Nickel</b>"
        hold = self.raise_hold()
        self.assertIn(
            "&lt;b&gt;Nickel", hold.message_ids.filtered(lambda message: "hold" in message.body)[0].body
        )

    def test_callers_context_has_no_say(self):
        forged = self.Hold.with_context(
            default_state="released",
            default_decision_reason="forged",
            default_name="forged",
            mail_activity_automation_skip=True,
            tracking_disable=True,
        )
        hold = forged._raise_hold({"parameter_id": self.parameter.id, "value": 95.0})
        self.assertEqual(hold.state, "open")
        self.assertFalse(hold.decision_reason)
        self.assertTrue(hold.activity_ids)
        self.assertTrue(hold.name.startswith("QH/"))

    def test_severity_only_rises(self):
        hold = self.raise_hold(91.2)
        self.assertEqual(hold.severity, "minor")
        hold.sudo().worst_value = 93.0
        self.assertEqual(hold.severity, "major")
        hold.sudo().worst_value = 91.3
        self.assertEqual(hold.severity, "major")
        hold.with_user(self.quality).severity = "critical"
        hold.sudo().worst_value = 93.5
        self.assertEqual(hold.severity, "critical")

    def test_hours(self):
        start = fields.Datetime.now() - timedelta(hours=5)
        hold = self.raise_hold(date_start=start)
        self.assertIs(hold.hours_out, False)
        hold.sudo().date_back_in_spec = start + timedelta(hours=1, minutes=30)
        self.assertEqual(hold.hours_out, 1.5)
        self.assertIs(hold.hours_to_decision, False)
        self.release(hold)
        self.assertAlmostEqual(hold.hours_to_decision, 5.0, places=1)

    def test_raised_by_hand(self):
        hold = self.Hold.with_user(self.quality).create(
            {"tank_id": self.tank.id, "description": "Oil on the surface"}
        )
        self.assertTrue(hold.is_manual)
        self.assertEqual(hold.severity, "major")
        self.assertEqual(hold.bath_id, self.bath)
        self.assertFalse(hold.breach_text)
        self.assertTrue(hold.activity_ids)
        hold.date_back_in_spec = fields.Datetime.now()
        self.assertTrue(hold.date_back_in_spec)

    def test_by_hand_claims_no_excursion(self):
        by_hand = self.Hold.with_user(self.quality)
        hold = by_hand.create({"parameter_id": self.parameter.id, "description": "Oil on the surface"})
        self.assertEqual((hold.is_excursion, hold.has_value, hold.excursion_count), (False, False, 0))
        self.assertFalse(hold.breach_text)
        self.assertIn("on quality hold: raised by hand", hold.message_ids[0].body)
        self.assertFalse(self.wizard(hold).still_out)
        (still_out,) = etree.fromstring(hold.get_view(view_type="search")["arch"]).xpath(
            "//filter[@name='still_out']/@domain"
        )
        domain = [*safe_eval(still_out), ("tank_id", "=", self.tank.id)]
        self.assertFalse(by_hand.search(domain))
        with Form(hold) as form:
            for name in ("excursion_count", "date_back_in_spec", "value", "limit_min"):
                self.assertTrue(form._get_modifier(name, "invisible"), name)
        measured = by_hand.create(
            {"parameter_id": self.parameter.id, "value": 95.0, "description": "By titration"}
        )
        self.assertEqual((measured.is_excursion, measured.excursion_count), (True, 1))
        self.assertEqual(by_hand.search(domain), measured)

    def test_by_hand_needs_a_description(self):
        by_hand = self.Hold.with_user(self.quality)
        for description in ({}, {"description": False}, {"description": "<p><br></p>"}):
            with self.subTest(description), self.assertRaisesRegex(UserError, "description"):
                by_hand.create({"tank_id": self.tank.id, **description})
        hold = by_hand.create({"tank_id": self.tank.id, "description": "Oil"})
        with self.assertRaisesRegex(UserError, "description"):
            hold.description = False
        self.raise_hold().with_user(self.quality).description = False

    def test_nobody_says_that_it_was_a_reading(self):
        holds = self.Hold.with_user(self.quality).with_context(default_name="QH/1999/00001")
        hold = holds.create({"tank_id": self.tank.id, "description": "Oil", "is_manual": False})
        self.assertTrue(hold.is_manual)
        self.assertNotEqual(hold.name, "QH/1999/00001")
        with self.assertRaises(AccessError):
            holds.create({"tank_id": self.tank.id, "name": "QH/1999/00001"})

    def test_evidence_is_not_edited(self):
        hold = self.raise_hold()
        for user in (self.quality, self.manager):
            for vals in (
                {"value": 90.0},
                {"worst_value": 91.0},
                {"limit_max": 99.0},
                {"tank_id": self.tank.id},
                {"date_start": fields.Datetime.now()},
                {"date_back_in_spec": fields.Datetime.now()},
                {"excursion_count": 1},
                {"is_manual": True},
                {"name": "QH/1999/00001"},
            ):
                with self.subTest(user=user.login, vals=vals), self.assertRaises(AccessError):
                    hold.with_user(user).write(vals)

    def test_quality_works_on_it(self):
        hold = self.raise_hold().with_user(self.quality)
        hold.write(
            {"description": "Thermostat replaced", "severity": "major", "responsible_id": self.quality.id}
        )
        self.assertEqual(hold.severity, "major")

    def test_never_deleted(self):
        hold = self.raise_hold()
        for user in (self.quality, self.manager):
            with (
                self.subTest(user=user.login),
                self.assertRaises(AccessError),
                mute_logger("odoo.addons.base.models.ir_model"),
            ):
                hold.with_user(user).unlink()
        with self.assertRaises(UserError):
            hold.sudo().unlink()

    @mute_logger("odoo.sql_db")
    def test_what_it_refers_to_stays(self):
        self.raise_hold()
        for record in (self.tank, self.parameter):
            with self.subTest(model=record._name), self.assertRaises(IntegrityError), self.cr.savepoint():
                record.unlink()

    def test_form(self):
        with Form(self.Hold.with_user(self.quality)) as form:
            form.tank_id = self.tank
            self.assertEqual(form.bath_id, self.bath)
            form.parameter_id = self.parameter
            self.assertEqual(form.limit_max, 91.0)
            form.value = 91.3
            self.assertEqual(form.severity, "minor")
            form.description = "Found by hand with a thermometer"
        self.assertEqual(form.record.worst_value, 91.3)
