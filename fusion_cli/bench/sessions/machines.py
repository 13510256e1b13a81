"""A thousand machines behind Shelly relays: their records, and what the relays publish."""

from __future__ import annotations

import itertools
import json

from ...stack import Stack
from ..mqtt.publisher import Sent
from ..records import Records

MACHINES = 1_000
CREATED_AT_ONCE = 200
STANDBY_W, WORKING_W = 20.0, 100.0
"""Thresholds of all of them."""
RESTING_W, WORK_W = 50.0, 400.0
"""What they draw; besides, every value differs from the one before."""
CHANGES_A_SECOND = 10
"""How many of them come to work in each second, so that each does once."""

_RUNNING = "SELECT count(*) FROM mqtt_session WHERE status = 'running' AND device_id IN ({devices})"


class Machines(Records):
    """The records in the database, on a connection of their own, which is up after the constructor."""

    def __init__(self, stack: Stack) -> None:
        if stack.broker is None:
            raise AssertionError("The stack has no broker.")
        super().__init__(stack)
        self.port = stack.broker.port
        values = {"name": "Bench workshop", "host": "127.0.0.1", "port": self.port, "discovery": False}
        (self.connection,) = self.create("mqtt.connection", [dict(values)])
        numbers = range(MACHINES)
        for first in range(0, MACHINES, CREATED_AT_ONCE):
            chunk = numbers[first : first + CREATED_AT_ONCE]
            self.create("mqtt.device", [self._machine(number) for number in chunk])
        rows = stack.sql(
            f"SELECT iot_device_id FROM mqtt_device WHERE connection_id = {self.connection} ORDER BY id"
        )
        self.devices = [int(device) for (device,) in rows]
        self.call("mqtt.connection", "action_start", [self.connection])
        self.wait_for_connection(self.connection, "connected")

    def running(self) -> int:
        """How many sessions of theirs are running."""
        devices = ",".join(map(str, self.devices))
        return int(self.stack.sql(_RUNNING.format(devices=devices))[0][0])

    def flush_s(self) -> float:
        """How often the server writes what running sessions amount to, in seconds."""
        found = self.call("res.config.settings", "default_get", ["session_flush_s"])
        assert isinstance(found, dict)
        return float(found["session_flush_s"])

    def _machine(self, number: int) -> dict[str, object]:
        return {
            "name": f"Bench machine {number}",
            "device_id": name_of(number),
            "connection_id": self.connection,
            "topic_pattern": f"{name_of(number)}/events/rpc",
            "parser_type": "shelly_gen2",
            "expected_interval": 60,
            "session_strategy": "power_threshold",
            "standby_threshold_w": STANDBY_W,
            "working_threshold_w": WORKING_W,
        }


def name_of(number: int) -> str:
    """The name of a relay at the broker."""
    return f"shellyplus1pm-bench{number:05d}"


def works(number: int, second: int) -> bool:
    """Whether a machine works in this second; before it is in standby."""
    return second > number // CHANGES_A_SECOND


def messages(began: float, seconds: int, warm_up: int) -> list[Sent]:
    """What they publish from `began` (epoch seconds) on, in turn, each once a second.

    Nobody works before `warm_up` seconds are over.
    """
    found = []
    for second, number in itertools.product(range(seconds), range(MACHINES)):
        base = WORK_W if works(number, second - warm_up) else RESTING_W
        at = began + second + number / MACHINES
        found.append(message(number, base + (second + number) % 7, 1000.0 + second / 60, at))
    return found


def message(number: int, power: float, energy: float, at: float) -> Sent:
    """What a Shelly Plus 1PM notifies, some 240 bytes with its topic."""
    name = name_of(number)
    load = {
        "id": 0,
        "apower": round(power, 1),
        "aenergy": {"total": round(energy, 3), "by_minute": [0.0, 0.0, 0.0], "minute_ts": int(at) // 60 * 60},
    }
    frame = {
        "src": name,
        "dst": f"{name}/events",
        "method": "NotifyStatus",
        "params": {"ts": round(at, 2), "switch:0": load},
    }
    return f"{name}/events/rpc", json.dumps(frame, separators=(",", ":")).encode()
