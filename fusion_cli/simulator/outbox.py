"""Readings that wait to be sent, in their order, bounded."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import islice

from .line import Reading

LIMIT = 20_000
"""The whole history, or four hours of the live line."""


class Outbox:
    """A queue that gives up its oldest readings when it is full."""

    def __init__(self, limit: int = LIMIT) -> None:
        self.lost = 0
        self._waiting: deque[Reading] = deque(maxlen=limit)

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, readings: Iterable[Reading]) -> None:
        """Append readings; `lost` counts those that had to go for them."""
        for reading in readings:
            self.lost += len(self._waiting) == self._waiting.maxlen
            self._waiting.append(reading)

    def first(self, count: int) -> list[Reading]:
        """The oldest readings, which stay until `settle()`."""
        return list(islice(self._waiting, count))

    def settle(self, count: int) -> None:
        """Forget the oldest readings: the server has them, or will never take them."""
        for _ in range(count):
            self._waiting.popleft()
