"""How much goes through, and how long it takes."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta, timezone

from .inbound import Inbound

OVER_S = 10.0
TOLD_AFTER_S = 60.0


class Meter:
    """Counts what was committed; rate and lag are those of the last ten seconds.

    While one batch after the other is full, the broker holds messages back that came earlier than we can see: what it
    takes from receipt to commit says too little then, and the lag is as long as that has been going on.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.messages = 0
        self.errors = 0
        self._recent: deque[tuple[float, int, float]] = deque()
        self._full_since: float | None = None

    def committed(self, messages: Sequence[Inbound], problems: int, full: bool) -> None:
        """A batch was committed just now; ``full`` where there was no room in it for more."""
        self.messages += len(messages)
        self.errors += problems
        lag = (datetime.now(timezone.utc) - messages[0].message.received_at).total_seconds()
        self._recent.append((self._clock(), len(messages), lag))
        self._forget()
        if not full:
            self._full_since = None
        elif self._full_since is None:
            self._full_since = self._clock()

    def idle(self) -> None:
        """Nothing waits, neither here nor in the network."""
        self._full_since = None

    def figures(self) -> tuple[float, float]:
        """Messages per second and the longest time from receipt to commit, in seconds."""
        self._forget()
        recent = list(self._recent)
        lag = max((lag for *_, lag in recent), default=0.0)
        return sum(count for _, count, _ in recent) / OVER_S, max(lag, self._full_for())

    def full_since(self) -> datetime | None:
        """Since when every batch has been full (naive UTC), once that is a minute."""
        lasts = self._full_for()
        if lasts < TOLD_AFTER_S:
            return None
        return (datetime.now(timezone.utc) - timedelta(seconds=lasts)).replace(tzinfo=None, microsecond=0)

    def _full_for(self) -> float:
        since = self._full_since
        return 0.0 if since is None else self._clock() - since

    def _forget(self) -> None:
        horizon = self._clock() - OVER_S
        with suppress(IndexError):  # two threads do this: the worker's, and the supervisor's for the figures
            while self._recent[0][0] < horizon:
                self._recent.popleft()
