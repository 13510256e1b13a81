from unittest.mock import patch

from odoo.tests import BaseCase

from fusion_iot_core.mqtt import pauses
from fusion_iot_core.mqtt.pauses import Pauses


class TestPauses(BaseCase):
    def setUp(self):
        super().setUp()
        self.pauses = Pauses()
        jitter = patch.object(pauses.random, "uniform", return_value=1.0)
        self.startPatcher(jitter)

    def after(self, lasted=None, *, lasting=False, evicted=False):
        return self.pauses.after(lasted, lasting=lasting, evicted=evicted)

    def test_a_broker_never_reached_is_asked_ever_more_rarely(self):
        self.assertEqual([self.after() for _ in range(8)], [0.5, 1, 2, 4, 8, 16, 30, 30])

    def test_a_broker_that_was_there_is_asked_again_soon(self):
        for _ in range(8):
            self.after()
        self.assertEqual(self.after(4.0), 0.5)
        self.assertEqual([self.after() for _ in range(6)], [1, 2, 3.8, 3.8, 3.8, 3.8])
        self.assertEqual(self.after(4.0), 0.5, "however often it restarts")

    def test_jitter_does_not_break_what_people_are_told(self):
        with patch.object(pauses.random, "uniform", side_effect=max):
            self.assertLess(max([self.after(4.0), *(self.after() for _ in range(6))]), 5.0)

    def test_a_connection_that_ends_at_once_is_no_reason_to_hurry(self):
        self.assertEqual([self.after(0.1) for _ in range(6)], [0.5, 1, 2, 3.8, 3.8, 3.8])

    def test_what_a_person_has_to_correct_waits(self):
        self.after(100.0)
        self.assertEqual(self.after(lasting=True), 20)
        self.assertEqual([self.after() for _ in range(6)][-1], 30)

    def test_two_that_push_each_other_off_do_so_ever_more_rarely(self):
        self.assertEqual([self.after(6.0, evicted=True) for _ in range(7)], [0.5, 1, 2, 4, 8, 16, 30])
        self.assertEqual(self.after(60.0, evicted=True), 0.5)
