"""Whose message it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..protocol import normalise_serial
from ..protocol.parsers import DeviceInfo, Parsed
from ..protocol.parsers.home_assistant import DESCRIPTIONS
from ..protocol.topics import literal_levels, matches, spells
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
        self._tree: dict = {}
        self._firsts: frozenset[bytes] | None = None
        self._cache: dict[str, tuple[Route, ...]] = {}
        for route in self.routes:
            node = self._tree
            for level in route.topic_pattern.split("/"):
                node = node.setdefault(level, {})
            node.setdefault(None, []).append(route)
        if self._tree.keys().isdisjoint(("+", "#")):
            self._firsts = frozenset(level.encode("utf-8", "surrogatepass") for level in self._tree)

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
            walked = _walk(self._tree, topic.split("/"), 0)
            found = tuple(
                sorted(
                    (route for route in walked if matches(route.topic_pattern, topic)),
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


def _walk(node: dict, levels: list[str], position: int) -> Iterator[Route]:
    if "#" in node:
        yield from node["#"].get(None, ())
    if position == len(levels):
        yield from node.get(None, ())
        return
    for level in {levels[position], "+"} - {"#"}:
        if level in node:
            yield from _walk(node[level], levels, position + 1)


def _aliases(parsed: Parsed) -> Iterator[str]:
    for item in parsed.items:
        if isinstance(item, DeviceInfo) and item.alias:
            yield item.alias.casefold()
