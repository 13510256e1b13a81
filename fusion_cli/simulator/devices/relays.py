"""Devices whose relays are switched over MQTT, and that answer as their firmware does.

Sources: Shelly's public documentation of the Gen2+ API (RPC Protocol, Switch); Tasmota documentation, pages "MQTT" and
"Commands".
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from ..line import Reading
from .device import MINUTE, Every, Published, compact
from .shelly import Shelly
from .tasmota import Tasmota

ON, OFF = "ON", "OFF"


class ShellyRelay(Shelly):
    """A Shelly Plus 1: answers whoever asks at `<name>/rpc`, and notifies of what has changed."""

    def __init__(self, name: str, address: str) -> None:
        super().__init__(name, address)
        self.listens = (f"{name}/rpc",)
        self.on = True
        self._source = "init"
        self._whole = Every(MINUTE)

    def report(self, now: int, readings: Sequence[Reading]) -> list[Published]:
        """The relay and the device itself, once a minute."""
        if not self._whole.due(now):
            return []
        return [self._status("switch:0", self._switch()), *self._heartbeat(now)]

    def hear(self, now: int, topic: str, payload: str) -> list[Published]:
        """Do what a request says, and answer it. What is no request gets no answer."""
        request = _object(payload)
        asker, method = request.get("src"), request.get("method")
        if not isinstance(asker, str) or not isinstance(method, str):
            return []
        before = self.on
        frame = {"id": request.get("id"), "src": self.name, "dst": asker, **self._answer(method, request)}
        found = [Published(f"{asker}/rpc", compact(frame))]
        if self.on is not before:
            change = {"id": 0, "output": self.on, "source": self._source}
            found += [
                self._notify(now, {"switch:0": change}),
                self._status("switch:0", self._switch()),
            ]
        return found

    def _answer(self, method: str, request: Mapping[str, object]) -> dict[str, object]:
        if method != "Switch.Set":
            return _error(404, f"No handler for {method}")
        given = request.get("params")
        params = given if isinstance(given, dict) else {}
        number, on = params.get("id"), params.get("on")
        if number != 0:
            return _error(-105, f"Argument 'id', value {number} not found!")
        if not isinstance(on, bool):
            return _error(-103, "Missing required argument 'on'!")
        before, self.on, self._source = self.on, on, "MQTT"
        return {"result": {"was_on": before}}

    def _switch(self) -> dict[str, object]:
        return {
            "id": 0,
            "source": self._source,
            "output": self.on,
            "temperature": {"tC": 46.2, "tF": 115.2},
        }


class TasmotaRelays(Tasmota):
    """A device with Tasmota and several relays, which are numbered from 1; `POWER` is the first of them."""

    serials: tuple[str, ...] = ()

    def __init__(self, name: str, count: int) -> None:
        super().__init__(name, "plating")
        self.listens = (f"cmnd/{name}/+",)
        self.states = dict.fromkeys((f"POWER{number}" for number in range(1, count + 1)), ON)
        self._whole = Every(MINUTE)

    def report(self, now: int, readings: Sequence[Reading]) -> list[Published]:
        """STATE with all relays, once a minute."""
        return [self._state(now, self.states)] if self._whole.due(now) else []

    def hear(self, now: int, topic: str, payload: str) -> list[Published]:
        """Do what a command says, and tell how the relay is. Without a word it is told only."""
        command, word = topic.rpartition("/")[2].upper(), payload.strip().upper()
        name = "POWER1" if command == "POWER" else command
        if name not in self.states:
            return [self._stat("RESULT", compact({"Command": "Unknown", "Input": command}))]
        if word == "TOGGLE":
            word = OFF if self.states[name] == ON else ON
        if word in (ON, OFF):
            self.states[name] = word
        state = self.states[name]
        return [self._stat("RESULT", compact({name: state})), self._stat(name, state)]

    def _stat(self, name: str, payload: str) -> Published:
        return Published(f"stat/{self.name}/{name}", payload)


def _object(payload: str) -> dict[str, object]:
    try:
        found = json.loads(payload)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _error(code: int, message: str) -> dict[str, object]:
    return {"error": {"code": code, "message": message}}
