from odoo.tests import BaseCase

from fusion_iot_core.mqtt.receipts import Receipts, pack
from fusion_iot_core.mqtt.resumed import Resumed

from .runtime_common import inbound


class TestResumed(BaseCase):
    def setUp(self):
        super().setUp()
        self.resumed = Resumed()

        self.receipts = Receipts()

    def begin(self, *payloads, at=100.0, waiting=()):
        self.commit(*payloads, at=at)
        self.resumed.begin(2, self.receipts, [message.digest() for message in self.stream(*waiting)])

    def commit(self, *payloads, at=100.0, new=None):
        packed = None if new is None else pack(self.stream(*new))
        self.receipts.add(pack(self.stream(*payloads)), at, packed)

    @staticmethod
    def stream(*payloads, link=2):
        return [inbound("t", payload, mid=number, link=link) for number, payload in enumerate(payloads, 1)]

    def kept(self, *payloads, **values):
        return "".join(
            item.message.payload.decode() for item in self.resumed.new(self.stream(*payloads, **values))
        )

    def test_a_run_of_what_was_committed_is_left_out_once(self):
        self.begin(*"abcdefg")
        self.assertEqual(self.kept(*"cdefgxyz"), "xyz")
        self.assertEqual(self.kept(*"cdefg"), "cdefg")
        self.assertEqual(self.resumed.count, 5)

    def test_a_batch_of_the_connection_before_is_put_together_anew(self):
        """It was read, and could not be committed; the broker was killed meanwhile and has resumed our session."""
        self.assertEqual(self.kept(*"abc", link=1), "abc")
        self.begin(*"abcdefg")
        self.resumed.again()
        self.assertEqual(self.kept(*"cdefgx"), "x")

    def test_what_waits_to_be_committed_counts(self):
        self.begin(*"abcd", waiting="efg")
        self.assertEqual(self.kept(*"cdefgx"), "x")

    def test_what_was_committed_long_before_is_no_repetition(self):
        self.commit(*"abcdef", at=10.0)
        self.begin(*"ghi", at=100.0)
        self.assertEqual(self.kept(*"cdef"), "cdef")

    def test_a_round_of_values_that_came_before_is_believed(self):
        """Five probes with one value each, once a minute: the last round alone looks like a run."""
        self.commit(*"abcde", at=10.0)
        self.begin(*"abcde", at=90.0)
        self.assertEqual(self.kept(*"abcde"), "abcde")

    def test_killed_twice(self):
        self.commit(*"abcdefg", at=90.0)
        self.commit(*"cdefg", at=95.0, new=())
        self.begin(*"xy", at=96.0)
        self.assertEqual(self.kept(*"efgxyz"), "z")

    def test_over_several_batches(self):
        self.begin(*"abcdefghij")
        self.assertEqual(self.kept(*"bcde"), "")
        self.assertEqual(self.kept(*"fghx"), "x")
        self.assertEqual(self.kept(*"ij"), "ij")

    def test_one_value_again_and_again_is_believed(self):
        self.begin(*"aaaaaaaa")
        self.assertEqual(self.kept(*"aaaa"), "aaaa")

    def test_few_values_in_turn_are_believed(self):
        self.begin(*"abcabcabc")
        self.assertEqual(self.kept(*"abcabc"), "abcabc")

    def test_values_that_repeat_within_a_run(self):
        self.begin(*"1a2a3a4a5a")
        self.assertEqual(self.kept(*"a3a4a5aaa"), "aa")

    def test_what_begins_otherwise_is_new(self):
        self.begin(*"abcdefg")
        self.assertEqual(self.kept(*"xcdefg"), "xcdefg")

    def test_only_of_the_connection_and_with_an_identifier(self):
        self.begin(*"abcdefg")
        self.assertEqual(self.kept(*"cdefg", link=1), "cdefg")
        self.assertEqual(len(self.resumed.new([inbound("t", "a", qos=0, link=2)])), 1)
        self.assertEqual(self.kept(*"cdefg"), "")

    def test_a_batch_that_is_put_together_anew(self):
        self.begin(*"abcdefg")
        self.assertEqual(self.kept(*"cdef"), "")
        self.resumed.again()
        self.assertEqual(self.kept(*"cde"), "")
        self.assertEqual(self.kept(*"fgx"), "x")
        self.assertEqual(self.resumed.count, 5)
