"""How much the engine hears, and how late. No Odoo here."""

from __future__ import annotations

import time
from collections import deque

OVER_S = 10.0


class Meter:
    """Messages per second and the longest lag, over the last ten seconds."""

    def __init__(self) -> None:
        self.messages = 0
        self._recent: deque[tuple[float, int, float]] = deque()

    def heard(self, messages: int, lag: float) -> None:
        """So many messages were worked off just now."""
        self.messages += messages
        self._recent.append((time.monotonic(), messages, lag))
        while self._recent[0][0] < time.monotonic() - OVER_S:
            self._recent.popleft()

    def figures(self) -> tuple[float, float]:
        """Rate and lag, in messages per second and seconds."""
        horizon = time.monotonic() - OVER_S
        recent = [entry for entry in self._recent.copy() if entry[0] >= horizon]
        return sum(count for _, count, _ in recent) / OVER_S, max((lag for *_, lag in recent), default=0.0)
