"""From rows of the log to what a chart draws. No Odoo here.

A slot is one reading, or all readings of one bucket of time: the rest of the code does not care.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

Point = list[int | float | str | None]
"""``[ms, value, quality]``"""
Step = dict[str, int | float | None]
"""``from`` and ``to`` in milliseconds, and the four limits"""

MISSED_INTERVALS = 3
_MARKERS = ("suspect", "bad")


class Limits(NamedTuple):
    """The limits in force; ``None`` is an open side."""

    spec_min: float | None
    spec_max: float | None
    action_min: float | None
    action_max: float | None


class Slot(NamedTuple):
    """What happened between ``first`` and ``last`` (milliseconds, UTC).

    :ivar low: lowest good value, ``None`` when there was none
    :ivar high: highest good value
    :ivar suspect: number of suspect readings, and ``suspect_value`` one of their values
    :ivar bad: number of bad readings, and ``bad_value`` the value of a single one
    :ivar limits: in force at ``first``
    """

    first: int
    last: int
    low: float | None
    high: float | None
    suspect: int
    suspect_value: float | None
    bad: int
    bad_value: float | None
    limits: Limits


class Edge(NamedTuple):
    """The last reading before the span."""

    at: int
    limits: Limits


@dataclass(slots=True)
class Trace:
    """The readings of one sensor within a span.

    :ivar start: start of the span in milliseconds
    :ivar end: end of the span
    :ivar until: end of the span, or now if that is earlier: nothing is missing in the future
    :ivar interval: expected seconds between two readings; 0 or None: nothing is ever missing
    :ivar before: the last reading before the span
    :ivar after: time of the first reading after the span, in milliseconds
    """

    start: int
    end: int
    until: int
    interval: float | None
    before: Edge | None
    after: int | None
    slots: list[Slot] = field(default_factory=list)

    def points(self, max_markers: int | None = None) -> list[Point]:
        """``[ms, value, quality]`` in order of time.

        Good values of a slot give its lowest and its highest. At most ``max_markers`` marks are given
        for suspect readings, and as many for bad ones, spread over the span; without it all are given.
        """
        marked: dict[str, set[int]] = {quality: set() for quality in _MARKERS}
        points: list[Point] = []
        for slot in self.slots:
            at = (slot.first + slot.last) // 2
            if slot.low is not None:
                points.append([at, slot.low, "good"])
                if slot.high != slot.low:
                    points.append([at, slot.high, "good"])
            for quality, count, value in (
                ("suspect", slot.suspect, slot.suspect_value),
                ("bad", slot.bad, slot.bad_value),
            ):
                if not count:
                    continue
                if max_markers:
                    place = (at - self.start) * max_markers // max(1, self.end - self.start)
                    if place in marked[quality]:
                        continue
                    marked[quality].add(place)
                points.append([at, value, quality])
        return points

    def limits(self) -> list[Step]:
        """The limits as they were in force, as steps that follow each other without a hole."""
        steps: list[Step] = []
        changes: Iterable[tuple[int, Limits]] = [(slot.first, slot.limits) for slot in self.slots]
        if self.before:
            changes = [(self.start, self.before.limits), *changes]
        current = None
        for at, limits in changes:
            if limits == current:
                continue
            if steps:
                steps[-1]["to"] = at
            steps.append({"from": at, "to": max(at, self.until), **limits._asdict()})
            current = limits
        return steps

    def gaps(self) -> list[list[int]]:
        """Times without any reading, longer than three times the expected interval."""
        if not self.interval or self.interval <= 0:
            return []
        longest = self.interval * MISSED_INTERVALS * 1000
        gaps = []
        last = self.before.at if self.before else None
        for slot in self.slots:
            if last is not None and slot.first - last > longest:
                gaps.append([max(last, self.start), slot.first])
            last = slot.last
        ends_at = self.until if self.after is None else self.after
        if last is not None and ends_at - last > longest and self.until > last:
            gaps.append([max(last, self.start), min(ends_at, self.until)])
        return [gap for gap in gaps if gap[1] > gap[0]]
