"""One MQTT 5 connection of a publisher, packet by packet: what is sent, and how often, is the test's decision."""

from __future__ import annotations

import select
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress

from ..testing.pace import patient

CONNECT, CONNACK, PUBLISH, PUBACK, PINGREQ, DISCONNECT = 0x10, 0x20, 0x30, 0x40, 0xC0, 0xE0
NOBODY_SUBSCRIBED = 0x10
KEEPALIVE_S = 60


class Wire:
    """A connection that is there when the constructor returns. Methods raise ``OSError`` when it is gone."""

    def __init__(self, port: int, client_id: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=patient(5))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._read = bytearray()
        head = _text("MQTT") + bytes([5, 0x02]) + struct.pack(">H", KEEPALIVE_S) + b"\0"
        self._send(CONNECT, head + _text(client_id))
        kind, body = self._packet()
        if kind != CONNACK or body[1]:
            raise ConnectionError(f"the broker refused: packet {kind:#x}, {bytes(body[:2])!r}")

    def publish(
        self, mid: int, topic: str, payload: bytes, *, retain: bool = False, duplicate: bool = False
    ) -> None:
        """Send a message at QoS 1, or at QoS 0 where ``mid`` is 0."""
        flags = (0x08 if duplicate else 0) | (0x02 if mid else 0) | (0x01 if retain else 0)
        identifier = struct.pack(">H", mid) if mid else b""
        self._send(PUBLISH | flags, _text(topic) + identifier + b"\0" + payload)

    def acknowledgements(self, seconds: float) -> Iterator[tuple[int, int]]:
        """The packet identifiers and reason codes of the PUBACKs that come within so many seconds, or are here."""
        if not self._whole() and not select.select([self._socket], [], [], seconds)[0]:
            return
        if not self._whole():
            self._receive()
        while self._whole():
            kind, body = self._packet()
            if kind == DISCONNECT:
                raise ConnectionError("the broker said goodbye")
            if kind == PUBACK:
                yield struct.unpack_from(">H", body)[0], body[2] if len(body) > 2 else 0

    def ping(self) -> None:
        """Tell the broker that we are there."""
        self._send(PINGREQ, b"")

    def close(self, *, goodbye: bool = True) -> None:
        """End it; without a goodbye, as somebody who lost power does."""
        with suppress(OSError):
            if goodbye:
                self._send(DISCONNECT, b"")
        self._socket.close()

    def _send(self, head: int, body: bytes) -> None:
        self._socket.sendall(bytes([head]) + _length(len(body)) + body)

    def _receive(self) -> None:
        data = self._socket.recv(65536)
        if not data:
            raise ConnectionError("the broker closed the connection")
        self._read += data

    def _whole(self) -> bool:
        return _measure(self._read) is not None

    def _packet(self) -> tuple[int, bytearray]:
        while (found := _measure(self._read)) is None:
            self._receive()
        start, end = found
        head, body = self._read[0] & 0xF0, self._read[start:end]
        del self._read[:end]
        return head, body


def _text(value: str) -> bytes:
    encoded = value.encode()
    return struct.pack(">H", len(encoded)) + encoded


def _length(number: int) -> bytes:
    """A variable byte integer (MQTT 5.0, section 1.5.5)."""
    encoded = bytearray()
    while True:
        number, low = divmod(number, 128)
        encoded.append(low | (0x80 if number else 0))
        if not number:
            return bytes(encoded)


def _measure(data: bytearray) -> tuple[int, int] | None:
    """Where the body of the first packet begins and ends; None while it is not here whole."""
    length, shift = 0, 0
    for position in range(1, min(len(data), 5)):
        length |= (data[position] & 0x7F) << shift
        shift += 7
        if not data[position] & 0x80:
            end = position + 1 + length
            return (position + 1, end) if len(data) >= end else None
    return None
