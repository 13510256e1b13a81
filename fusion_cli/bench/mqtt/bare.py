"""A bare paho client: receives at QoS 1 with the options that the runtime uses, and does nothing."""

from __future__ import annotations

import multiprocessing
import time
from dataclasses import dataclass
from multiprocessing import Queue
from multiprocessing.synchronize import Event
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from ..child import leave_stopping_to_parent

CLIENT_ID = "fusion-bench-bare"
SESSION_S = 3_600


@dataclass(frozen=True)
class Received:
    """When the first and the last message came, on the clock of `time.monotonic`, and the processor time of all."""

    first: float
    last: float
    cpu_seconds: float


class BareClient:
    """Receives messages in a process of its own, in paho's own loop, which acknowledges each by itself.

    :param count: how many messages; it ends after them. 0: it only leaves a session with its subscription behind.
    :param resume: it goes on with the session that an earlier one left
    """

    def __init__(
        self, port: int, topic_filter: str, count: int, window: int, *, resume: bool = False
    ) -> None:
        context = multiprocessing.get_context("fork")
        self._ready: Event = context.Event()
        self._queue: Queue[Received] = context.Queue()
        arguments = (port, topic_filter, count, window, resume)
        self._process = context.Process(target=self._run, args=arguments, daemon=True)
        self._process.start()
        if not self._ready.wait(30.0):
            raise AssertionError("The bare client did not reach the broker.")

    def finish(self, timeout: float = 600.0) -> Received:
        """Wait until it has received everything."""
        found = self._queue.get(timeout=timeout)
        self._process.join()
        return found

    def _run(self, port: int, topic_filter: str, count: int, window: int, resume: bool) -> None:
        leave_stopping_to_parent()
        received, first, last = 0, 0.0, 0.0

        def connected(client: Client, *_arguments: Any) -> None:
            client.subscribe(topic_filter, qos=1)

        def subscribed(client: Client, *_arguments: Any) -> None:
            self._ready.set()
            if not count:
                client.disconnect()

        def message(client: Client, _userdata: object, _message: MQTTMessage) -> None:
            nonlocal received, first, last
            received += 1
            if received == 1:
                first = time.monotonic()
                self._ready.set()  # a session that is resumed may have sent all of it before it answers
            if received == count:
                last = time.monotonic()
                client.disconnect()

        client = Client(CallbackAPIVersion.VERSION2, client_id=CLIENT_ID, protocol=MQTTProtocolVersion.MQTTv5)
        client.on_connect, client.on_subscribe, client.on_message = connected, subscribed, message
        properties = Properties(PacketTypes.CONNECT)
        properties.ReceiveMaximum = window
        properties.SessionExpiryInterval = SESSION_S
        client.connect("127.0.0.1", port, clean_start=not resume, properties=properties)
        client.loop_forever()
        self._queue.put(Received(first, last, time.process_time()))
