from odoo.tests import TransactionCase, new_test_user


class PlatingCommon(TransactionCase):
    """A tank with a bath in use, one user of each group, and a second company with a tank of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.other_company = cls.env["res.company"].create({"name": "Plating works of another company"})
        cls.operator = cls._user("fp_operator", "operator")
        cls.quality = cls._user("fp_quality", "quality")
        cls.manager = cls._user("fp_manager", "manager")
        cls.other_manager = cls._user("fp_other_manager", "manager", cls.other_company)
        cls.line = cls.env["fusion.plating.line"].create({"name": "Test line"})
        cls.tank = cls.env["fusion.plating.tank"].create(
            {"name": "Test nickel", "code": "X05", "line_id": cls.line.id}
        )
        cls.bath = cls.env["fusion.plating.bath"].create({"tank_id": cls.tank.id})
        cls.parameter = cls.env["fusion.plating.bath.parameter"].create(
            {
                "bath_id": cls.bath.id,
                "quantity": "temperature",
                "setpoint": 88.0,
                "action_min": 86.0,
                "action_max": 90.0,
                "target_min": 85.0,
                "target_max": 91.0,
            }
        )
        cls.other_tank = cls.env["fusion.plating.tank"].create(
            {"name": "Tank of another company", "company_id": cls.other_company.id}
        )

    @classmethod
    def _user(cls, login, group, company=None):
        company = company or cls.env.company
        return new_test_user(
            cls.env,
            login=login,
            groups=f"base.group_user,fusion_plating.group_plating_{group}",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )

    def run_tracking(self):
        """Let the pending changes be tracked as a commit would."""
        self.env.flush_all()
        self.env.cr.precommit.run()
