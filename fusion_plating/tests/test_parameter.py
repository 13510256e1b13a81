from odoo.exceptions import ValidationError
from odoo.tests import Form
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..quantities import UNITS
from .common import PlatingCommon


class TestParameter(PlatingCommon):
    def new_parameter(self, **vals):
        return self.env["fusion.plating.bath.parameter"].create({"bath_id": self.bath.id, **vals})

    def test_defaults_from_the_quantity(self):
        for quantity, units in UNITS.items():
            with self.subTest(quantity=quantity):
                parameter = self.new_parameter(quantity=quantity, target_min=1, target_max=2)
                self.assertEqual(parameter.unit, units[0])
                labels = dict(parameter._fields["quantity"]._description_selection(self.env))
                self.assertEqual(parameter.name, labels[quantity])

    def test_without_bath(self):
        parameter = self.env["fusion.plating.bath.parameter"].create(
            {"name": "Temperature", "target_min": 80.0, "target_max": 90.0}
        )
        self.assertFalse(parameter.bath_id)
        self.assertFalse(parameter.tank_id)
        self.assertEqual(parameter.quantity, "temperature")
        self.assertEqual(parameter.unit, "°C")
        self.assertEqual(parameter.company_id, self.env.company)
        self.assertEqual(parameter.display_name, "Temperature")

    def test_tank_and_company_follow_the_bath(self):
        self.assertEqual(self.parameter.tank_id, self.tank)
        bath = self.env["fusion.plating.bath"].create({"tank_id": self.other_tank.id})
        parameter = self.env["fusion.plating.bath.parameter"].create({"bath_id": bath.id})
        self.assertEqual(parameter.company_id, self.other_company)
        self.assertEqual(self.parameter.display_name, "X05 · Temperature")

    def test_a_name_that_several_baths_have_says_the_bath(self):
        beside = self.parameter.copy({"bath_id": self.bath.id, "sequence": 20})
        self.assertEqual(beside.display_name, "X05 · Temperature")
        following = self.env["fusion.plating.bath"].create({"tank_id": self.tank.id, "state": "draft"})
        again = self.parameter.copy({"bath_id": following.id})
        ph = self.env["fusion.plating.bath.parameter"].create({"bath_id": following.id, "quantity": "ph"})
        self.assertEqual(
            (self.parameter + again + ph).mapped("display_name"),
            [f"X05 · Temperature · {self.bath.name}", f"X05 · Temperature · {following.name}", "X05 · pH"],
        )

    def test_a_name_of_its_own_is_kept(self):
        parameter = self.new_parameter(quantity="concentration", name="Nickel")
        parameter.quantity = "density"
        self.assertEqual(parameter.name, "Nickel")
        self.parameter.quantity = "ph"
        self.assertEqual(self.parameter.name, "pH")

    def test_concentration_has_two_units(self):
        parameter = self.new_parameter(quantity="concentration", unit="% v/v")
        self.assertEqual(parameter.unit, "% v/v")
        self.assertEqual(parameter.concentration_unit, "% v/v")
        parameter.concentration_unit = "g/l"
        self.assertEqual(parameter.unit, "g/l")
        parameter.quantity = "ph"
        self.assertEqual(parameter.unit, "pH")
        self.assertFalse(parameter.concentration_unit)

    def test_a_unit_of_another_quantity(self):
        with self.assertRaises(ValidationError):
            self.new_parameter(quantity="temperature", unit="bar")
        with self.assertRaises(ValidationError):
            self.parameter.unit = "°F"

    def test_form(self):
        form = Form(self.env["fusion.plating.bath.parameter"].with_context(default_bath_id=self.bath.id))
        self.assertEqual(form.name, "Temperature")
        form.quantity = "concentration"
        self.assertEqual(form.name, "Concentration")
        self.assertEqual(form.unit, "g/l")
        form.concentration_unit = "% v/v"
        form.target_min = 20.0
        parameter = form.save()
        self.assertEqual(parameter.unit, "% v/v")
        self.assertEqual(parameter.target_min, 20.0)
        self.assertIs(parameter.target_max, False)

    @mute_logger("odoo.sql_db")
    def test_order_of_the_limits(self):
        wrong = [
            {"target_min": 92.0, "target_max": 91.0},
            {"action_min": 90.0, "action_max": 89.0},
            {"target_min": 85.0, "action_min": 84.0},
            {"target_max": 91.0, "action_max": 92.0},
            {"target_max": 91.0, "action_min": 92.0},
            {"target_min": 85.0, "action_max": 84.0},
            {"target_min": 85.0, "setpoint": 84.0},
            {"target_max": 91.0, "setpoint": 92.0},
            {"target_min": 85.0, "action_min": 86.0, "setpoint": 85.5},
            {"action_max": 90.0, "target_max": 91.0, "setpoint": 90.5},
            {"target_max": 0.0, "setpoint": 1.0},
        ]
        for vals in wrong:
            with self.subTest(vals=vals), self.assertRaises(IntegrityError), self.cr.savepoint():
                self.new_parameter(**vals)

    def test_limits_that_are_in_order(self):
        right = [
            {},
            {"setpoint": 6.0},
            {"target_min": 85.0},
            {"target_max": 0.0},
            {"target_min": 85.0, "target_max": 85.0, "setpoint": 85.0},
            {"target_min": -2.2, "target_max": 0.0, "action_min": -1.8, "action_max": -0.4, "setpoint": -1.0},
            {"target_min": 85.0, "action_min": 85.0, "action_max": 91.0, "target_max": 91.0},
            {"action_min": 86.0, "target_max": 91.0},
        ]
        for vals in right:
            with self.subTest(vals=vals):
                self.new_parameter(**vals)

    def test_texts(self):
        self.assertEqual(self.parameter.limits_text, "85 – 91 °C")
        self.assertEqual(self.parameter.action_text, "86 – 90 °C")
        acidity = self.new_parameter(quantity="ph", target_min=4.5)
        self.assertEqual(acidity.limits_text, "≥ 4.5")
        self.assertFalse(acidity.action_text)
