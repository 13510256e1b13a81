"""Relays that answer over MQTT as devices of some makes do."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from fusion_cli.testing.pace import patient

Said = Iterator[tuple[str, str]]
KEPT_S = 3600


def shelly_gen1(relay: Relay, topic: str, payload: str) -> Said:
    """A Shelly Plug S."""
    if topic == f"shellies/{relay.name}/relay/0/command" and payload in ("on", "off"):
        relay.on = payload == "on"
        yield f"shellies/{relay.name}/relay/0", payload


def shelly_gen2(relay: Relay, topic: str, payload: str) -> Said:
    """A Shelly Plus 1PM: answers the request, and notifies of what has changed."""
    if topic != f"{relay.name}/rpc":
        return
    request = json.loads(payload)
    frame = {"id": request["id"], "src": relay.name, "dst": request["src"]}
    index, on = request["params"]["id"], request["params"]["on"]
    if request["method"] != "Switch.Set" or index != 0:
        text = f"Argument 'id', value {index} not found!"
        yield f"{request['src']}/rpc", json.dumps({**frame, "error": {"code": -105, "message": text}})
        return
    before, relay.on = relay.on, on
    yield f"{request['src']}/rpc", json.dumps({**frame, "result": {"was_on": before}})
    if before != on:
        changed = {"ts": 1.5, "switch:0": {"id": 0, "output": on, "source": "MQTT"}}
        notice = {
            "src": relay.name,
            "dst": f"{relay.name}/events",
            "method": "NotifyStatus",
            "params": changed,
        }
        yield f"{relay.name}/events/rpc", json.dumps(notice)


def tasmota(relay: Relay, topic: str, payload: str) -> Said:
    """A plug with Tasmota."""
    command = topic.removeprefix(f"cmnd/{relay.name}/").upper()
    if command in ("POWER", "POWER1"):
        relay.on = payload.upper() == "ON"
        state = payload.upper()
        yield f"stat/{relay.name}/RESULT", json.dumps({"POWER": state})
        yield f"stat/{relay.name}/POWER", state
    else:
        yield f"stat/{relay.name}/RESULT", json.dumps({"Command": "Unknown", "Input": command})


def esphome(relay: Relay, topic: str, payload: str) -> Said:
    """A relay with ESPHome."""
    if topic == f"{relay.name}/switch/pump/command":
        relay.on = payload == "ON"
        yield f"{relay.name}/switch/pump/state", payload


def zigbee2mqtt(relay: Relay, topic: str, payload: str) -> Said:
    """A plug behind Zigbee2MQTT."""
    if topic == f"zigbee2mqtt/{relay.name}/set":
        relay.on = json.loads(payload)["state"] == "ON"
        state = {"state": "ON" if relay.on else "OFF", "linkquality": 120, "power": 0}
        yield f"zigbee2mqtt/{relay.name}", json.dumps(state)


BY_HAND = {
    shelly_gen1: ("shellies/{}/relay/0", "off"),
    shelly_gen2: ("{}/status/switch:0", '{"id": 0, "output": false}'),
    tasmota: ("tele/{}/STATE", '{"POWER": "OFF"}'),
    esphome: ("{}/switch/pump/state", "OFF"),
    zigbee2mqtt: ("zigbee2mqtt/{}", '{"state": "OFF", "linkquality": 120}'),
}
"""What a relay says by itself once it is off."""


class Relay:
    """A relay of one make, with a client of its own; it listens to all of its topics.

    :param silent: it does nothing and says nothing, whatever it is told
    :ivar told: what it was told, in order
    """

    def __init__(
        self,
        port: int,
        name: str,
        make: Callable[[Relay, str, str], Said],
        listens: str,
        *,
        silent: bool = False,
    ) -> None:
        self.name, self.on, self.silent = name, False, silent
        self.told: list[tuple[str, str]] = []
        self._make, self._listens, self._port = make, listens, port
        self._subscribed = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, name, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.on_message = self._hear
        self._client.on_connect = lambda *_: self._client.subscribe(self._listens, 1)
        self._client.on_subscribe = lambda *_: self._subscribed.set()

    def __enter__(self) -> Relay:
        self.connect()
        return self

    def __exit__(self, *_error: object) -> None:
        self.leave()

    def connect(self) -> None:
        """Come, with the session that the broker has kept."""
        self._subscribed.clear()
        properties = Properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = KEPT_S
        self._client.connect("127.0.0.1", self._port, clean_start=False, properties=properties)
        self._client.loop_start()
        assert self._subscribed.wait(patient(10)), f"{self.name} could not subscribe"

    def leave(self) -> None:
        """Go; the broker keeps what comes."""
        self._client.disconnect()
        self._client.loop_stop()

    def says(self, *said: tuple[str, str]) -> None:
        """Say something by itself; returns when the broker has it."""
        for info in [self._client.publish(*each, qos=1) for each in said]:
            info.wait_for_publish(patient(30))

    def is_switched_off_by_hand(self) -> None:
        """Somebody presses the button on it."""
        self.on = False
        topic, payload = BY_HAND[self._make]
        self.says((topic.format(self.name), payload))

    def _hear(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        topic, payload = message.topic, message.payload.decode()
        self.told.append((topic, payload))
        if not self.silent:
            for said in self._make(self, topic, payload):
                self._client.publish(*said, qos=1)
