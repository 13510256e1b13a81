"""Simulated probes: what they publish, in the words of their make, with every value different from all others."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime

LOW, HIGH = 70.0, 90.0
"""Specification limits of every probe's tank."""
IN_SPEC, OUT_OF_SPEC = 71.0, 95.0
STEP = 0.001
"""Values go up from one of these two by this much, so that each says which message it came with."""


@dataclass(frozen=True)
class Make:
    """How a kind of probe publishes.

    `own_time`: messages say when they were measured. `by_serial`: they carry the serial of the probe; otherwise
    the device and its `channel` tell.
    """

    name: str
    parser: str
    pattern: str
    channel: str = ""
    own_time: bool = False
    by_serial: bool = False


MAKES = {
    make.name: make
    for make in (
        Make("tasmota", "tasmota", "tele/{device}/#", by_serial=True),
        Make("tasmota-clock", "tasmota", "tele/{device}/#", by_serial=True, own_time=True),
        Make("shelly", "shelly_gen2", "{device}/#", channel="temperature:100", own_time=True),
        Make("plain", "plain", "{device}/+", channel="temperature"),
    )
}
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
        """The value of its so-manieth message; below 10,000 of them all differ and none is another one's."""
        return round((OUT_OF_SPEC if out else IN_SPEC) + number * STEP, 3)

    def payload(self, value: float, at: datetime) -> bytes:
        """A message with this value. Without a clock it prints a time that nobody can use."""
        if self.make.parser == "plain":
            return f"{value:.3f}".encode()
        document: dict[str, object] = {
            "Time": at.strftime("%Y-%m-%dT%H:%M:%S"),
            "DS18B20": {"Id": self.serial.partition("-")[2], "Temperature": value},
            "TempUnit": "C",
        }
        if self.make.parser == "shelly_gen2":
            reading = {"id": 100, "tC": value, "tF": round(value * 1.8 + 32, 3)}
            document = {
                "src": self.device,
                "dst": f"{self.device}/events",
                "method": "NotifyStatus",
                "params": {"ts": at.timestamp(), "temperature:100": reading},
            }
        return json.dumps(document).encode()
