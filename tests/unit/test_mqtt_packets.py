"""Messages as our reader takes them out of a stream, against those that paho reads in the same stream."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from hypothesis import example, given, settings
from hypothesis import strategies as st
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from fusion_cli.ledger.wire import _length as length
from fusion_iot_core.mqtt.link import Link
from fusion_iot_core.mqtt.spec import MqttSpec
from fusion_iot_core.mqtt.trouble import Refused
from fusion_iot_core.mqtt.wire import Wire

PINGRESP = b"\xd0\0"
LONGEST_OF = (0x7F, 0x3FFF, 0x1FFFFF)
"""The longest remaining lengths of one, two and three bytes."""


class Sock:
    """A socket on which these pieces arrive, one a call, and then nothing."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = [piece for piece in pieces if piece]
        self.sent = bytearray()
        self.closed = False

    def recv(self, size: int) -> bytes:
        if not self._pieces:
            raise BlockingIOError
        piece = self._pieces.pop(0)
        if len(piece) > size:
            self._pieces.insert(0, piece[size:])
        return piece[:size]

    def send(self, data: bytes) -> int:
        self.sent += data
        return len(data)

    def fileno(self) -> int:
        return -1

    def setblocking(self, flag: bool) -> None:
        pass

    def close(self) -> None:
        self.closed = True


class Got(NamedTuple):
    topic: str
    payload: bytes
    qos: int
    mid: int
    duplicate: bool
    retained: bool


@dataclass
class Heard:
    """What came out of a stream, and whether it was refused after that."""

    messages: list[Got]
    refused: bool
    sent: bytes = b""


def ours(pieces: Sequence[bytes], version: str) -> Heard:
    """What a `Link` makes of it."""
    heard = Heard([], False)

    def take(inbound) -> None:
        message = inbound.message
        heard.messages.append(
            Got(
                *(message.topic, bytes(message.payload)),
                *(inbound.qos, inbound.mid, inbound.duplicate, message.retained),
            )
        )

    link = Link(MqttSpec(1, "a", "host", 1883, "us", protocol_version=version), take)
    sock = Sock(pieces)
    wire = link._client._sock = Wire(sock)
    try:
        link._read()
        while link.behind:
            link._read()
        link.acknowledge([message.mid for message in heard.messages if message.qos])
        wire.flush()
    except (ConnectionError, Refused):  # the latter for what looks like a refusal of the connection
        heard.refused = True
    finally:
        link.close()
    heard.sent = bytes(sock.sent)
    return heard


def theirs(pieces: Sequence[bytes], version: str) -> Heard:
    """What paho makes of it. A message of QoS 2 counts when its release comes."""
    heard = Heard([], False)
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id="us",
        protocol=MQTTProtocolVersion.MQTTv5 if version == "5" else MQTTProtocolVersion.MQTTv311,
        manual_ack=True,
        reconnect_on_failure=False,
    )

    def take(_client, _userdata, message) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = "(not UTF-8)"
        heard.messages.append(
            Got(
                topic,
                bytes(message.payload),
                message.qos,
                message.mid,
                bool(message.dup),
                bool(message.retain),
            )
        )

    client.on_message = take
    sock = client._sock = Sock(pieces)
    while sock._pieces and not heard.refused:
        heard.refused = client.loop_read() != MQTTErrorCode.MQTT_ERR_SUCCESS
    return heard


def text(value: bytes) -> bytes:
    return struct.pack(">H", len(value)) + value


def publish(topic: bytes, payload: bytes, qos: int, mid: int, flags: int, properties: bytes | None) -> bytes:
    """A PUBLISH packet; one of QoS 2 with its release behind it, as that is when paho hands it over."""
    packet = struct.pack(">H", mid) if qos else b""
    body = text(topic) + packet + (b"" if properties is None else length(len(properties)) + properties)
    head = bytes([0x30 | flags | qos << 1])
    release = b"\x62\x02" + packet if qos == 2 else b""
    return head + length(len(body + payload)) + body + payload + release


PROPERTIES = st.lists(
    st.one_of(
        st.sampled_from([b"\x01\x00", b"\x01\x01"]),
        st.integers(0, 2**32 - 1).map(lambda seconds: b"\x02" + struct.pack(">I", seconds)),
        st.text("ab/", max_size=150).map(lambda value: b"\x03" + text(value.encode())),
        st.integers(1, 2**21).map(lambda number: b"\x0b" + length(number)),
    ),
    max_size=3,
    unique_by=lambda item: item[0],
).map(b"".join)
PAYLOADS = st.one_of(
    st.binary(max_size=40),
    st.builds(
        # Around the lengths at which the remaining length gets a byte more.
        lambda longest, more: b"x" * max(0, longest - 12 + more),
        st.sampled_from(LONGEST_OF[:2]),
        st.integers(0, 16),
    ),
)
TOPICS = st.one_of(st.text("ab/é", min_size=1, max_size=8).map(str.encode), st.binary(min_size=1, max_size=4))


