from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import TankCase


@tagged("post_install", "-at_install")
class TestSecurity(TankCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.operator = new_test_user(cls.env, "an operator", "fusion_plating.group_plating_operator")
        cls.quality = new_test_user(cls.env, "a quality", "fusion_plating.group_plating_quality")
        company = cls.env["res.company"].create({"name": "Other company"})
        cls.stranger = new_test_user(
            cls.env,
            "a stranger",
            "fusion_plating.group_plating_manager",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )

    def test_an_operator_sees_and_enters_readings(self):
        reading = self.env["fp.tank.reading"].with_user(self.operator)
        made = reading.create({"sensor_id": self.sensor.id, "value": 80.0})
        self.assertEqual((made.value, made.user_id), (80.0, self.operator))
        self.assertTrue(self.tank.with_user(self.operator).x_fc_latest_values)

    def test_an_operators_reading_can_raise_a_hold(self):
        self.env["fp.tank.reading"].with_user(self.operator).create(
            {"sensor_id": self.sensor.id, "value": 95.0}
        )
        self.assertEqual(len(self.holds()), 1)

    def test_an_operator_changes_no_limit_and_no_sensor(self):
        sensor = self.sensor.with_user(self.operator)
        for values in ({"alert_max_override": 200.0}, {"deadband": 50.0}, {"active": False}, {"delay": 9999}):
            with self.assertRaises(AccessError):
                sensor.write(values)
        with self.assertRaises(AccessError):
            self.parameter.with_user(self.operator).target_max = 200.0
        with self.assertRaises(AccessError):
            sensor.unlink()

    def test_an_operator_changes_no_reading(self):
        self.ingest_series(80.0)
        reading = self.readings().with_user(self.operator)
        with self.assertRaises(UserError):
            reading.write({"value": 1.0})
        with self.assertRaises(UserError):
            reading.unlink()

    def test_an_operator_decides_no_hold(self):
        self.ingest_series(95.0)
        hold = self.holds().with_user(self.operator)
        for values in (
            {"state": "released"},
            {"decision_reason": "x"},
            {"sensor_id": False},
            {"worst_value": 0},
        ):
            with self.assertRaises(UserError):
                hold.write(values)
        with self.assertRaises(UserError):
            hold._decide("released", "use_as_is", "x")

    def test_quality_sets_overrides(self):
        sensor = self.sensor.with_user(self.quality)
        with self.assertRaisesRegex(UserError, "say why"), self.cr.savepoint():
            sensor.alert_max_override = 88.0
        sensor.write({"alert_max_override": 88.0, "limit_reason": "Near the heater"})
        self.assertEqual(self.sensor.spec_max, 88.0)
        change = self.env["fusion.plating.limit.change"].search([("sensor_id", "=", self.sensor.id)])
        self.assertEqual((change.tank_id, change.reason), (self.tank, "Near the heater"))

    def test_another_company_sees_nothing(self):
        self.ingest_series(95.0)
        for record in (self.tank, self.bath, self.parameter, self.sensor, self.readings(), self.holds()):
            self.assertTrue(record)
            model = self.env[record._name].with_user(self.stranger)
            self.assertFalse(model.search([("id", "in", record.ids)]), record._name)
            with self.assertRaises(AccessError):
                record.with_user(self.stranger).read(["display_name"])

    def test_another_company_enters_nothing(self):
        with self.assertRaises(AccessError):
            self.env["fp.tank.reading"].with_user(self.stranger).create(
                {"sensor_id": self.sensor.id, "value": 1.0}
            )

    def test_the_token_is_out_of_reach(self):
        with self.assertRaises(AccessError):
            self.env["ir.config_parameter"].with_user(self.stranger).get_param(
                "fusion_plating_iot.ingest_token"
            )

    def test_the_way_in_is_not_callable_from_outside(self):
        from odoo.service.model import get_public_method

        for name in ("ingest", "_ingest_batch", "_take"):
            with self.assertRaises(AccessError):
                get_public_method(self.env["iot.ingest"], name)
