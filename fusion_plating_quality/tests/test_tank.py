from .common import HoldCommon


class TestTank(HoldCommon):
    def test_on_hold(self):
        Tank = self.env["fusion.plating.tank"]
        self.assertFalse(self.tank.has_open_hold)
        self.assertNotIn(self.tank, Tank.search([("has_open_hold", "=", True)]))
        self.assertIn(self.tank, Tank.search([("has_open_hold", "=", False)]))
        first, second = self.raise_hold(), self.raise_hold(84.0)
        self.assertEqual(self.tank.open_hold_count, 2)
        self.assertIn(self.tank, Tank.search([("has_open_hold", "=", True)]))
        self.assertNotIn(self.tank, Tank.search([("has_open_hold", "!=", True)]))
        first.with_user(self.quality).action_start_review()
        self.assertEqual(self.tank.open_hold_count, 2)
        self.release(first | second)
        self.assertEqual(self.tank.open_hold_count, 0)
        self.assertEqual(self.tank.hold_count, 2)
        self.assertFalse(self.tank.has_open_hold)
        self.assertIn(self.tank, Tank.search([("has_open_hold", "=", False)]))

    def test_counts_in_one_query_per_set(self):
        tanks = self.env["fusion.plating.tank"].create([{"name": f"Tank {number}"} for number in range(20)])
        self.raise_hold()
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(1):
            tanks.mapped("open_hold_count")

    def test_action(self):
        self.raise_hold()
        action = self.tank.action_view_holds()
        self.assertIn(("tank_id", "=", self.tank.id), action["domain"])
        self.assertTrue(action["context"]["search_default_open"])
