"""A broker of one client, which does what brokers of some makes do and Mosquitto does not."""

from __future__ import annotations

import socket
import struct
import threading
from collections import deque
from contextlib import suppress

from fusion_cli.ledger.wire import CONNACK, CONNECT, PUBACK, PUBLISH, _length, _measure, _text

SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP = 0x80, 0x90, 0xA0, 0xB0, 0xC0, 0xD0
VERSION_AT = 6
"""Where the level of the protocol stands in a CONNECT (section 3.1.2)."""


class Peer:
    """Speaks MQTT 3.1.1 at a port of the loopback address; `backlog` is what it has kept for its client.

    :param window: messages under way at once; ejabberd has one of what it kept
    :param flagged: it marks what it kept as retained, as amqtt does
    :ivar acknowledged: messages of the backlog that the client has acknowledged
    :ivar refused: clients with another version, whose connection it closed without a word
    """

    def __init__(self, backlog: list[tuple[str, bytes]], window: int = 1, *, flagged: bool = False) -> None:
        self._backlog = deque(enumerate(backlog, 1))
        self._window, self._flagged = window, flagged
        self.acknowledged = self.refused = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, name="peer", daemon=True).start()

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *_error: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _address = self._listener.accept()
                with client, suppress(OSError):
                    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    self._serve(client)

    def _serve(self, client: socket.socket) -> None:
        read = bytearray()
        under_way = 0
        while data := client.recv(65_536):
            read += data
            while (found := _measure(read)) is not None:
                start, end = found
                head, body = read[0] & 0xF0, bytes(read[start:end])
                del read[:end]
                if head == CONNECT and body[VERSION_AT] != 4:
                    self.refused += 1
                    return
                if head == PUBACK:
                    under_way -= 1
                    self.acknowledged += 1
                under_way += self._answer(client, head, body, self._window - under_way)

    def _answer(self, client: socket.socket, head: int, body: bytes, room: int) -> int:
        """Answer a packet; what was kept goes out once there is a subscription. How many messages that were."""
        if head == CONNECT:
            client.sendall(bytes([CONNACK, 2, 1, 0]))
        elif head == SUBSCRIBE:
            count = sum(1 for _ in _filters(body[2:]))
            client.sendall(bytes([SUBACK]) + _length(2 + count) + body[:2] + b"\1" * count)
        elif head == UNSUBSCRIBE:
            client.sendall(bytes([UNSUBACK, 2]) + body[:2])
        elif head == PINGREQ:
            client.sendall(bytes([PINGRESP, 0]))
        if head not in (SUBSCRIBE, PUBACK):
            return 0
        sent = 0
        while self._backlog and sent < room:
            mid, (topic, payload) = self._backlog.popleft()
            packet = _text(topic) + struct.pack(">H", mid) + payload
            client.sendall(bytes([PUBLISH | 2 | self._flagged]) + _length(len(packet)) + packet)
            sent += 1
        return sent


def _filters(body: bytes):
    while body:
        end = 2 + struct.unpack_from(">H", body)[0]
        yield body[2:end]
        body = body[end + 1 :]
