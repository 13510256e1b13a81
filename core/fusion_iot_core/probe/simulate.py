"""A bus of made-up probes, to try the way to the server without hardware."""

from __future__ import annotations

import math
import random
import struct
import time
from collections.abc import Sequence
from typing import Callable

from ..onewire import crc8

SERIALS = ("28-51b000000001", "28-51b000000002", "28-51b000000003")
PERIOD_S = 600.0


class SimulatedBus:
    """Baths that sway around 80, 60 and 40 °C, …; now and then a byte is garbled, as on a long wire."""

    def __init__(
        self,
        serials: Sequence[str] = SERIALS,
        *,
        errors: float = 0.02,
        seed: int = 1,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._serials = sorted(serials)
        self._errors = errors
        self._random = random.Random(seed)
        self._monotonic = monotonic

    def serials(self) -> list[str]:
        """All of them."""
        return list(self._serials)

    def read(self, serial: str) -> str:
        """What the kernel would write."""
        number = self._serials.index(serial)
        phase = 2 * math.pi * (self._monotonic() / PERIOD_S + number / len(self._serials))
        celsius = 80.0 - 20.0 * (number % 4) + 2.0 * math.sin(phase) + self._random.gauss(0.0, 0.03)
        text = w1_slave(celsius)
        return text.replace("4b", "4c", 1) if self._random.random() < self._errors else text


def w1_slave(celsius: float) -> str:
    """The text of a `w1_slave` file that shows this temperature, in steps of 1/16 °C."""
    steps = round(celsius * 16)
    scratchpad = struct.pack("<h", steps) + bytes((0x4B, 0x46, 0x7F, 0xFF, 0x10 - (steps & 0x0F), 0x10))
    crc = crc8(scratchpad)
    shown = (scratchpad + bytes((crc,))).hex(" ")
    return f"{shown} : crc={crc:02x} YES\n{shown} t={int(steps * 1000 / 16)}\n"
