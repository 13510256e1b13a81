"""What several companies can have under one and the same name.

A serial, an identifier: whoever types it in first must not take it away from another company.
"""

from collections.abc import Hashable, Iterable, Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Owned(Generic[Item]):
    """Items by key, each of one company, or of all (``None``).

    A report of a company is about its own item, else about one of all. A report that is of no company is about the
    only item there is; where several companies have one, it is anyone's guess, and none is meant.
    """

    __slots__ = ("_items",)

    def __init__(self, items: Iterable[tuple[Hashable, int | None, Item]] = ()) -> None:
        """:param items: ``(key, company id, item)``; at most one of a key and company"""
        self._items: dict[Hashable, dict[int | None, Item]] = {}
        for key, company, item in items:
            self.add(key, company, item)

    def __iter__(self) -> Iterator[Item]:
        return (item for items in self._items.values() for item in items.values())

    def __bool__(self) -> bool:
        return bool(self._items)

    def add(self, key: Hashable, company: int | None, item: Item) -> None:
        """Keep ``item`` of ``company`` under ``key``."""
        self._items.setdefault(key, {})[company] = item

    def find(self, key: Hashable, company: int | None) -> Item | None:
        """What a report of ``company`` under this key is about."""
        found = self.candidates(key, company)
        return found[0] if len(found) == 1 else None

    def candidates(self, key: Hashable, company: int | None) -> list[Item]:
        """All that a report of ``company`` under this key can be about: several only where it is of no company."""
        items = self._items.get(key)
        if items is None:
            return []
        if company is None:
            return list(items.values())
        item = items.get(company, items.get(None))
        return [] if item is None else [item]
