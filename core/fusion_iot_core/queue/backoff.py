"""How long to wait before trying again."""

from __future__ import annotations

import random
from typing import Callable

FIRST_S = 1.0
LONGEST_S = 60.0
LONGEST_ASKED_S = 3600.0


class Backoff:
    """Pauses that double from one second to one minute, each half by chance, so that many devices spread."""

    def __init__(self, chance: Callable[[], float] = random.random) -> None:
        self._chance = chance
        self._pause = 0.0

    def reset(self) -> None:
        """It worked."""
        self._pause = 0.0

    def next(self, asked: float = 0.0) -> float:
        """Seconds to wait now; at least those that the server asked for, within an hour."""
        self._pause = min(self._pause * 2 or FIRST_S, LONGEST_S)
        pause = self._pause * (0.5 + self._chance() / 2)
        asked = min(asked, LONGEST_ASKED_S)
        return max(pause, asked * (1 + self._chance() / 10))
