"""From "so long after the start of the kernel" to a calendar time, once that is known."""

from __future__ import annotations

import logging
import threading

from .clock import Clock
from .sample import Moment

_logger = logging.getLogger(__name__)

STEP_MS = 250
"""A clock that moved by more than this was set; less is the noise of reading two clocks."""
SAID_STEP_MS = 2_000
AGREEMENT_MS = 30_000
"""So close to the server's clock a clock counts as right; the server's answer tells whole seconds."""


class Timekeeper:
    """Knows the offset between the time since boot and the calendar, and whether it can be relied on.

    It can while the kernel says that its clock is kept right, or while the clock is where it was when it agreed with
    the server's. `anyway` takes the system's clock as it is. May be used by several threads.
    """

    def __init__(self, clock: Clock, *, anyway: bool = False) -> None:
        self._clock = clock
        self._anyway = anyway
        self._lock = threading.Lock()
        self._offset: int | None = None
        self._agreed: int | None = None

    def moment(self) -> Moment:
        """Now, by the clocks of this device."""
        return self._clock.moment()

    def offset(self) -> int | None:
        """Milliseconds since 1970 at which this kernel started; None while the clock cannot be relied on.

        It stays exactly the same until the clock is set.
        """
        with self._lock:
            now = self._clock.moment()
            current = now.wall_ms - now.up_ms
            if not self._reliable(current):
                return None
            before = self._offset
            if before is None or abs(current - before) > STEP_MS:
                self._offset = current
                if before is not None and abs(current - before) > SAID_STEP_MS:
                    _logger.warning("The clock was set by %+.1f s.", (current - before) / 1000)
            return self._offset

    def heard(self, server_ms: int) -> int:
        """Take note of the server's time; returns how far the clock of this device is ahead of it, in ms."""
        with self._lock:
            now = self._clock.moment()
            ahead = now.wall_ms - server_ms
            if abs(ahead) <= AGREEMENT_MS:
                self._agreed = now.wall_ms - now.up_ms
            return ahead

    def agrees(self) -> bool:
        """Whether the clock is where it was when it last agreed with the server's."""
        with self._lock:
            now = self._clock.moment()
            return self._agrees(now.wall_ms - now.up_ms)

    def _reliable(self, current: int) -> bool:
        return self._anyway or self._clock.synchronised() or self._agrees(current)

    def _agrees(self, current: int) -> bool:
        return self._agreed is not None and abs(current - self._agreed) <= SAID_STEP_MS
