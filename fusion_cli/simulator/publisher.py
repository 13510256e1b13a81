"""Publishing to an MQTT broker, one client for each device as in reality."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from .devices.device import Device, Published
from .line import Reading

QOS = 1
RECONNECT = (1, 8)
"""Seconds between two attempts to reach the broker, at first and at most."""


class Publisher:
    """Lets devices publish at QoS 1, and hear what they are told.

    What happens while the broker is away is lost, as with real devices. They come back by themselves. Nobody takes
    leave of the broker at the end, so that it tells their last will. `log` gets a line when the broker comes or goes,
    in which the devices are `called` something. `users` are their passwords at the broker by name, where it asks for
    one.
    """

    def __init__(
        self,
        host: str,
        port: int,
        devices: Sequence[Device],
        log: Callable[[str], None],
        *,
        called: str = "The devices",
        users: Mapping[str, str] | None = None,
    ) -> None:
        self.serials = frozenset(serial for device in devices for serial in device.serials)
        self._called = called
        self._users = users or {}
        self._log = log
        self._connected: set[str] = set()
        self._telling = Lock()
        self._lines = [(device, self._client(device)) for device in devices]
        for _device, client in self._lines:
            client.connect_async(host, port)
            client.loop_start()

    def send(self, now: int, readings: Sequence[Reading]) -> None:
        """Let every device publish what is due."""
        for device, client in self._lines:
            own = [reading for reading in readings if reading.serial in device.serials]
            messages = device.report(now, own)
            if client.is_connected():
                _publish(client, messages)

    def publish(self, name: str, messages: Sequence[Published]) -> None:
        """Let one device publish something besides, as soon as the broker is there."""
        _publish(next(client for device, client in self._lines if device.name == name), messages)

    def _client(self, device: Device) -> Client:
        client = Client(CallbackAPIVersion.VERSION2, client_id=device.name, clean_session=False)
        client.will_set(device.will.topic, device.will.payload, qos=QOS, retain=True)
        if password := self._users.get(device.name):
            client.username_pw_set(device.name, password)
        client.reconnect_delay_set(*RECONNECT)

        def connected(client: Client, data: Any, flags: Any, reason: Any, properties: Any) -> None:
            if reason.is_failure:
                return
            if device.listens:
                client.subscribe([(topic, QOS) for topic in device.listens])
            client.publish(device.hello.topic, device.hello.payload, qos=QOS, retain=True)
            self._tell(device.name, True)

        def disconnected(client: Client, data: Any, flags: Any, reason: Any, properties: Any) -> None:
            self._tell(device.name, False)

        def told(client: Client, data: Any, message: MQTTMessage) -> None:
            words = message.payload.decode(errors="replace")
            _publish(client, device.hear(int(time.time()), message.topic, words))

        client.on_connect = connected
        client.on_message = told
        client.on_disconnect = disconnected
        return client

    def _tell(self, name: str, connected: bool) -> None:
        """Log the first device that comes and the last one that is gone."""
        with self._telling:
            had = bool(self._connected)
            (self._connected.add if connected else self._connected.discard)(name)
            if had != connected and bool(self._connected) == connected:
                self._log(f"{self._called} {'reach' if connected else 'lost'} the broker.")


def _publish(client: Client, messages: Sequence[Published]) -> None:
    for message in messages:
        client.publish(message.topic, message.payload, qos=QOS, retain=message.retain)
