"""The probe agent with a bus and a clock of the test's: `python3 agent_process.py ORDERS EPOCH PROBES ARGUMENT...`.

ORDERS is a JSON file that the test writes: how far the clock is off, whether it is kept right, and which start of the
device this is. A probe's value is the seconds since EPOCH, so that each value occurs once and tells when it was
measured. What is on the disk is written to stdout, a line for each reading.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from fusion_iot_core.onewire import crc8
from fusion_iot_core.probe.agent import Agent
from fusion_iot_core.queue.sample import Moment
from fusion_probe_agent import cli

SCRATCHPAD = bytes.fromhex("72014b467fff0e10")


class Bus:
    """Probes that show the time."""

    def __init__(self, epoch: float, serials: list[str]) -> None:
        self.epoch, self._serials = epoch, serials

    def serials(self) -> list[str]:
        return self._serials

    def read(self, serial: str) -> str:
        crc = crc8(SCRATCHPAD)
        shown = (SCRATCHPAD + bytes((crc,))).hex(" ")
        return f"{shown} : crc={crc:02x} YES\n{shown} t={int((time.time() - self.epoch) * 1000)}\n"


class Clock:
    """The device's, as ordered."""

    def __init__(self, orders: Path) -> None:
        self.orders = orders
        self.started = time.monotonic_ns()

    def _ordered(self) -> dict[str, object]:
        return json.loads(self.orders.read_text())

    def moment(self) -> Moment:
        ordered = self._ordered()
        up_ms = (time.monotonic_ns() - ordered["started_ns"]) // 1_000_000
        return Moment(ordered["boot"], up_ms, time.time_ns() // 1_000_000 + ordered["wrong_ms"])

    def synchronised(self) -> bool:
        return self._ordered()["synchronised"]


class Telling(Agent):
    """Says what it took, as soon as it is kept."""

    def keep(self, samples) -> None:
        super().keep(samples)
        lines = "".join(f"{sample.serial} {sample.value}\n" for sample in samples)
        os.write(1, lines.encode())


if __name__ == "__main__":
    orders, epoch, probes, *arguments = sys.argv[1:]
    cli.Agent = Telling
    sys.exit(cli.main(arguments, bus=Bus(float(epoch), probes.split(",")), clock=Clock(Path(orders))))
