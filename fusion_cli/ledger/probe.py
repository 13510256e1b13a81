"""Simulated probes: what they publish, in the words of their make, with every value different from all others."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime

LOW, HIGH = 70.0, 90.0
"""Specification limits of every probe's tank."""
IN_SPEC, OUT_OF_SPEC = 71.0, 95.0
STEP = 0.0001
"""Values go up from one of these two by this much, so that each says which message it came with."""
MOST = int((HIGH - IN_SPEC) / STEP)
"""So many messages a probe has: after them, values within the limits would leave them."""


@dataclass(frozen=True)
class Make:
    """How a kind of probe tells its readings.

    `own_time`: messages say when they were measured. `by_serial`: they carry the serial of the probe; otherwise
    the device and its `channel` tell. `source` is what the readings have as theirs.
    """

    name: str
    parser: str
    pattern: str
    channel: str = ""
    own_time: bool = False
    by_serial: bool = False
    source: str = "mqtt"


MAKES = {
    make.name: make
    for make in (
        Make("tasmota", "tasmota", "tele/{device}/#", by_serial=True),
        Make("tasmota-clock", "tasmota", "tele/{device}/#", by_serial=True, own_time=True),
        Make("shelly", "shelly_gen2", "{device}/#", channel="temperature:100", own_time=True),
        Make("plain", "plain", "{device}/+", channel="temperature"),
    )
}
HTTP = Make("http", "", "", own_time=True, by_serial=True, source="http")
"""The one that is no MQTT device."""
WITH_TIME = tuple(make.name for make in MAKES.values() if make.own_time)
WITHOUT_TIME = tuple(make.name for make in MAKES.values() if not make.own_time)


@dataclass(eq=False)
class Probe:
    """One probe with its sensor, and how many messages it has published."""

    make: Make
    device: str
    serial: str
    epoch: datetime
    sensor_id: int = 0
    device_id: int = 0
    count: int = field(default=0, init=False)

    @property
    def topic(self) -> str:
        """Where its readings go."""
        if self.make.parser == "tasmota":
            return f"tele/{self.device}/SENSOR"
        return (
            f"{self.device}/events/rpc" if self.make.parser == "shelly_gen2" else f"{self.device}/temperature"
        )

    def value(self, number: int, out: bool) -> float:
        """The value of its message with this number; no two messages of a probe have the same."""
        assert number < MOST, f"{self.device} has no more values"
        return round((OUT_OF_SPEC if out else IN_SPEC) + number * STEP, 4)

    def payload(self, value: float, at: datetime) -> bytes:
        """A message with this value. Without a clock it prints a time that nobody can use."""
        if self.make.parser == "plain":
            return f"{value:.4f}".encode()
        document: dict[str, object] = {
            "Time": at.strftime("%Y-%m-%dT%H:%M:%S"),
            "DS18B20": {"Id": self.serial.partition("-")[2], "Temperature": value},
            "TempUnit": "C",
        }
        if self.make.parser == "shelly_gen2":
            reading = {"id": 100, "tC": value, "tF": round(value * 1.8 + 32, 4)}
            document = {
                "src": self.device,
                "dst": f"{self.device}/events",
                "method": "NotifyStatus",
                "params": {"ts": at.timestamp(), "temperature:100": reading},
            }
        return json.dumps(document).encode()
