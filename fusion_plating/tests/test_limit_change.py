from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import PlatingCommon


@tagged("post_install", "-at_install")
class TestLimitChange(PlatingCommon):
    """A limit is changed with a reason, and every change is listed for good."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Change = cls.env["fusion.plating.limit.change"]
        cls.ours = cls.parameter.with_user(cls.quality)

    def changes(self):
        return self.Change.search([("parameter_id", "=", self.parameter.id)])

    def test_a_person_says_why(self):
        for reason in (None, "", " ", "…"):
            with (
                self.subTest(reason=reason),
                self.assertRaisesRegex(UserError, "say why"),
                self.cr.savepoint(),
            ):
                self.ours.write({"target_max": 92.0, "limit_reason": reason})
        self.assertEqual(self.parameter.target_max, 91.0)
        self.assertFalse(self.changes())
        self.ours.write({"target_max": 92.0, "action_max": False, "limit_reason": "Supplier's new sheet"})
        found = {change.limit_name: change for change in self.changes()}
        self.assertEqual(set(found), {"Spec max", "Action max"})
        change = found["Spec max"]
        self.assertEqual((change.old_value, change.new_value, change.unit), (91.0, 92.0, "°C"))
        self.assertEqual(
            (change.tank_id, change.bath_id, change.user_id), (self.tank, self.bath, self.quality)
        )
        self.assertEqual((change.reason, change.company_id), ("Supplier's new sheet", self.company))
        self.assertIs(found["Action max"].new_value, False)

    def test_the_tank_and_the_parameter_tell(self):
        self.run_tracking()
        self.ours.write({"target_max": 92.0, "limit_reason": "Supplier's new sheet"})
        self.run_tracking()
        said = self.tank.message_ids[0]
        self.assertIn("91 °C → 92 °C. Supplier", said.body)
        self.assertEqual(said.author_id, self.quality.partner_id)
        self.assertIn("Supplier", self.parameter.message_ids[0].body)

    def test_no_change_needs_no_reason(self):
        self.ours.write({"target_max": 91.0, "setpoint": 87.0})
        self.assertFalse(self.changes())

    def test_no_limit_and_0_are_a_change(self):
        self.ours.write({"target_min": False, "action_min": False, "limit_reason": "Runs cold"})
        self.ours.write({"target_min": 0.0, "limit_reason": "Freezes"})
        self.assertEqual((self.changes()[0].old_value, self.changes()[0].new_value), (False, 0.0))
        self.assertIs(self.changes()[0].old_value, False)

    def test_the_system_and_a_draft_need_none(self):
        self.parameter.target_max = 92.0
        self.assertEqual(self.changes().reason, "Changed by the system")
        draft = self.env["fusion.plating.bath"].create({"tank_id": self.tank.id, "state": "draft"})
        made = self.env["fusion.plating.bath.parameter"].with_user(self.quality).create({"bath_id": draft.id})
        made.target_max = 40.0
        self.assertEqual(
            self.Change.search([("parameter_id", "=", made.id)]).reason, "The bath is being made up"
        )

    def test_a_number_that_means_something_else_is_a_change(self):
        ours = (
            self.env["fusion.plating.bath.parameter"]
            .with_user(self.quality)
            .create({"bath_id": self.bath.id, "quantity": "concentration", "target_max": 80.0})
        )
        for values in ({"concentration_unit": "% v/v"}, {"unit": "% v/v"}, {"quantity": "ph"}):
            with (
                self.subTest(values=values),
                self.assertRaisesRegex(UserError, "say why"),
                self.cr.savepoint(),
            ):
                ours.write(values)
        ours.write({"unit": "% v/v", "limit_reason": "Titrated by volume"})
        listed = self.Change.search([("parameter_id", "=", ours.id)], order="id")
        self.assertEqual(
            [(change.old_value, change.new_value, change.unit) for change in listed],
            [(80.0, False, "g/l"), (False, 80.0, "% v/v")],
        )
        with Form(ours) as form:
            form.concentration_unit = "g/l"
            self.assertTrue(form._get_modifier("limit_reason", "required"))
            form.limit_reason = "Titrated by mass"

    def test_limits_in_force_stay_with_their_bath(self):
        draft = self.env["fusion.plating.bath"].create({"tank_id": self.tank.id, "state": "draft"})
        shared = self.env["fusion.plating.bath.parameter"].create({"target_max": 60.0})
        for parameter, bath in ((self.ours, draft), (self.ours, self.bath.browse()), (shared, draft)):
            with self.assertRaisesRegex(UserError, "stays where it is"), self.cr.savepoint():
                parameter.with_user(self.quality).bath_id = bath
        made = self.env["fusion.plating.bath.parameter"].with_user(self.quality).create({"bath_id": draft.id})
        for bath in (draft, self.bath):
            made.bath_id = bath
        self.assertEqual(made.bath_state, "in_use")

    def test_deleted_limits_are_listed(self):
        kept = self.Change.search([])
        self.parameter.with_user(self.manager).unlink()
        listed = self.Change.search([("id", "not in", kept.ids)])
        self.assertEqual(
            {(change.limit_name, change.old_value, change.new_value) for change in listed},
            {
                ("Spec min", 85.0, False),
                ("Spec max", 91.0, False),
                ("Action min", 86.0, False),
                ("Action max", 90.0, False),
            },
        )
        self.assertEqual(set(listed.mapped("subject")), {"X05 · Temperature"})
        self.assertEqual(listed.user_id, self.manager)
        draft = self.env["fusion.plating.bath"].create({"tank_id": self.tank.id, "state": "draft"})
        made = self.env["fusion.plating.bath.parameter"].create({"bath_id": draft.id, "target_max": 4.0})
        made.with_user(self.manager).unlink()
        self.assertEqual(self.Change.search([]), kept | listed)

    def test_the_form_asks(self):
        with Form(self.ours) as form:
            self.assertTrue(form._get_modifier("limit_reason", "invisible"))
            form.target_max = 92.0
            self.assertTrue(form._get_modifier("limit_reason", "required"))
            form.limit_reason = "Supplier's new sheet"
        self.assertEqual(self.changes().reason, "Supplier's new sheet")
        with Form(self.bath.with_user(self.quality)) as form, form.parameter_ids.edit(0) as line:
            line.target_max = 93.0
            line.limit_reason = "Hotter still"
        self.assertEqual(self.changes()[0].reason, "Hotter still")

    def test_an_import_says_why(self):
        fields = [".id", "target_max", "limit_reason"]
        rows = [[str(self.parameter.id), "92.5", ""], [str(self.parameter.id), "92.5", "Year's review"]]
        self.assertFalse(self.ours.load(fields[:2], [rows[0][:2]])["ids"])
        self.assertTrue(self.ours.load(fields, rows[1:])["ids"])
        self.assertEqual(self.changes().reason, "Year's review")

    def test_the_list_is_kept_for_good(self):
        self.parameter.target_max = 92.0
        change = self.changes()
        for call in (lambda: change.write({"reason": "x"}), change.unlink, change.copy):
            self.assertRaises(UserError, call)
        for user in (self.operator, self.quality, self.manager):
            self.assertTrue(change.with_user(user).read(["reason"]))
            for access in ("create", "write", "unlink"):
                self.assertFalse(change.with_user(user).has_access(access))
        with self.assertRaises(AccessError):
            change.with_user(self.other_manager).read(["reason"])
