"""Many topic filters at once, as a tree of their levels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class TopicTree(Generic[T]):
    """Topic filters with a value each; also one level of them, with everything below it.

    Looking a topic or a filter up follows two branches at most per level, the level itself and ``+``, however many
    filters there are. Filters and topics that begin with ``$`` are covered only by filters that do.
    """

    __slots__ = ("_below", "_ending", "_open")

    def __init__(self) -> None:
        self._below: dict[str, TopicTree[T]] = {}
        self._ending: list[T] = []
        """Values of the filters that end with this level."""
        self._open: list[T] = []
        """Values of the filters that have ``#`` below this level."""

    @property
    def first_levels(self) -> frozenset[str] | None:
        """The first levels of all topics that are covered; ``None`` where a wildcard covers any."""
        return None if self._open or "+" in self._below else frozenset(self._below)

    def add(self, topic_filter: str, value: T) -> None:
        """Put a filter in."""
        levels, is_open = _split(topic_filter)
        node = self
        for level in levels:
            node = node._below.setdefault(level, TopicTree())
        (node._open if is_open else node._ending).append(value)

    def matching(self, topic: str) -> Iterator[T]:
        """Values of the filters that cover a topic, in no particular order."""
        levels = topic.split("/")
        for node, depth, _exact in self._walk(levels):
            yield from node._open
            if depth == len(levels):
                yield from node._ending

    def covers(self, topic_filter: str) -> bool:
        """Whether another filter covers all topics of this one, which may be in the tree as well."""
        levels, is_open = _split(topic_filter)
        for node, depth, exact in self._walk(levels):
            at_end = depth == len(levels)
            # At the end of the path that spells the filter out stands the filter itself.
            if node._open and not (at_end and exact and is_open):
                return True
            if node._ending and at_end and not (exact or is_open):
                return True
        return False

    def _walk(self, levels: list[str]) -> Iterator[tuple[TopicTree[T], int, bool]]:
        """The nodes on the way down, each with its depth, and whether its path has exactly these levels."""
        paths = [(self, 0, True)]
        if levels and levels[0].startswith("$"):
            below = self._below.get(levels[0])
            paths = [] if below is None else [(below, 1, True)]
        while paths:
            node, depth, exact = paths.pop()
            yield node, depth, exact
            if depth == len(levels):
                continue
            level = levels[depth]
            if (below := node._below.get(level)) is not None:
                paths.append((below, depth + 1, exact))
            if level != "+" and (below := node._below.get("+")) is not None:
                paths.append((below, depth + 1, False))


def _split(topic_filter: str) -> tuple[list[str], bool]:
    """The levels of a filter, and whether ``#`` follows them."""
    levels = topic_filter.split("/")
    if levels[-1] == "#":
        return levels[:-1], True
    return levels, False
