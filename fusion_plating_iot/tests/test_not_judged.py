from odoo.tests import tagged

from .common import TankCase


@tagged("post_install", "-at_install")
class TestNotJudged(TankCase):
    """Only what a limit in force has judged is said to be in spec."""

    def card(self, sensor=None):
        self.env.invalidate_all()
        sensor = sensor or self.sensor
        (value,) = (row for row in self.tank.x_fc_latest_values if row["sensor_id"] == sensor.id)
        return value

    def next_bath(self, **limits):
        bath = self.env["fusion.plating.bath"].create({"tank_id": self.tank.id, "state": "draft"})
        self.env["fusion.plating.bath.parameter"].create(
            {"bath_id": bath.id, "quantity": "temperature", **limits}
        )
        return bath

    def test_without_limits_nothing_is_in_spec(self):
        unlimited = self.env["fusion.plating.bath.parameter"].create(
            {"bath_id": self.bath.id, "quantity": "ph"}
        )
        for serial, values, why in (
            ("no parameter", {"parameter_id": False}, "no parameter"),
            ("no limits", {"parameter_id": unlimited.id, "device_kind": "transmitter"}, "no specification"),
        ):
            with self.subTest(serial):
                sensor = self._make_sensor(serial, **values)
                self.assertIn(why, sensor.not_judged_text)
                self.ingest(self.measurement(7.0, serial=serial))
                self.assertEqual(sensor.status, "not_judged")
                self.assertIn(why, sensor.not_judged_text)
                self.assertEqual(self.card(sensor)["status"], "not_judged")
                self.assertEqual(self.readings(sensor).judgement, "not_judged")
                self.assertIn(sensor, sensor.search([("status", "=", "not_judged")]))
        self.ingest(self.measurement(80.0))
        self.assertEqual((self.sensor.status, self.sensor.not_judged_text), ("ok", False))

    def test_the_log_sums_up_what_no_limit_judged(self):
        self.sensor.parameter_id = False
        self.ingest_series(80.0, 200.0)
        Reading = self.env["fp.tank.reading"]
        domain = [("sensor_id", "=", self.sensor.id)]
        self.assertEqual(Reading._read_group(domain, ["judgement"], ["__count"]), [("not_judged", 2)])
        self.assertEqual(Reading.search_count([*domain, ("judgement", "=", "not_judged")]), 2)
        self.assertFalse(Reading.search_count([*domain, ("judgement", "!=", "not_judged")]))

    def test_limits_given_later_judge_at_once(self):
        self.parameter.write({"target_min": False, "target_max": False, "limit_reason": "Test"})
        self.ingest(self.measurement(95.0))
        self.assertEqual(self.sensor.status, "not_judged")
        self.parameter.write({"target_max": 90.0, "limit_reason": "Test"})
        self.assertEqual(self.sensor.status, "out_of_spec")
        self.assertTrue(self.tank.x_fc_has_out_of_spec)
        self.assertIn(self.tank, self.tank.search([("x_fc_has_out_of_spec", "=", True)]))

    def test_a_dumped_bath_judges_nothing(self):
        self.ingest(self.measurement(80.0))
        self.bath.action_dump()
        card = self.card()
        self.assertEqual((card["status"], card["value"]), ("not_judged", 80.0))
        self.assertEqual((card["spec_min"], card["spec_max"], card["setpoint"]), (None, None, None))
        self.assertIn("dumped", self.sensor.not_judged_text)
        self.ingest(self.measurement(60.0))
        self.assertFalse(self.holds(), "an empty tank cools down")
        self.assertEqual((self.readings()[-1].quality, self.readings()[-1].judgement), ("good", "not_judged"))

    def test_a_new_bath_judges_from_its_first_reading_on(self):
        self.ingest(self.measurement(80.0))
        following = self.next_bath(target_min=50.0, target_max=65.0)
        self.bath.action_dump()
        following.action_put_in_use()
        card = self.card()
        self.assertEqual((card["status"], card["spec_max"]), ("not_judged", 65.0))
        self.assertIn("next reading", self.sensor.not_judged_text)
        self.assertFalse(self.tank.x_fc_has_out_of_spec)
        self.ingest(self.measurement(60.0))
        self.assertEqual((self.card()["status"], self.sensor.not_judged_text), ("ok", False))

    def test_an_excursion_does_not_end_with_its_limits(self):
        self.ingest_series(80.0, 95.0)
        self.bath.action_dump()
        self.ingest(self.measurement(85.0, 120))
        self.assertFalse(self.holds().date_back_in_spec)
        following = self.next_bath(target_min=50.0, target_max=88.0)
        following.action_put_in_use()
        self.ingest(self.measurement(84.0, 150))
        self.assertTrue(self.holds().date_back_in_spec)
