"""How much goes through, and how long it takes."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from datetime import datetime, timezone

from .inbound import Inbound

OVER_S = 10.0


class Meter:
    """Counts what was committed; rate and lag are those of the last ten seconds."""

    def __init__(self) -> None:
        self.messages = 0
        self.errors = 0
        self._recent: deque[tuple[float, int, float]] = deque()

    def committed(self, messages: Sequence[Inbound], problems: int) -> None:
        """A batch was committed just now."""
        self.messages += len(messages)
        self.errors += problems
        lag = (datetime.now(timezone.utc) - messages[0].message.received_at).total_seconds()
        self._recent.append((time.monotonic(), len(messages), lag))
        self._forget()

    def figures(self) -> tuple[float, float]:
        """Messages per second and the longest time from receipt to commit, in seconds."""
        self._forget()
        recent = list(self._recent)
        return sum(count for _, count, _ in recent) / OVER_S, max((lag for *_, lag in recent), default=0.0)

    def _forget(self) -> None:
        horizon = time.monotonic() - OVER_S
        while self._recent and self._recent[0][0] < horizon:
            try:
                self._recent.popleft()
            except IndexError:
                return
