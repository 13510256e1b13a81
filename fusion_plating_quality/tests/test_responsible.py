from .common import HoldCommon


class TestResponsible(HoldCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # A company of its own: whoever else works in the database is not asked.
        company = cls.env["res.company"].create({"name": "Plating works with few people"})
        cls.operator, cls.quality, cls.manager = (
            cls._user(f"fp_few_{role}", role, company) for role in ("operator", "quality", "manager")
        )
        cls.tank = cls.env["fusion.plating.tank"].create({"name": "Zinc", "company_id": company.id})
        cls.company = company

    def asked(self):
        return self.Hold._raise_hold({"tank_id": self.tank.id}).responsible_id

    def test_quality_before_managers(self):
        self.assertEqual(self.asked(), self.quality)

    def test_the_one_with_fewer_open_holds(self):
        second = self._user("fp_few_quality_2", "quality", self.company)
        first_hold = self.Hold._raise_hold({"tank_id": self.tank.id})
        self.assertEqual(first_hold.responsible_id, self.quality)
        self.assertEqual(self.asked(), second)
        self.release(first_hold)
        self.assertEqual(self.asked(), self.quality)

    def test_responsible_of_the_tank(self):
        second = self._user("fp_few_quality_2", "quality", self.company)
        self.tank.responsible_id = second
        self.assertEqual(self.asked(), second)

    def test_responsible_of_the_tank_without_the_right(self):
        self.tank.responsible_id = self.operator
        self.assertEqual(self.asked(), self.quality)

    def test_a_manager_when_there_is_no_one_else(self):
        self.quality.active = False
        self.assertEqual(self.asked(), self.manager)

    def test_nobody(self):
        (self.quality | self.manager).active = False
        hold = self.Hold._raise_hold({"tank_id": self.tank.id})
        self.assertFalse(hold.responsible_id)
        self.assertTrue(hold.activity_ids)
        self.assertFalse(hold.activity_ids.user_id)

    def test_the_company_of_the_tank_counts(self):
        hold = self.Hold._raise_hold({"tank_id": self.other_tank.id})
        self.assertEqual(hold.responsible_id, self.other_manager)
        self.assertEqual(hold.company_id, self.other_company)
