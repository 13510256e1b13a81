"""Saying once what stays as it is."""

from __future__ import annotations

import time
from typing import Callable

AGAIN_S = 600.0


class Saying:
    """Whether something is worth a line in the log: when it is new, and every ten minutes while it lasts."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._last = ""
        self._at = 0.0

    def due(self, text: str) -> bool:
        """Whether to say this now."""
        now = self._monotonic()
        if text == self._last and now - self._at < AGAIN_S:
            return False
        self._last, self._at = text, now
        return True

    def over(self) -> bool:
        """It is over; True where something had been said."""
        said, self._last = bool(self._last), ""
        return said
