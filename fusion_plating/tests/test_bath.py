from datetime import timedelta

from lxml import etree
from odoo import fields
from odoo.exceptions import RedirectWarning, UserError
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval
from psycopg2 import IntegrityError

from .common import PlatingCommon


class TestBath(PlatingCommon):
    def new_bath(self, **vals):
        return self.env["fusion.plating.bath"].create({"tank_id": self.tank.id, **vals})

    def test_goes_into_an_empty_tank(self):
        self.assertEqual(self.bath.state, "in_use")
        self.assertTrue(self.bath.date_start)
        self.assertEqual(self.tank.bath_id, self.bath)
        self.assertRegex(self.bath.name, r"^BATH/\d{4}/\d+$")

    def test_waits_for_an_occupied_tank(self):
        following = self.new_bath()
        self.assertEqual(following.state, "draft")
        self.assertFalse(following.date_start)
        self.assertEqual(self.tank.bath_id, self.bath)

    def test_two_at_once_for_one_tank(self):
        tank = self.env["fusion.plating.tank"].create({"name": "Twin"})
        baths = self.env["fusion.plating.bath"].create([{"tank_id": tank.id}, {"tank_id": tank.id}])
        self.assertEqual(baths.mapped("state"), ["in_use", "draft"])

    def test_made_up_in_the_form_stays_a_draft(self):
        tank = self.env["fusion.plating.tank"].create({"name": "Empty"})
        bath = (
            self.env["fusion.plating.bath"].with_context(default_state="draft").create({"tank_id": tank.id})
        )
        self.assertEqual(bath.state, "draft")

    def test_change_of_bath(self):
        following = self.new_bath()
        with self.assertRaisesRegex(RedirectWarning, "still holds") as caught:
            following.action_put_in_use()
        action, label = caught.exception.args[1:3]
        self.assertEqual((action["res_model"], action["res_id"]), (self.bath._name, self.bath.id))
        self.assertIn(self.bath.name, label)
        self.bath.action_dump()
        self.assertEqual(self.bath.state, "dumped")
        self.assertTrue(self.bath.date_end)
        self.assertFalse(self.tank.bath_id)
        following.action_put_in_use()
        self.assertEqual(self.tank.bath_id, following)
        self.assertTrue(following.date_start)

    def test_nothing_is_asked_before_a_refusal(self):
        following = self.new_bath()
        self.assertEqual(following.tank_bath_id, self.bath)
        arch = etree.fromstring(following.get_view(view_type="form")["arch"])
        for occupied in (True, False):
            values = {"state": "draft", "id": following.id, "tank_bath_id": occupied}
            (button,) = (
                button
                for button in arch.iterfind(".//button[@name='action_put_in_use']")
                if not safe_eval(button.get("invisible"), values)
            )
            self.assertEqual(bool(button.get("confirm")), not occupied)
            self.assertEqual(button.get("confirm-label"), None if occupied else "Put in use")

    @mute_logger("odoo.sql_db")
    def test_one_in_use_per_tank_in_the_database_too(self):
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            self.new_bath(state="in_use")

    def test_dumped_is_for_good(self):
        self.bath.action_dump()
        for state in ("draft", "in_use"):
            with self.subTest(state=state), self.assertRaisesRegex(UserError, "dumped"):
                self.bath.write({"state": state})
        with self.assertRaises(UserError):
            self.bath.action_put_in_use()

    def test_not_back_to_draft(self):
        with self.assertRaises(UserError):
            self.bath.write({"state": "draft"})

    def test_stays_with_its_tank(self):
        tank = self.env["fusion.plating.tank"].create({"name": "Elsewhere"})
        with self.assertRaisesRegex(UserError, "stays with its tank"):
            self.bath.tank_id = tank
        draft = self.new_bath()
        draft.tank_id = tank
        self.assertEqual(draft.tank_id, tank)

    @mute_logger("odoo.sql_db")
    def test_dates_in_order(self):
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            self.bath.date_end = self.bath.date_start - timedelta(days=1)
            self.bath.flush_recordset()

    def test_only_a_draft_is_deleted(self):
        with self.assertRaises(UserError):
            self.bath.unlink()
        draft = self.new_bath()
        self.env["fusion.plating.bath.parameter"].create({"bath_id": draft.id, "quantity": "ph"})
        draft.unlink()
        self.assertFalse(draft.exists())

    def test_a_copy_is_a_draft_with_the_same_limits(self):
        self.bath.action_dump()
        copy = self.bath.copy()
        self.assertEqual(copy.state, "draft")
        self.assertFalse(copy.date_start)
        self.assertNotEqual(copy.name, self.bath.name)
        self.assertEqual(copy.parameter_ids.target_max, 91.0)
        self.assertEqual(copy.parameter_ids.tank_id, self.tank)

    def test_age_of_the_bath(self):
        self.bath.date_start = fields.Datetime.now() - timedelta(days=6, hours=1)
        self.assertEqual(self.tank.bath_age, 6)
        self.bath.action_dump()
        self.assertEqual(self.tank.bath_age, 0)
