"""Readings that are in memory only, while the disk does not take them."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from .sample import Sample
from .waiting import Waiting


class Memory:
    """A bounded queue. When it is full it takes nothing more: what is past cannot be measured again."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._items: dict[int, Waiting] = {}
        self._next = -1

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Waiting]:
        return iter(list(self._items.values()))

    def put(self, sample: Sample) -> bool:
        """Append a reading; False where there is no room."""
        if len(self._items) >= self._limit:
            return False
        self._items[self._next] = Waiting(self._next, sample)
        self._next -= 1
        return True

    def remove(self, keys: Collection[int]) -> None:
        """Forget readings."""
        for key in keys:
            self._items.pop(key, None)
