"""Whose message it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..protocol import normalise_serial
from ..protocol.parsers import DeviceInfo, Parsed
from ..protocol.parsers.home_assistant import DESCRIPTIONS
from ..protocol.topic_tree import TopicTree
from ..protocol.topics import literal_levels, spells
from .route import Route

_DESCRIBED = frozenset(("esphome", "openbeken"))
_CACHED, _LONGEST_CACHED = 50_000, 256


class Router:
    """Finds the registered device of a message among any number of topic patterns.

    A pattern like ``tele/+/SENSOR`` covers the topics of many devices: it claims a message only for the device that
    the message names. A pattern that spells the device's name out claims what it covers. Of several, the device that
    is named wins, then the pattern with more levels spelled out.
    """

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes = tuple(routes)
        self._tree: TopicTree[Route] = TopicTree()
        self._cache: dict[str, tuple[Route, ...]] = {}
        for route in self.routes:
            self._tree.add(route.topic_pattern, route)
        firsts = self._tree.first_levels
        self._firsts = (
            None if firsts is None else frozenset(level.encode("utf-8", "surrogatepass") for level in firsts)
        )

    @property
    def filters(self) -> tuple[str, ...]:
        """The topic patterns of all devices."""
        return tuple(route.topic_pattern for route in self.routes)

    @property
    def descriptions(self) -> tuple[str, ...]:
        """Topic filters of what devices say elsewhere of the units of their bare values; none where no device does."""
        return DESCRIPTIONS if any(route.parser in _DESCRIBED for route in self.routes) else ()

    def may_claim(self, topic: bytes) -> bool:
        """Whether a device's pattern can cover a topic, told by its first level alone."""
        return self._firsts is None or topic.split(b"/", 1)[0] in self._firsts

    def candidates(self, topic: str) -> tuple[Route, ...]:
        """The devices whose pattern covers a topic, the most specific first."""
        found = self._cache.get(topic)
        if found is None:
            found = tuple(
                sorted(
                    self._tree.matching(topic),
                    key=lambda route: (-literal_levels(route.topic_pattern), route.id),
                )
            )
            if len(self._cache) >= _CACHED:
                self._cache.clear()
            if len(topic) <= _LONGEST_CACHED:
                self._cache[topic] = found
        return found

    def claim(self, candidates: Iterable[Route], parsed: Parsed) -> Route | None:
        """The device that a message belongs to, given what was read in it."""
        named = parsed.device.casefold()
        names = {named, normalise_serial(named), *_aliases(parsed)} - {""}
        claimed = None
        for route in candidates:
            if route.identifier.casefold() in names:
                return route
            if claimed is None and (not parsed.device or spells(route.topic_pattern, parsed.device)):
                claimed = route
        return claimed


def _aliases(parsed: Parsed) -> Iterator[str]:
    for item in parsed.items:
        if isinstance(item, DeviceInfo) and item.alias:
            yield item.alias.casefold()
