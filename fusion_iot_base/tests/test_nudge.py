import json

from odoo.tests import TransactionCase, tagged

from ..nudges import MAX_IDS, NudgeBoard, board

KEY = ("db", "group", "reading")


@tagged("post_install", "-at_install")
class TestNudge(TransactionCase):
    def setUp(self):
        super().setUp()
        board.forget()

    def nudges(self):
        self.env.cr.precommit.run()
        return self.env["bus.bus"].search_count([("message", "like", "fusion_iot/nudge")])

    def test_not_more_often_than_the_interval(self):
        nudge = self.env["iot.nudge"]
        before = self.nudges()
        for _time in range(5):
            nudge._nudge("base.group_user", ["one"], {"ids": [1]})
        self.assertEqual(self.nudges() - before, 1)
        nudge._nudge("base.group_user", ["one", "another"], {"ids": [1]})
        self.assertEqual(self.nudges() - before, 2, "the less important kind goes meanwhile")
        nudge._nudge("base.group_user", ["one", "another"], {"ids": [1]})
        self.assertEqual(self.nudges() - before, 2)

    def send_waiting(self):
        """As the runtime does."""
        for key in board.waiting(self.env.cr.dbname):
            self.env["iot.nudge"]._send(key)

    def test_what_had_to_wait_is_sent_once_it_may(self):
        nudge = self.env["iot.nudge"]
        before = self.nudges()
        nudge._nudge("base.group_user", ["one"], {"ids": [1]})
        nudge._nudge("base.group_user", ["one"], {"ids": [2]})
        self.send_waiting()
        self.assertEqual(self.nudges() - before, 1)
        board._topics[self.env.cr.dbname, "base.group_user", "one"].sent_at -= 1.0
        self.send_waiting()
        self.assertEqual(self.nudges() - before, 2)
        self.send_waiting()
        self.assertEqual(self.nudges() - before, 2)

    def test_what_is_rolled_back_is_sent_the_next_time(self):
        board.add((self.env.cr.dbname, "base.group_user", "one"), {"ids": [1]})
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            self.env(cr=cr)["iot.nudge"]._nudge("base.group_user", ["one"], {"ids": [2]})
            self.assertFalse(board.waiting(cr.dbname))
            cr.rollback()
        self.assertTrue(board.waiting(self.env.cr.dbname))
        before = self.nudges()
        self.send_waiting()
        self.assertEqual(self.nudges() - before, 1, "at once")
        [message] = self.env["bus.bus"].search([], order="id desc", limit=1).mapped("message")
        self.assertEqual(json.loads(message)["payload"], {"kind": "one", "ids": [1, 2]})

    def test_what_can_never_be_sent_is_dropped(self):
        with self.assertRaises(ValueError):
            self.env["iot.nudge"]._nudge("nowhere.group_uninstalled", ["one"], {"ids": [2]})
        self.env.cr.prerollback.run()
        self.assertNotIn(
            (self.env.cr.dbname, "nowhere.group_uninstalled", "one"), board.waiting(self.env.cr.dbname)
        )

    def test_what_came_after_what_is_given_back_is_kept(self):
        now = [100.0]
        kept = NudgeBoard(interval=0.5, clock=lambda: now[0])
        kept.add(KEY, {"ids": [1]})
        taken = kept.take(KEY)
        kept.add(KEY, {"ids": [2]})
        kept.give_back(KEY, taken)
        self.assertEqual(kept.take(KEY), {"ids": [1, 2]})
        kept.add(KEY, {})
        kept.give_back(KEY, kept.take(KEY) or {})
        now[0] += 1
        self.assertEqual(kept.take(KEY), {})

    def test_nothing_that_came_in_between_is_forgotten(self):
        now = [0.0]
        kept = NudgeBoard(interval=0.5, clock=lambda: now[0])
        kept.add(KEY, {"ids": [1]})
        self.assertEqual(kept.take(KEY), {"ids": [1]})
        kept.add(KEY, {"ids": [3]})
        kept.add(KEY, {"ids": [2, 3]})
        self.assertIsNone(kept.take(KEY))
        self.assertEqual(kept.waiting("db"), [KEY])
        self.assertEqual(kept.waiting("other"), [])
        now[0] = 0.5
        self.assertEqual(kept.take(KEY), {"ids": [2, 3]})
        self.assertIsNone(kept.take(KEY))

    def test_too_many_ids_mean_any(self):
        kept = NudgeBoard()
        kept.add(KEY, {"ids": range(MAX_IDS + 1)})
        self.assertEqual(kept.take(KEY), {})
        kept = NudgeBoard()
        kept.add(KEY, {})
        kept.add(KEY, {"ids": [1]})
        self.assertEqual(kept.take(KEY), {})
