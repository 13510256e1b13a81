from datetime import timedelta

from odoo.tests import tagged

from .common import OTHER_SERIAL, TankCase


@tagged("post_install", "-at_install")
class TestHolds(TankCase):
    def test_the_transition_raises_one_hold(self):
        self.ingest_series(87.3)
        self.assertFalse(self.holds())
        self.ingest_series(95.0, 96.5, 94.0, start=100)
        hold = self.holds()
        self.assertEqual(len(hold), 1)
        self.assertEqual(hold.state, "open")
        self.assertEqual((hold.value, hold.worst_value), (95.0, 96.5))
        self.assertEqual((hold.limit_min, hold.limit_max), (70.0, 90.0))
        self.assertEqual(hold.date_start, (self.start + timedelta(seconds=100)).replace(tzinfo=None))
        self.assertEqual((hold.tank_id, hold.bath_id), (self.tank, self.bath))
        self.assertEqual((hold.parameter_id, hold.sensor_id), (self.parameter, self.sensor))
        self.assertEqual(hold.excursion_count, 1)
        self.assertTrue(self.tank.x_fc_has_out_of_spec)
        self.assertIn(
            self.tank, self.env["fusion.plating.tank"].search([("x_fc_has_out_of_spec", "=", True)])
        )
        self.assertNotIn(
            self.tank, self.env["fusion.plating.tank"].search([("x_fc_has_out_of_spec", "=", False)])
        )

    def test_the_first_reading_is_a_transition(self):
        self.ingest_series(95.0)
        self.assertEqual(len(self.holds()), 1)

    def test_a_value_on_the_limit_is_in_spec(self):
        self.ingest_series(90.0, 70.0)
        self.assertFalse(self.holds())

    def test_a_further_excursion_is_noted_with_the_zone_of_its_time(self):
        self.ingest_series(95.0)
        self.holds().responsible_id = self.env.ref("base.user_admin")
        self.env.ref("base.user_admin").tz = "Asia/Tokyo"
        self.ingest_series(85.5, 97.0, start=100)
        self.assertEqual(self.holds().excursion_count, 2)
        self.assertRegex(
            self.holds().message_ids[0].body, r"Out of spec again from \S+ \d+:\d\d:\d\d.* JST, up to 97.0"
        )

    def test_a_further_excursion_is_added_to_the_open_hold(self):
        self.ingest_series(95.0, 85.5, 97.0, 84.0)
        hold = self.holds()
        self.assertEqual(len(hold), 1)
        self.assertEqual((hold.excursion_count, hold.worst_value), (2, 97.0))
        self.assertEqual(hold.date_back_in_spec, (self.start + timedelta(seconds=90)).replace(tzinfo=None))

    def test_after_the_decision_a_new_excursion_is_a_new_hold(self):
        self.ingest_series(95.0)
        self.holds()._decide("released", "use_as_is", "Checked the parts.")
        self.ingest_series(96.0, start=60)
        self.assertEqual(len(self.holds()), 1, "it never came back, so nothing new happened")
        self.ingest_series(80.0, 95.0, start=120)
        self.assertEqual(len(self.holds()), 2)

    def test_two_sensors_of_a_tank_have_a_hold_each(self):
        other = self._make_sensor(OTHER_SERIAL)
        self.ingest(self.measurement(95.0, 0), self.measurement(60.0, 0, OTHER_SERIAL))
        self.assertEqual((len(self.holds()), len(self.holds(other))), (1, 1))

    def test_the_override_wins_over_the_parameter(self):
        self.sensor.alert_max_override = 80.0
        self.ingest_series(81.5)
        self.assertEqual(self.holds().limit_max, 80.0)

    def test_zero_is_a_limit_and_nothing_is_none(self):
        self.parameter.write({"target_min": False, "target_max": 0.0})
        self.ingest_series(-50.0)
        self.assertFalse(self.holds())
        self.ingest_series(0.5, start=60)
        hold = self.holds()
        self.assertIs(hold.limit_min, False)
        self.assertEqual(hold.limit_max, 0.0)

    def test_action_limits_raise_nothing(self):
        self.parameter.write({"action_min": 75.0, "action_max": 85.0})
        self.sensor.expected_interval = 0
        self.ingest_series(87.0)
        self.assertFalse(self.holds())
        self.assertEqual(self.sensor.status, "action")

    def test_a_limit_edited_during_an_excursion_leaves_the_hold_as_it_was(self):
        self.ingest_series(95.0)
        self.parameter.target_max = 100.0
        self.ingest_series(95.5, start=60)
        hold = self.holds()
        self.assertEqual((hold.limit_max, hold.worst_value), (90.0, 95.0))
        self.assertTrue(hold.date_back_in_spec)
        self.assertEqual(self.readings().mapped("spec_max"), [90.0, 100.0])

    def test_crossings_inside_the_deadband_are_one_excursion(self):
        self.sensor.deadband = 1.0
        self.ingest_series(*[90.5, 89.5] * 20)
        self.assertEqual(self.holds().excursion_count, 1)

    def test_an_excursion_shorter_than_the_delay_raises_nothing(self):
        self.sensor.delay = 120
        self.ingest_series(95.0, 95.0, 85.5)
        self.assertFalse(self.holds())
        self.ingest_series(95.0, 95.0, 95.0, 95.0, 95.0, start=300)
        self.assertEqual(self.holds().date_start, (self.start + timedelta(seconds=300)).replace(tzinfo=None))

    def test_a_backfill_is_held_once_for_each_excursion_and_moves_nothing(self):
        self.ingest_series(80.0, start=3000)
        self.ingest_series(80.0, 95.0, 96.0, 80.0, 80.0, 60.0, 80.0, start=0)
        hold = self.holds()
        self.assertEqual(len(hold), 1)
        self.assertEqual((hold.value, hold.worst_value, hold.excursion_count), (95.0, 60.0, 2))
        self.assertEqual(hold.date_start, (self.start + timedelta(seconds=30)).replace(tzinfo=None))
        self.assertEqual(hold.date_back_in_spec, (self.start + timedelta(seconds=180)).replace(tzinfo=None))
        self.assertEqual(self.sensor.last_reading_value, 80.0)
        self.assertFalse(self.tank.x_fc_has_out_of_spec)

    def test_a_late_reading_of_a_known_excursion_raises_nothing_new(self):
        self.ingest_series(80.0, 95.0, 95.5, 80.0, step=60)
        self.holds()._decide("released", "use_as_is", "Checked the parts.")
        for seconds in (45, 90, 130):
            self.ingest_series(94.0, start=seconds)
        self.assertEqual(len(self.holds()), 1)

    def test_readings_that_overtake_each_other_raise_one_hold(self):
        self.ingest_series(80.0, start=0)
        for seconds in (90, 30, 60):
            self.ingest_series(95.0, start=seconds)
        hold = self.holds()
        self.assertEqual((len(hold), hold.excursion_count), (1, 1))

    def test_quality_gets_a_to_do(self):
        self.ingest_series(95.0)
        activity = self.holds().activity_ids
        self.assertEqual(len(activity), 1)
        self.assertTrue(activity.user_id.has_group("fusion_plating.group_plating_quality"))
