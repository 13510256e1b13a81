import socket
import struct

from odoo.tests import BaseCase

from fusion_iot_core.mqtt.packets import Packets
from fusion_iot_core.mqtt.wire import Wire

PINGRESP = b"\xd0\0"


def publish(topic, payload, *, qos=1, mid=7, dup=False, retain=False, properties=None):
    """A PUBLISH packet; ``properties`` in bytes for MQTT 5."""
    name = topic.encode()
    body = struct.pack(">H", len(name)) + name + (struct.pack(">H", mid) if qos else b"")
    if properties is not None:
        body += length(len(properties)) + properties
    head = 0x30 | (8 if dup else 0) | qos << 1 | (1 if retain else 0)
    return bytes([head]) + length(len(body + payload)) + body + payload


def length(number):
    encoded = bytearray()
    while True:
        number, low = divmod(number, 128)
        encoded.append(low | (0x80 if number else 0))
        if not number:
            return bytes(encoded)


class TestPackets(BaseCase):
    def setUp(self):
        super().setUp()
        near, self.far = socket.socketpair()
        self.wire = Wire(near)
        self.wire.setblocking(False)
        self.addCleanup(near.close)
        self.addCleanup(self.far.close)
        self.got = []

    def packets(self, version_5=False, gate=None):
        return Packets(version_5, 3, gate, self.got.append)

    def send(self, data):
        self.far.sendall(data)
        self.wire.fill()

    def test_messages(self):
        self.send(
            publish("a/b", b"x", mid=513, dup=True)
            + publish("c", b"", qos=0, retain=True)
            + publish("d" * 200, b"y" * 300)
        )
        self.assertEqual(self.packets().take(self.wire, 9), 0)
        one, two, three = self.got
        self.assertEqual((one.message.topic, one.message.payload), ("a/b", b"x"))
        self.assertEqual(
            (one.qos, one.mid, one.duplicate, one.message.retained, one.link), (1, 513, True, False, 3)
        )
        self.assertEqual((two.message.payload, two.qos, two.mid, two.message.retained), (b"", 0, 0, True))
        self.assertEqual((len(three.message.topic), len(three.message.payload)), (200, 300))
        self.assertFalse(self.wire.readable)

    def test_what_arrives_together_keeps_its_order_in_time(self):
        self.send(b"".join(publish("a", b"%d" % number) for number in range(9)))
        packets = self.packets()
        packets.take(self.wire, 4)
        packets.take(self.wire, 9)
        times = [item.message.received_at for item in self.got]
        self.assertEqual([item.message.payload for item in self.got], [b"%d" % number for number in range(9)])
        self.assertEqual(times, sorted(set(times)))

    def test_properties_are_passed_over(self):
        self.send(publish("a", b"x", properties=b"") + publish("b", b"y", qos=0, properties=b"p" * 200))
        self.packets(version_5=True).take(self.wire, 9)
        self.assertEqual([item.message.payload for item in self.got], [b"x", b"y"])

    def test_in_pieces(self):
        whole = publish("a/b", b"x" * 300) + publish("c", b"y")
        packets = self.packets()
        for byte in range(len(whole)):
            self.send(whole[byte : byte + 1])
            self.assertEqual(packets.take(self.wire, 9), 0)
            self.assertFalse(self.wire.readable)
        self.assertEqual([item.message.payload for item in self.got], [b"x" * 300, b"y"])

    def test_what_is_no_message_is_left_to_the_library(self):
        self.send(publish("a", b"x") + PINGRESP + publish("b", b"y", qos=3) + publish("c", b"z"))
        packets = self.packets()
        self.assertEqual(packets.take(self.wire, 9), len(PINGRESP))
        self.wire.grant(len(PINGRESP))
        self.assertEqual(self.wire.recv(9), PINGRESP)
        self.assertEqual(packets.take(self.wire, 9), len(publish("b", b"y", qos=3)))
        self.assertEqual(len(self.got), 1)

    def test_qos_2_is_acknowledged_in_two_steps(self):
        """A session that another program began under our client id can still have such messages."""
        self.send(publish("a", b"x", qos=2, mid=515))
        packets = self.packets()
        self.assertEqual(packets.take(self.wire, 9), 0)
        self.assertEqual([(item.qos, item.mid) for item in self.got], [(2, 515)])
        self.assertEqual(packets.twofold, {515})
        self.send(b"\x62\x02\x02\x03")
        self.assertEqual(packets.take(self.wire, 9), 0)
        self.wire.flush()
        self.assertEqual(self.far.recv(9), b"\x70\x02\x02\x03")
        self.assertFalse(packets.twofold)

    def test_so_many_at_most(self):
        self.send(publish("a", b"x") * 5)
        packets = self.packets()
        self.assertEqual((packets.take(self.wire, 3), packets.delivered), (0, 3))
        self.assertTrue(self.wire.readable)

    def test_what_is_malformed_is_left_to_the_library(self):
        for broken in (
            b"\x32\x03\x00\x09a",
            b"\x32\x00",
            b"\x30\xff\xff\xff\xff\xff",
            b"\x30\x07\x00\x01a\xff\xff\xff\xff",
            publish("a", b"", properties=b"")[:-1] + b"\x7f",
        ):
            with self.subTest(broken=broken):
                self.setUp()
                self.send(broken)
                self.assertGreater(self.packets(version_5=True).take(self.wire, 9), 0)
                self.assertFalse(self.got)

    def test_each_has_a_time_of_its_own(self):
        """Two messages of one value are two readings."""
        self.send(publish("a", b"x") * 50)
        self.packets().take(self.wire, 50)
        self.assertGreater(len({item.message.received_at for item in self.got}), 25)

    def test_a_topic_that_is_no_text(self):
        self.send(b"\x30\x04\x00\x01\xffx")
        self.packets().take(self.wire, 9)
        self.assertEqual(self.got[0].message.topic, "(not UTF-8)")
