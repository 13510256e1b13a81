"""Which messages are kept for looking at: some, however many there are."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from .reader import Reading

LINES_A_SECOND, ROOM = 100.0, 2_000.0
SHOWN = 16 * 1024
"""Bytes of a payload that are kept of it, at most."""
_TRIM_LINES, _TRIM_BYTES = 1_000, 4 * 1024 * 1024
_MIB = 1024 * 1024


class MessageLog:
    """The log of one connection, with a bound on what is written a second and on what is kept.

    :ivar skipped: lines that were left out so far
    """

    def __init__(
        self, level: str, keep_lines: int, keep_mib: int, clock: Callable[[], float] = time.monotonic
    ):
        self._clock = clock
        self._left, self._at = ROOM, clock()
        self._lines = self._bytes = 0
        self.skipped = 0
        self.use(level, keep_lines, keep_mib)

    def use(self, level: str, keep_lines: int, keep_mib: int) -> None:
        """Take over other settings."""
        self._level = level
        self._trim_lines = max(_TRIM_LINES, keep_lines // 10)
        self._trim_bytes = min(_TRIM_BYTES, max(1, keep_mib * _MIB // 4))

    def choose(self, readings: Sequence[Reading]) -> list[Reading]:
        """Those of a batch that are logged. A message of more than a KiB counts as a line for each."""
        if self._level == "off":
            return []
        wanted = [reading for reading in readings if self._level == "all" or reading.error]
        now = self._clock()
        self._left = min(ROOM, self._left + (now - self._at) * LINES_A_SECOND)
        self._at = now
        chosen = []
        for reading in wanted:
            if self._left <= 0.0:
                break
            self._left -= 1 + min(len(reading.inbound.message.payload), SHOWN) // 1024
            chosen.append(reading)
        self.skipped += len(wanted) - len(chosen)
        return chosen

    def written(self, readings: Sequence[Reading]) -> bool:
        """These are being written; whether the log has to be trimmed with it."""
        self._lines += len(readings)
        self._bytes += sum(min(len(reading.inbound.message.payload), SHOWN) for reading in readings)
        if self._lines < self._trim_lines and self._bytes < self._trim_bytes:
            return False
        self._lines = self._bytes = 0
        return True
