import re

from odoo.tests import TransactionCase, tagged
from odoo.tools import file_open

from ..reading_digits import DIGITS, digits_of, reading_text


@tagged("post_install", "-at_install")
class TestReadingDigits(TransactionCase):
    """Readings are written as precisely as probes measure, by the server as in the browser."""

    def test_as_precise_as_the_probe(self):
        self.assertEqual(reading_text(82.9375, "temperature"), "82.9")
        self.assertEqual(reading_text(4.853, "ph", decimal_point=","), "4,85")
        self.assertEqual((digits_of(1250, ""), digits_of(12.5, None)), (0, 1))

    def test_never_hides_the_side_of_a_limit(self):
        self.assertEqual(reading_text(91.04, "temperature", (85.0, 91.0)), "91.04")
        self.assertEqual(reading_text(91.00001, "temperature", (False, 91.0)), "91.0000")
        self.assertEqual(reading_text(91.0, "temperature", (85.0, 91.0)), "91.0")

    def test_half_way_is_rounded_as_in_the_browser(self):
        for value, text in (
            (82.25, "82.3"),
            (91.05, "91.1"),
            (-0.25, "-0.3"),
            (-0.04, "0.0"),
            (1e16, "10000000000000000.0"),
        ):
            with self.subTest(value=value):
                self.assertEqual(reading_text(value, "temperature"), text)
        self.assertEqual(digits_of(90.95, "temperature", (85.0, 91.0)), 2)

    def test_the_browser_says_the_same(self):
        with file_open("fusion_plating/static/src/reading_digits.js") as script:
            table = script.read().partition("const DIGITS = {")[2].partition("}")[0]
        self.assertEqual({name: int(digits) for name, digits in re.findall(r"(\w+): (\d)", table)}, DIGITS)
