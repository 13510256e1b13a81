from odoo.tests import TransactionCase, tagged

from ..throttle import Throttle


@tagged("post_install", "-at_install")
class TestNudge(TransactionCase):
    def nudges(self):
        self.env.cr.precommit.run()
        messages = self.env["bus.bus"].search([("message", "like", "fusion_iot/nudge")])
        return len(messages)

    def test_one_a_second_of_a_kind(self):
        nudge = self.env["iot.nudge"]
        before = self.nudges()
        for _time in range(5):
            nudge._nudge("base.group_user", ["one"], {"ids": [1]})
        self.assertEqual(self.nudges() - before, 1)
        nudge._nudge("base.group_user", ["one", "another"], {"ids": [1]})
        self.assertEqual(self.nudges() - before, 2)
        nudge._nudge("base.group_user", ["one", "another"], {"ids": [1]})
        self.assertEqual(self.nudges() - before, 2)

    def test_a_throttle_forgets_rather_than_grows(self):
        now = [0.0]
        throttle = Throttle(interval=10.0, size=2, clock=lambda: now[0])
        self.assertTrue(throttle.due("a"))
        self.assertFalse(throttle.due("a"))
        now[0] = 9.9
        self.assertFalse(throttle.due("a"))
        now[0] = 10.0
        self.assertTrue(throttle.due("a"))
        self.assertTrue(throttle.due("b"))
        self.assertTrue(throttle.due("c"))
        self.assertLessEqual(len(throttle._passed), 2)
        throttle.forget()
        self.assertTrue(throttle.due("c"))
