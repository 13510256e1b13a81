"""The clocks of this device."""

from __future__ import annotations

import ctypes
import time
from pathlib import Path
from typing import Protocol

from .sample import Moment

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_TIME_ERROR = 5
_TIMEX_BYTES = 1024
"""More than `struct timex` takes anywhere."""


class Clock(Protocol):
    """What is asked of the clocks."""

    def moment(self) -> Moment:
        """Now."""
        ...

    def synchronised(self) -> bool:
        """Whether something keeps the system's clock right (NTP, PTP, GPS)."""
        ...


class SystemClock:
    """The kernel's clocks. A Raspberry Pi without a battery starts with a wrong one and is set by NTP later."""

    def __init__(self) -> None:
        self._boot = BOOT_ID.read_text(encoding="ascii").strip()
        self._libc = ctypes.CDLL(None, use_errno=True)

    def moment(self) -> Moment:
        """Now."""
        before = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        wall = time.time_ns()
        after = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        return Moment(self._boot, (before + after) // 2_000_000, wall // 1_000_000)

    def synchronised(self) -> bool:
        """What the kernel says: every NTP client tells it (`adjtimex`, flag STA_UNSYNC)."""
        state = int(self._libc.adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES)))
        return 0 <= state != _TIME_ERROR
