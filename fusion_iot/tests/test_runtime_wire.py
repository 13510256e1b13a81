import socket
from unittest.mock import MagicMock

from odoo.addons.fusion_iot_base.tests.pace import patient
from odoo.tests import BaseCase

from fusion_iot_core.mqtt.link import Link
from fusion_iot_core.mqtt.spec import MqttSpec
from fusion_iot_core.mqtt.trouble import Refused
from fusion_iot_core.mqtt.wire import Wire


class TestWire(BaseCase):
    def setUp(self):
        super().setUp()
        near, self.far = socket.socketpair()
        self.wire = Wire(near)
        self.wire.setblocking(False)
        self.far.settimeout(patient(10))
        self.addCleanup(near.close)
        self.addCleanup(self.far.close)

    def test_gives_what_was_granted(self):
        self.far.sendall(b"0123456789")
        self.assertFalse(self.wire.readable)
        with self.assertRaises(BlockingIOError):
            self.wire.recv(1)
        self.assertTrue(self.wire.fill())
        self.assertTrue(self.wire.readable)
        self.wire.grant(7)
        self.assertEqual((self.wire.recv(4), self.wire.recv(100)), (b"0123", b"456"))
        with self.assertRaises(BlockingIOError):
            self.wire.recv(1)
        self.assertTrue(self.wire.readable)

    def test_a_packet_that_comes_in_pieces_is_put_together_once(self):
        self.far.sendall(b"x0123")
        self.wire.fill()
        self.wire.grant(1)
        self.wire.recv(1)
        self.wire.lack(6)
        for part in (b"45", b"678"):
            self.far.sendall(part)
            self.assertTrue(self.wire.fill())
            self.assertFalse(self.wire.readable)
            self.assertEqual(self.wire.data[self.wire.start :], b"0123")
        self.far.sendall(b"9ab")
        self.assertTrue(self.wire.fill())
        self.assertEqual(self.wire.data[self.wire.start :], b"0123456789ab")

    def test_nothing_there_and_the_end(self):
        self.assertFalse(self.wire.fill())
        self.assertFalse(self.wire.ended)
        self.far.sendall(b"x")
        self.far.close()
        self.assertTrue(self.wire.fill())
        self.wire.grant(1)
        self.assertEqual(self.wire.recv(8), b"x")
        self.assertFalse(self.wire.fill())
        self.assertTrue(self.wire.ended)
        self.assertEqual(self.wire.recv(8), b"")

    def test_what_is_written_goes_in_one(self):
        for part in (b"a", b"bc"):
            self.assertEqual(self.wire.send(part), len(part))
        self.far.setblocking(False)
        with self.assertRaises(BlockingIOError):
            self.far.recv(8)
        self.assertTrue(self.wire.unsent)
        self.wire.flush()
        self.assertFalse(self.wire.unsent)
        self.assertEqual(self.far.recv(8), b"abc")

    def test_more_than_the_network_takes(self):
        sent = bytes(range(256)) * 20_000
        self.wire.send(sent)
        self.wire.flush()
        self.assertTrue(self.wire.unsent)
        received = bytearray()
        while len(received) < len(sent):
            received += self.far.recv(65_536)
            self.wire.flush()
        self.assertEqual(bytes(received), sent)

    def test_closing_sends_first(self):
        self.wire.send(b"goodbye")
        self.wire.close()
        self.assertEqual(self.far.recv(16), b"goodbye")
        self.assertEqual(self.far.recv(16), b"")

    def test_a_broken_line(self):
        self.far.close()
        self.wire.send(b"x")
        with self.assertRaises(OSError):
            self.wire.flush()
        self.wire.close()


class TestPump(BaseCase):
    def setUp(self):
        super().setUp()
        near, self.far = socket.socketpair()
        near.setblocking(False)
        self.addCleanup(self.far.close)
        self.link = Link(MqttSpec(1, "hall", "broker", 1883, "us"), self.fail)
        self.link._client._sock = Wire(near)
        self.addCleanup(self.link.close)

    def test_a_lost_connection_shows_also_while_nothing_is_read(self):
        """The system tells of it at once each time it is asked: to go on would keep a processor busy."""
        self.link.pump(0.0, reading=False)
        self.far.close()
        with self.assertRaises(ConnectionError):
            self.link.pump(patient(1), reading=False)

    def test_what_is_no_mqtt_is_said_to_be_none(self):
        self.far.sendall(b"\x30\xff\xff\xff\xff\xff")
        with self.assertRaisesRegex(ConnectionError, "not MQTT"):
            self.link.pump(patient(1))


class TestReading(BaseCase):
    """Taking what was received."""

    def test_a_broker_that_talks_on_and_on_holds_nothing_up(self):
        wire = MagicMock()
        link = MagicMock(_packets=MagicMock(delivered=0), behind=False)
        link._client.socket.return_value = wire
        # Never a message, always something else.
        link._packets.take.return_value = 2
        link._client.loop_read.side_effect = [0] * 1_000_000
        Link._read(link)
        self.assertTrue(link.behind)


class TestSubscribing(BaseCase):
    def subscribe(self, answers, **more):
        link = MagicMock(_client=MagicMock(), _subacks={7: answers}, _patience=patient(10))
        link._client.subscribe.return_value = (0, 7)
        Link.subscribe(link, ["a/#", "homeassistant/sensor/+/config"], **more)

    def test_a_broker_that_refuses_is_told(self):
        with self.assertRaisesRegex(Refused, "homeassistant"):
            self.subscribe([1, 135])

    def test_what_would_be_nice_to_have_may_be_refused(self):
        nice = frozenset(["homeassistant/sensor/+/config"])
        self.subscribe([1, 135], dispensable=nice)
        with self.assertRaisesRegex(Refused, "a/#"):
            self.subscribe([135, 135], dispensable=nice)
