"""A publisher that costs next to nothing: one process, one socket, packets made beforehand.

It stands for a whole shop of devices. A paho client would take as much of the machine as the receiver that is to be
measured, since it makes every packet, and keeps every message until it is acknowledged, in Python. Here the packets
are bytes before the clock starts, hundreds of them go out in one system call, and acknowledgements are only counted.
The protocol is MQTT 3.1.1 (OASIS, sections 3.1 to 3.4): its PUBACK always has four bytes.
"""

from __future__ import annotations

import multiprocessing
import os
import socket
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import Queue
from multiprocessing.synchronize import Event

from ..child import leave_stopping_to_parent

CONNECT, CONNACK_BYTES, PUBLISH_QOS0, PUBLISH_QOS1, PUBACK, PUBACK_BYTES = 0x10, 4, 0x30, 0x32, 0x40, 4
KEEPALIVE_S = 600
WINDOW = 5_000
"""Messages under way at once: more than a broker can take between two looks of this process, fewer than there are
packet identifiers."""
AT_ONCE = 64
MOST_WAITING_S = 120.0

Sent = tuple[str, bytes]
"""Topic and payload."""


@dataclass(frozen=True)
class Published:
    """What became of the messages; all of them were acknowledged. Times are of `time.monotonic`.

    :ivar began: when the first was sent
    :ivar ended: when the last acknowledgement came
    :ivar sent: when each was sent, where they were sent at a pace
    """

    began: float
    ended: float
    sent: list[float]


class Publisher:
    """Publishes messages once, from a process of its own.

    :param pace: messages a second; 0: as fast as the broker takes them
    """

    def __init__(self, port: int, messages: Sequence[Sent], pace: float = 0.0) -> None:
        context = multiprocessing.get_context("fork")
        self._ready: Event = context.Event()
        self._go: Event = context.Event()
        self._queue: Queue[Published | OSError] = context.Queue()
        packets = [packet(topic, payload, number) for number, (topic, payload) in enumerate(messages)]
        self._process = context.Process(target=self._run, args=(port, packets, pace), daemon=True)
        self._process.start()
        if not self._ready.wait(30.0):
            raise AssertionError("The publisher did not reach the broker.")

    def start(self) -> None:
        """Begin to publish; returns at once."""
        self._go.set()

    def finish(self, timeout: float = 600.0) -> Published:
        """Wait until everything is acknowledged."""
        found = self._queue.get(timeout=timeout)
        self._process.join()
        if isinstance(found, OSError):
            raise found
        return found

    def publish(self) -> Published:
        """Start and finish."""
        self.start()
        return self.finish()

    def _run(self, port: int, packets: list[bytes], pace: float) -> None:
        leave_stopping_to_parent()
        try:
            with connected(port, f"fusion-bench-{os.getpid()}") as connection:
                self._ready.set()
                self._go.wait()
                found = _paced(connection, packets, pace) if pace else _fast(connection, packets)
        except OSError as error:
            self._queue.put(error)
        else:
            self._queue.put(found)


def packet(topic: str, payload: bytes, number: int, qos: int = 1) -> bytes:
    """A PUBLISH; at QoS 1 the packet identifier follows from the message's number."""
    identifier = struct.pack(">H", number % 0xFFFF + 1) if qos else b""
    body = _text(topic) + identifier + payload
    return bytes([PUBLISH_QOS1 if qos else PUBLISH_QOS0]) + _length(len(body)) + body


def connected(port: int, client_id: str) -> socket.socket:
    """A connection to the broker at a port of this machine that it has accepted."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=MOST_WAITING_S)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    clean_session = 0x02
    head = _text("MQTT") + bytes([4, clean_session]) + struct.pack(">H", KEEPALIVE_S)
    body = head + _text(client_id)
    connection.sendall(bytes([CONNECT]) + _length(len(body)) + body)
    answer = _receive(connection, CONNACK_BYTES)
    if answer[3]:
        raise ConnectionError(f"the broker refused with code {answer[3]}")
    return connection


def _fast(connection: socket.socket, packets: list[bytes]) -> Published:
    total, sent, acknowledged = len(packets), 0, 0
    began = time.monotonic()
    while acknowledged < total:
        room = min(total, acknowledged + WINDOW) - sent
        if room >= min(AT_ONCE, total - sent) > 0:
            connection.sendall(b"".join(packets[sent : sent + room]))
            sent += room
        acknowledged += _acknowledged(connection)
    return Published(began, time.monotonic(), [])


def _paced(connection: socket.socket, packets: list[bytes], pace: float) -> Published:
    began = time.monotonic()
    times = []
    acknowledged = 0
    for number, one in enumerate(packets):
        time.sleep(max(0.0, began + number / pace - time.monotonic()))
        times.append(time.monotonic())
        connection.sendall(one)
    while acknowledged < len(packets):
        acknowledged += _acknowledged(connection)
    return Published(began, time.monotonic(), times)


def _acknowledged(connection: socket.socket) -> int:
    """Wait for PUBACKs and count them; nothing else is sent to a client without subscriptions."""
    found = connection.recv(65_536)
    if rest := -len(found) % PUBACK_BYTES:
        found += _receive(connection, rest)
    if not found or found[0] != PUBACK:
        raise ConnectionError("the broker closed the connection")
    return len(found) // PUBACK_BYTES


def _receive(connection: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        if not (part := connection.recv(count - len(found))):
            raise ConnectionError("the broker closed the connection")
        found += part
    return found


def _text(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack(">H", len(encoded)) + encoded


def _length(number: int) -> bytes:
    """A variable byte integer (section 2.2.3)."""
    found = bytearray()
    while True:
        number, low = divmod(number, 128)
        found.append(low | (0x80 if number else 0))
        if not number:
            return bytes(found)