def messages(version: str) -> st.SearchStrategy[bytes]:
    return st.builds(
        publish,
        TOPICS,
        PAYLOADS,
        st.integers(0, 2),
        st.integers(1, 65_535),
        st.sampled_from([0x00, 0x01, 0x08, 0x09]),
        PROPERTIES if version == "5" else st.none(),
    )


VERSIONS = st.sampled_from(["3.1.1", "5"])
STREAMS = VERSIONS.flatmap(
    lambda version: st.tuples(
        st.just(version), st.lists(st.one_of(messages(version), st.just(PINGRESP)), max_size=6).map(b"".join)
    )
)


def cut(stream: bytes, at: Iterable[int]) -> list[bytes]:
    places = [0, *sorted({place % (len(stream) + 1) for place in at}), len(stream)]
    return [stream[start:end] for start, end in pairwise(places)]


@given(STREAMS, st.lists(st.integers(0, 10**6), max_size=8))
@settings(max_examples=150)
def test_what_is_sent_is_heard(sent, at):
    version, stream = sent
    mine, paho = ours(cut(stream, at), version), theirs([stream], version)
    assert not paho.refused
    assert not mine.refused
    assert mine.messages == paho.messages


@given(STREAMS)
@settings(max_examples=25)
def test_byte_by_byte(sent):
    version, stream = sent
    stream = stream[:3_000]
    mine = ours([stream[place : place + 1] for place in range(len(stream))], version)
    assert mine == ours([stream], version)
    assert mine.messages == theirs([stream], version).messages


def test_remaining_lengths_of_one_to_four_bytes():
    for longest in LONGEST_OF:
        for size in (longest, longest + 1):
            for properties, version in ((None, "3.1.1"), (b"", "5")):
                shorter = 2 + 1 + 2 + (properties is not None)
                stream = publish(b"a", b"x" * (size - shorter), 1, 7, 0, properties)
                assert len(length(size)) == LONGEST_OF.index(longest) + (1 if size == longest else 2)
                stream += publish(b"b", b"y", 0, 0, 0, properties)
                mine = ours(cut(stream, [1, 2, 3, 4, 5, 6, len(stream) - 3]), version)
                assert [(got.topic, len(got.payload)) for got in mine.messages] == [
                    ("a", size - shorter),
                    ("b", 1),
                ]


@given(
    STREAMS,
    st.lists(
        st.tuples(st.integers(0, 10**6), st.sampled_from(["set", "insert", "delete"]), st.integers(0, 255)),
        min_size=1,
        max_size=4,
    ),
    st.lists(st.integers(0, 10**6), max_size=4),
)
@example(("5", b"\x30\x07\x00\x01a\xff\xff\xff\xff"), [(0, "set", 0x30)], [])  # properties without an end
@example(("3.1.1", b"\x30\xff\xff\xff\xff"), [(0, "set", 0x30)], [])  # a length that goes on
@example(("3.1.1", b"\x30\xff\xff\xff\xff\x30\x04\x00\x01ax"), [(0, "set", 0x30)], [5])
@example(("3.1.1", b"\x30\x03\x00\x00x"), [(0, "set", 0x30)], [])  # no topic
@example(("3.1.1", b"\x36\x05\x00\x01a\x00\x01"), [(0, "set", 0x36)], [])  # QoS 3
@example(("3.1.1", b"\x62\x02\x01\x32"), [(0, "set", 0x20)], [])  # a refusal of the connection
@example(("3.1.1", b"\x60\x03\x00\x01a"), [(0, "set", 0x60)], [])  # a release with something behind it
@settings(max_examples=300)
def test_what_is_malformed_is_refused_where_the_library_refuses_it(sent, changes, at):
    version, stream = sent
    changed = bytearray(stream)
    for place, how, value in changes:
        where = place % (len(changed) + 1)
        changed[where : where + (how != "insert")] = b"" if how == "delete" else bytes([value])
    stream = bytes(changed)
    mine, paho = ours(cut(stream, at), version), theirs([stream], version)
    known = [got for got in mine.messages if got.qos < 2]
    expected = [got for got in paho.messages if got.qos < 2]
    if version == "5":
        # What properties say is not looked at: a message with senseless ones is taken.
        assert known[: len(expected)] == expected
        assert paho.refused or known == expected
    else:
        assert known == expected
        assert mine.refused == paho.refused


def test_acknowledgement_of_qos_2_has_two_steps():
    stream = publish(b"a", b"x", 2, 515, 0, None) + publish(b"b", b"y", 1, 516, 0, None)
    at = len(stream) - len(publish(b"b", b"y", 1, 516, 0, None)) - 4
    mine = ours([stream[:at] + stream[at + 4 :]], "3.1.1")
    assert [got.qos for got in mine.messages] == [2, 1]
    assert mine.sent.startswith(b"\x50\x02\x02\x03\x40\x02\x02\x04")
    assert ours([stream[at : at + 4]], "3.1.1").sent.startswith(b"\x70\x02\x02\x03")
