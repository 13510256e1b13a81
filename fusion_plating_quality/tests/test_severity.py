from odoo.tests import BaseCase

from ..severity import excess, severity, worse


class TestSeverity(BaseCase):
    def test_excess(self):
        self.assertEqual(excess(95.0, 85.0, 91.0), 4.0)
        self.assertEqual(excess(80.0, 85.0, 91.0), 5.0)
        self.assertEqual(excess(91.0, 85.0, 91.0), 0.0)
        self.assertEqual(excess(88.0, 85.0, 91.0), 0.0)
        self.assertEqual(excess(1.0, None, 0.0), 1.0)
        self.assertEqual(excess(1.0, None, None), 0.0)

    def test_by_the_width_of_the_specification(self):
        cases = [
            (91.0, "minor"),
            (91.6, "minor"),
            (91.7, "major"),
            (94.0, "major"),
            (94.1, "critical"),
            (84.5, "minor"),
            (80.0, "critical"),
        ]
        for value, grade in cases:
            with self.subTest(value=value):
                self.assertEqual(severity(value, 85.0, 91.0), grade)

    def test_with_one_side_open(self):
        self.assertEqual(severity(91.0, None, 90.0), "minor")
        self.assertEqual(severity(95.0, None, 90.0), "major")
        self.assertEqual(severity(105.0, None, 90.0), "critical")
        self.assertEqual(severity(3.4, 3.5, None), "major")

    def test_limits_of_zero_and_of_no_width(self):
        self.assertEqual(severity(0.05, None, 0.0), "minor")
        self.assertEqual(severity(0.6, None, 0.0), "critical")
        self.assertEqual(severity(85.4, 85.0, 85.0), "major")

    def test_nothing_to_compare(self):
        self.assertEqual(severity(None, 85.0, 91.0), "major")
        self.assertEqual(severity(95.0, None, None), "major")

    def test_worse(self):
        self.assertEqual(worse("minor", "critical"), "critical")
        self.assertEqual(worse("major", "minor"), "major")
