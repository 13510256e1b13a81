import math

from odoo.tests import BaseCase

from fusion_iot_core.mqtt.receipts import Receipts, pack
from fusion_iot_core.mqtt.window import TRIED_EVERY, WindowGuess

from .runtime_common import inbound


class TestReceipts(BaseCase):
    def test_what_was_committed_is_known_when_it_is_delivered_again(self):
        receipts = Receipts()
        receipts.add(pack([inbound("t", "a", mid=1), inbound("t", "b", mid=2)]))
        self.assertTrue(receipts.has(inbound("t", "a", mid=1, duplicate=True)))
        self.assertTrue(receipts.has(inbound("t", "b", mid=2, duplicate=True)))
        self.assertFalse(receipts.has(inbound("t", "a", mid=2, duplicate=True)), "another message")
        self.assertFalse(receipts.has(inbound("u", "a", mid=1, duplicate=True)), "another topic")
        self.assertFalse(receipts.has(inbound("t", "a", mid=3, duplicate=True)), "never committed")

    def test_a_new_message_makes_its_identifier_free(self):
        receipts = Receipts()
        receipts.add(pack([inbound("t", "a", mid=1)]))
        self.assertFalse(receipts.has(inbound("t", "a", mid=1)))
        self.assertFalse(receipts.has(inbound("t", "a", mid=1, duplicate=True)))

    def test_qos_0_has_no_receipt(self):
        self.assertEqual(pack([inbound("t", qos=0)]), b"")
        self.assertFalse(Receipts().has(inbound("t", qos=0, duplicate=True)))

    def test_there_is_a_place_for_every_packet_identifier(self):
        receipts = Receipts()
        receipts.add(pack(inbound("t", str(mid), mid=mid) for mid in range(1, 65_536)))
        for mid in (1, 2, 30_000, 65_534, 65_535):
            self.assertTrue(receipts.has(inbound("t", str(mid), mid=mid, duplicate=True)), mid)
            self.assertFalse(receipts.has(inbound("t", "x", mid=mid, duplicate=True)), mid)

    def test_what_was_committed_of_late(self):
        receipts = Receipts()
        for at, payload in ((-math.inf, "a"), (10.0, "b"), (60.0, "c"), (100.0, "d")):
            receipts.add(pack([inbound("t", payload, mid=1)]), at)
            self.assertEqual(len(receipts.recent(50.0)), {"a": 0, "b": 1, "c": 2, "d": 2}[payload], payload)
        self.assertEqual(len(receipts.counts()), 4)

    def test_so_much_is_kept(self):
        receipts = Receipts()
        for number in range(200):
            receipts.add(
                pack(inbound("t", f"{number}-{mid}", mid=mid) for mid in range(1, 1_001)), float(number)
            )
        self.assertGreaterEqual(receipts.counts().total(), 65_535)
        self.assertLess(receipts.counts().total(), 70_000)


class TestWindowGuess(BaseCase):
    def test_a_broker_that_always_stops_at_the_same_number(self):
        guess = WindowGuess()
        for _ in range(3):
            self.assertFalse(guess.closed(20))
            guess.flushed(20)
        self.assertTrue(guess.closed(20))
        self.assertFalse(guess.closed(19))

    def test_a_broker_that_sends_one_for_each_acknowledgement(self):
        guess = WindowGuess()
        for _ in range(3):
            guess.flushed(1)
        self.assertTrue(guess.closed(1))

    def test_a_small_guess_is_tried_now_and_then(self):
        guess = WindowGuess()
        for _ in range(3):
            guess.flushed(1)
        commits = 0
        while guess.closed(1):
            guess.committed(1)
            commits += 1
        self.assertEqual(commits, TRIED_EVERY)
        guess.saw(2, grown=True)
        guess.flushed(10)
        self.assertFalse(guess.closed(1), "there was more to come")

    def test_a_small_guess_is_soon_found_again(self):
        guess = WindowGuess()
        for _ in range(3):
            guess.flushed(1)
        guess.saw(2, grown=True)
        self.assertFalse(guess.closed(2))
        guess.flushed(1)
        self.assertTrue(guess.closed(1))

    def test_more_messages_prove_the_guess_wrong(self):
        guess = WindowGuess()
        for _ in range(3):
            guess.flushed(20)
        guess.saw(21, grown=True)
        self.assertFalse(guess.closed(21))
