from odoo.exceptions import AccessError
from odoo.tools import mute_logger

from .common import PlatingCommon


class TestSecurity(PlatingCommon):
    MODELS = (
        "fusion.plating.line",
        "fusion.plating.tank",
        "fusion.plating.bath",
        "fusion.plating.bath.parameter",
    )

    def records(self):
        return [self.line, self.tank, self.bath, self.parameter]

    def rights(self, user):
        return {
            model: "".join(
                letter
                for letter, operation in zip("rwcd", ("read", "write", "create", "unlink"), strict=True)
                if self.env[model].with_user(user).has_access(operation)
            )
            for model in self.MODELS
        }

    def test_rights_of_each_group(self):
        line, tank, bath, parameter = self.MODELS
        self.assertEqual(self.rights(self.operator), {line: "r", tank: "r", bath: "r", parameter: "r"})
        self.assertEqual(self.rights(self.quality), {line: "r", tank: "r", bath: "rwc", parameter: "rwc"})
        self.assertEqual(set(self.rights(self.manager).values()), {"rwcd"})

    def test_tanks_are_sorted_by_whom_the_server_lets(self):
        def arch(user):
            return self.env["fusion.plating.tank"].with_user(user).get_view(view_type="list")["arch"]

        self.assertIn('widget="handle"', arch(self.manager))
        self.assertNotIn('widget="handle"', arch(self.quality))

    def test_other_employees_see_nothing(self):
        employee = self.env["res.users"].create(
            {
                "name": "Employee",
                "login": "fp_employee",
                "group_ids": [(6, 0, [self.env.ref("base.group_user").id])],
            }
        )
        self.assertEqual(set(self.rights(employee).values()), {""})

    def test_groups_build_on_each_other(self):
        self.assertTrue(self.manager.has_group("fusion_plating.group_plating_operator"))
        self.assertFalse(self.quality.has_group("fusion_plating.group_plating_manager"))
        self.assertTrue(self.env.ref("base.user_admin").has_group("fusion_plating.group_plating_manager"))

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_operator_cannot_touch_a_limit(self):
        parameter = self.parameter.with_user(self.operator)
        self.assertEqual(parameter.target_max, 91.0)
        for vals in ({"target_max": 95.0}, {"setpoint": 80.0}, {"active": False}, {"bath_id": False}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                parameter.write(vals)
        with self.assertRaises(AccessError):
            parameter.web_save({"target_max": 95.0}, {"target_max": {}})
        with self.assertRaises(AccessError):
            parameter.unlink()
        with self.assertRaises(AccessError):
            parameter.copy()
        command = [(1, self.parameter.id, {"target_max": 95.0})]
        for owner in (self.bath, self.tank):
            with self.subTest(owner=owner._name), self.assertRaises(AccessError):
                owner.with_user(self.operator).write({"parameter_ids": command})
        self.assertEqual(self.parameter.target_max, 91.0)

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_operator_cannot_change_the_bath_in_use(self):
        with self.assertRaises(AccessError):
            self.bath.with_user(self.operator).action_dump()
        with self.assertRaises(AccessError):
            self.env["fusion.plating.bath"].with_user(self.operator).create({"tank_id": self.tank.id})
        with self.assertRaises(AccessError):
            self.tank.with_user(self.operator).write({"bath_id": False})

    def test_operator_may_comment(self):
        for record in (self.tank, self.bath, self.parameter):
            record.with_user(self.operator).message_post(body="Heater tripped at 6:40")

    def test_quality_sets_limits_and_changes_baths(self):
        parameter = self.parameter.with_user(self.quality)
        parameter.write({"target_max": 92.0, "limit_reason": "Test"})
        self.assertEqual(parameter.target_max, 92.0)
        bath = self.env["fusion.plating.bath"].with_user(self.quality).create({"tank_id": self.tank.id})
        self.bath.with_user(self.quality).action_dump()
        bath.action_put_in_use()
        self.assertEqual(self.tank.bath_id, bath.sudo())

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_quality_does_not_set_up_tanks(self):
        with self.assertRaises(AccessError):
            self.tank.with_user(self.quality).write({"name": "Renamed"})
        with self.assertRaises(AccessError):
            self.parameter.with_user(self.quality).unlink()

    def test_another_company_sees_nothing(self):
        for record in self.records():
            with self.subTest(model=record._name):
                foreign = record.with_user(self.other_manager)
                self.assertFalse(foreign.search([("id", "=", record.id)]))
                with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
                    foreign.read(["display_name"])
        own = self.env["fusion.plating.tank"].with_user(self.other_manager).search([])
        self.assertEqual(own, self.other_tank.with_user(self.other_manager))

    def test_another_company_cannot_write(self):
        for record in self.records():
            with (
                self.subTest(model=record._name),
                self.assertRaises(AccessError),
                mute_logger("odoo.addons.base.models.ir_rule"),
            ):
                record.with_user(self.other_manager).write({"name": "Taken over"})

    def test_nobody_reaches_into_another_company_by_a_new_record(self):
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            self.env["fusion.plating.bath"].with_user(self.other_manager).create({"tank_id": self.tank.id})
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            self.env["fusion.plating.bath.parameter"].with_user(self.other_manager).create(
                {"bath_id": self.bath.id, "target_max": 1000.0}
            )
