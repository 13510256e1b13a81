from odoo.tests import BaseCase

from fusion_iot_core.mqtt.inbox import Inbox
from fusion_iot_core.mqtt.receipts import Receipts

from .runtime_common import inbound


class TestInbox(BaseCase):
    def setUp(self):
        super().setUp()
        self.now = 100.0
        self.inbox = Inbox(Receipts(), lambda: self.now)
        self.inbox.link = 1

    def test_age_does_not_follow_the_clock_on_the_wall(self):
        """A clock that is set back, as after a start without a network, must not put the commit off."""
        self.inbox.receive(inbound("a", "x", mid=1, seconds=3_600.0))
        self.now += 0.5
        self.inbox.receive(inbound("a", "y", mid=2))
        self.assertEqual(self.inbox.age, 0.5)
        self.now += 1.0
        self.assertEqual(self.inbox.settle(self.inbox.oldest(1)), [1])
        self.assertEqual(self.inbox.age, 1.0)
