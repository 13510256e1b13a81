from odoo.tests import BaseCase

from fusion_iot_core.mqtt.gate import RECOGNISED_A_SECOND, STRANGERS_A_SECOND, STRANGERS_ROOM_S, Gate, Rates
from fusion_iot_core.mqtt.router import Router

from .runtime_common import route

RATES = Rates(topic=10, device=100, connection=1_000)


class TestGate(BaseCase):
    """Ten a second of a topic with room for 500; 100 a second of a device with room for 1,000."""

    def setUp(self):
        super().setUp()
        self.now = 100.0
        self.router = Router([route("tele/kiln/#"), route("tele/oven/#", "oven", 2)])
        self.gate = Gate(RATES, self.router, lambda: self.now)

    def send(self, topic, count=1, size=10):
        """How many of these are let in."""
        return sum(self.gate.admits(topic, size) for _ in range(count))

    def wait(self, seconds):
        self.now += seconds
        self.gate.tick()

    def test_a_backlog_is_let_in_and_a_flood_is_not(self):
        self.assertEqual(self.send(b"tele/kiln/SENSOR", 450), 450)
        self.wait(1)
        self.assertEqual(self.send(b"tele/kiln/SENSOR", 10_000), 60)
        overflow = self.gate.overflow
        self.assertEqual((overflow.count, overflow.worst), (9_940, "tele/kiln/SENSOR"))
        self.wait(1)
        self.assertEqual(self.send(b"tele/kiln/SENSOR", 100), 10)

    def test_a_flood_of_one_topic_leaves_the_others_alone(self):
        self.send(b"tele/kiln/SENSOR", 10_000)
        self.assertEqual(self.send(b"tele/kiln/STATE", 20), 20)
        self.assertEqual(self.send(b"tele/oven/SENSOR", 20), 20)

    def test_size_counts(self):
        self.assertLess(self.send(b"tele/kiln/SENSOR", 500, size=16 * 1024), 40)
        self.assertEqual(self.send(b"tele/oven/SENSOR", 1, size=10_000_000), 1, "nothing is too large")
        self.wait(60)
        self.assertEqual(self.send(b"tele/oven/SENSOR", 1), 1, "nor does it count for ever")

    def test_a_flood_of_topics_of_one_device(self):
        self.send(b"tele/kiln/SENSOR", 5)
        self.send(b"tele/oven/SENSOR", 5)
        self.wait(1)
        let_in = sum(self.send(b"tele/kiln/%d" % number) for number in range(10_000))
        self.assertLessEqual(let_in, 1_000)
        self.assertEqual(self.send(b"tele/kiln/SENSOR", 5), 5, "it was there before")
        self.assertEqual(self.send(b"tele/oven/SENSOR", 5), 5)
        self.assertEqual(list(self.gate.overflow.take_devices()), [1])

    def test_a_flood_of_all_devices(self):
        routes = [route(f"tele/{number}/#", str(number), number) for number in range(1, 101)]
        self.gate.use(RATES, Router(routes))
        self.send(b"tele/1/STATE", 5)
        self.wait(1)
        let_in = sum(self.send(b"tele/%d/SENSOR" % number, 200) for number in range(1, 101))
        self.assertLess(let_in, 10_000)
        self.assertEqual(self.send(b"tele/1/STATE", 5), 5)

    def flood(self, topics, seconds):
        """How many messages a second get in of topics that each keep within their own allowance with eight a second,
        and of one more with two a second."""
        let_in = honest = 0
        for _half in range(seconds * 2):
            self.wait(0.5)
            let_in += sum(self.send(topic, 4) for topic in topics)
            honest += self.send(b"tele/oven/SENSOR")
        return let_in / seconds, honest / seconds

    def test_many_topics_that_each_keep_within_their_own(self):
        topics = [b"tele/%d/SENSOR" % number for number in range(900)]
        for topic in [b"tele/oven/SENSOR", *topics]:
            self.send(topic)
            self.gate.recognised(topic.decode())
        self.wait(5)
        self.flood(topics, 10)
        rate, honest = self.flood(topics, 30)
        self.assertLess(rate, RECOGNISED_A_SECOND * 1.1)
        self.assertGreater(rate, RECOGNISED_A_SECOND * 0.5)
        self.assertEqual(honest, 2.0)

    def test_many_topics_of_many_devices(self):
        routes = [route(f"tele/{number}/#", str(number), number) for number in range(3, 33)]
        self.gate.use(RATES, Router([*self.router.routes, *routes]))
        topics = [b"tele/%d/%d" % (number, each) for number in range(3, 33) for each in range(10)]
        for topic in [b"tele/oven/SENSOR", *topics]:
            self.send(topic)
        self.wait(5)
        self.flood(topics, 10)
        rate, honest = self.flood(topics, 30)
        self.assertLess(rate, RATES.connection * 1.1)
        self.assertGreater(rate, RATES.connection * 0.5)
        self.assertEqual(honest, 2.0)

    def test_many_topics_of_a_device_that_each_keep_within_their_own(self):
        topics = [b"tele/kiln/%d" % number for number in range(100)]
        for topic in [b"tele/oven/SENSOR", b"tele/kiln/SENSOR", *topics]:
            self.send(topic)
        self.wait(5)
        self.flood(topics, 30)
        rate, honest = self.flood(topics, 30)
        self.assertLess(rate, RATES.device * 1.1)
        self.assertGreater(rate, RATES.device * 0.5)
        self.assertEqual(honest, 2.0)

    def test_noise_of_strangers_hides_nobody(self):
        room = int(STRANGERS_A_SECOND * STRANGERS_ROOM_S)
        self.send(b"tele/new/SENSOR")
        self.gate.recognised("tele/new/SENSOR")
        self.assertLessEqual(sum(self.send(b"noise/%d" % number) for number in range(10_000)), room)
        self.assertEqual(self.send(b"tele/new/SENSOR", 5), 5)
        self.assertEqual(self.send(b"tele/oven/SENSOR", 5), 5)
        self.assertEqual(self.gate.overflow.count, 10_000 - room + 1)
        self.assertLess(len(self.gate._topics), room + 10)

    def test_many_devices_that_share_a_pattern(self):
        routes = [route("tele/+/SENSOR", str(number), number) for number in range(1, 51)]
        self.gate.use(RATES, Router(routes))
        let_in = sum(self.send(b"tele/%d/SENSOR" % number, 60) for number in range(1, 51))
        self.assertEqual(let_in, 3_000)
        self.assertFalse(self.gate.overflow.count)

    def test_what_the_broker_keeps_is_no_flood(self):
        let_in = sum(
            self.gate.admits(b"homeassistant/sensor/%d/config" % n, 500, True) for n in range(15_000)
        )
        self.assertEqual(let_in, 15_000)
        self.assertEqual(self.send(b"noise/1"), 1, "nor does it take from others")
        self.assertLess(sum(self.gate.admits(b"%d" % n, 500, True) for n in range(15_000)), 6_000)

    def test_topics_that_are_no_text(self):
        self.send(b"tele/kiln/\xff\0", 600)
        self.assertEqual(
            self.gate.overflow.worst, "tele/kiln/\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}"
        )
        [(count, topic)] = self.gate.overflow.take_devices().values()
        self.assertEqual((count, topic), (100, self.gate.overflow.worst))

    def test_an_episode_ends(self):
        self.send(b"tele/kiln/SENSOR", 600)
        self.assertEqual(self.gate.overflow.count, 100)
        self.wait(300)
        self.send(b"tele/kiln/SENSOR", 510)
        self.assertEqual((self.gate.overflow.count, self.gate.overflow.total), (10, 110))
