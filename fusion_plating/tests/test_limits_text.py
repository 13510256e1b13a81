from odoo.tests import BaseCase

from ..limits import number_text, range_text
from ..quantities import QUANTITIES, UNITS, default_unit


class TestLimitsText(BaseCase):
    def test_number(self):
        cases = {
            85.0: "85",
            85.5: "85.5",
            -2.2: "-2.2",
            0.0: "0",
            -0.00001: "0",
            0.12345: "0.1235",
            240.0: "240",
        }
        for value, text in cases.items():
            with self.subTest(value=value):
                self.assertEqual(number_text(value), text)
        self.assertEqual(number_text(85.5, ","), "85,5")

    def test_range(self):
        self.assertEqual(range_text(85.0, 91.0, "°C"), "85 – 91 °C")
        self.assertEqual(range_text(85.0, False, "°C"), "≥ 85 °C")
        self.assertEqual(range_text(None, 91.0, "°C"), "≤ 91 °C")
        self.assertEqual(range_text(-2.2, 0.0, "°C"), "-2.2 – 0 °C")
        self.assertEqual(range_text(0.0, 0.0), "0 – 0")
        self.assertEqual(range_text(False, None, "°C"), "")

    def test_every_quantity_has_a_unit(self):
        self.assertEqual({name for name, _label in QUANTITIES}, set(UNITS))
        self.assertEqual(default_unit("concentration"), "g/l")
        self.assertEqual(default_unit("unheard of"), "")
        self.assertEqual(default_unit(None), "")
