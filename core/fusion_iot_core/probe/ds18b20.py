"""A DS18B20 as the Linux kernel shows it: what `w1_slave` says, and whether it can be believed.

The kernel's driver `w1_therm` measures when the file is read and answers with two lines::

    72 01 4b 46 7f ff 0e 10 57 : crc=57 YES
    72 01 4b 46 7f ff 0e 10 57 t=23125

The nine bytes are the scratchpad of the probe (data sheet Maxim 19-7487, "Memory"), the last one the CRC of the
eight before it; `t` is in thousandths of a degree Celsius.
"""

from __future__ import annotations

import re
import time
from typing import Callable

from ..onewire import crc8

FAULT = -127.0
"""What readers of DS18B20 report by convention for a probe that does not answer; the server knows it as a fault."""
POWER_ON = 85.0
"""What a probe holds from power-on until its first conversion; also an ordinary temperature of a hot bath."""

ATTEMPTS = 3
MAX_STEP = 5.0
MAX_RATE = 2.0
"""A step larger than `MAX_STEP` °C and faster than `MAX_RATE` °C/s is not believed of the power-on value."""

_ROM_NAME = re.compile(r"28-[0-9a-f]{12}")
_SCRATCHPAD = re.compile(r"((?:[0-9a-f]{2} ){9}): crc=([0-9a-f]{2}) (YES|NO)")
_TEMPERATURE = re.compile(r"(?:[0-9a-f]{2} ){9}t=(-?\d{1,6})")


class ProbeError(Exception):
    """The probe is there and no temperature can be had from it; the message says why."""


class ProbeGone(Exception):
    """The probe is not on the bus any more."""


def is_serial(name: str) -> bool:
    """Whether the name of a folder below `/sys/bus/w1/devices` is that of a DS18B20."""
    return _ROM_NAME.fullmatch(name) is not None


def parse(text: str) -> float:
    """The temperature in °C that a `w1_slave` file tells. Raises `ProbeError` where it tells none."""
    lines = text.splitlines()
    if len(lines) < 2:
        raise ProbeError("no answer")
    first, second = _SCRATCHPAD.fullmatch(lines[0].strip()), _TEMPERATURE.fullmatch(lines[1].strip())
    if first is None or second is None:
        raise ProbeError("not what the kernel writes for a thermometer")
    scratchpad = bytes.fromhex(first.group(1))
    if not any(scratchpad):
        # Zeros have the right CRC: a data line that is held low reads like that, and as 0 °C.
        raise ProbeError("only zeros, as from a short circuit")
    if first.group(3) != "YES":
        raise ProbeError("wrong CRC (by the kernel)")
    if crc8(scratchpad[:8]) != scratchpad[8] or int(first.group(2), 16) != scratchpad[8]:
        raise ProbeError("wrong CRC")
    return int(second.group(1)) / 1000


class Ds18b20:
    """One probe on the bus.

    :param read: gives the text of its `w1_slave`, which takes about a second; raises `OSError` where that fails
        and `ProbeGone` where the probe is not there
    :param monotonic: seconds that never go back
    """

    def __init__(self, read: Callable[[], str], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._monotonic = monotonic
        self._last: tuple[float, float] | None = None

    def measure(self) -> float:
        """Measure, up to three times. Raises `ProbeError` where nothing can be had, or `ProbeGone`.

        85.0 °C as the first value after a gap or an error, or after an impossible step, is measured once more: a probe
        that was just switched on says something else then. What it says again is believed here; the server still
        marks it where it cannot be.
        """
        reason: object = "no answer"
        doubted = False
        for _attempt in range(ATTEMPTS):
            try:
                celsius = parse(self._read())
            except ProbeGone:
                self._last = None
                raise
            except ProbeError as error:
                reason = error
                continue
            except OSError as error:
                reason = error.strerror or error
                continue
            now = self._monotonic()
            if not doubted and self._doubtful(celsius, now):
                doubted = True
                reason = "the value of power-on, and nothing after it"
                continue
            self._last = (celsius, now)
            return celsius
        self._last = None
        raise ProbeError(str(reason))

    def _doubtful(self, celsius: float, now: float) -> bool:
        if celsius != POWER_ON:
            return False
        if self._last is None:
            return True
        before, at = self._last
        step = abs(celsius - before)
        return step > MAX_STEP and step > MAX_RATE * (now - at)
