"""Machines that draw power: on for a while, off for a while."""

from __future__ import annotations

import random
from dataclasses import dataclass

BEGINNING = 1_767_225_600
"""2026-01-01: from then on the meters count."""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A machine that draws `rated` W for `on` seconds, then `standby` W for `off` seconds, for ever.

    Pure: power and energy depend on the time only, so that a counter goes on where it was after a restart.
    """

    rated: float
    on: int
    off: int
    standby: float = 0.0

    def power(self, now: int) -> float:
        """W at a time (epoch seconds), with some noise."""
        noise = random.Random(now).gauss(1.0, 0.01)
        return (self.rated if now % (self.on + self.off) < self.on else self.standby) * noise

    def energy(self, now: int) -> float:
        """Wh drawn so far."""
        cycles, rest = divmod(now, self.on + self.off)
        first, before = divmod(BEGINNING, self.on + self.off)
        return self._since_on(cycles - first, rest) - self._since_on(0, before)

    def _since_on(self, cycles: int, rest: int) -> float:
        on = cycles * self.on + min(rest, self.on)
        off = cycles * self.off + max(rest - self.on, 0)
        return (on * self.rated + off * self.standby) / 3600
