from odoo.exceptions import UserError
from odoo.tests import Form, new_test_user, tagged

from .common import TankCase


@tagged("post_install", "-at_install")
class TestLimitChange(TankCase):
    """Whatever changes the limits of a sensor is listed with a reason."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.quality = new_test_user(
            cls.env, login="fp-limits", groups="base.group_user,fusion_plating.group_plating_quality"
        )
        cls.ours = cls.sensor.with_user(cls.quality)
        cls.wide = cls.env["fusion.plating.bath.parameter"].create(
            {"bath_id": cls.bath.id, "quantity": "temperature", "target_min": 70.0, "target_max": 120.0}
        )

    def changes(self):
        return [
            (change.limit_name, change.old_value, change.new_value, change.reason)
            for change in self.env["fusion.plating.limit.change"].search(
                [("sensor_id", "=", self.sensor.id)], order="id"
            )
        ]

    def test_another_parameter_is_other_limits(self):
        for parameter in (self.wide.id, False):
            with self.assertRaisesRegex(UserError, "say why"), self.cr.savepoint():
                self.ours.parameter_id = parameter
        with Form(self.ours) as form:
            form.parameter_id = self.wide
            self.assertTrue(form._get_modifier("limit_reason", "required"))
            form.limit_reason = "Runs hot"
        self.assertEqual(self.changes(), [("Spec max", 90.0, 120.0, "Runs hot")])

    def test_without_a_parameter_there_are_no_limits(self):
        self.ours.write({"parameter_id": False, "limit_reason": "Only watched"})
        self.ours.parameter_id = self.parameter
        self.assertEqual(
            self.changes(),
            [
                ("Spec min", 70.0, False, "Only watched"),
                ("Spec max", 90.0, False, "Only watched"),
                ("Spec min", False, 70.0, "The first limits of the sensor"),
                ("Spec max", False, 90.0, "The first limits of the sensor"),
            ],
        )

    def test_a_delay_can_keep_a_hold_from_being_raised(self):
        with self.assertRaisesRegex(UserError, "say why"), self.cr.savepoint():
            self.ours.delay = 86400
        with Form(self.ours) as form:
            form.delay = 60
            self.assertTrue(form._get_modifier("limit_reason", "required"))
            form.limit_reason = "Parts go in cold"
        self.assertEqual(self.changes(), [("Delay (s)", 0.0, 60.0, "Parts go in cold")])

    def test_an_override_stands_for_itself(self):
        self.ours.write({"alert_max_override": 95.0, "limit_reason": "Near the heater"})
        self.ours.parameter_id = self.wide
        self.assertEqual(self.changes(), [("Spec max override", False, 95.0, "Near the heater")])

    def test_a_new_bath_says_that_it_is_one(self):
        following = self.env["fusion.plating.bath"].create({"tank_id": self.tank.id, "state": "draft"})
        self.env["fusion.plating.bath.parameter"].create(
            {"bath_id": following.id, "quantity": "temperature", "target_min": 70.0, "target_max": 80.0}
        )
        self.bath.with_user(self.quality).action_dump()
        following.with_user(self.quality).action_put_in_use()
        self.assertEqual(self.changes(), [("Spec max", 90.0, 80.0, f"{following.name} is in use now")])
