"""The line as a whole: moves in steps of a few seconds and says what its probes report."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

from .plant import POINTS, Point
from .probe import Reader
from .script import Script
from .solution import Chemistry, Solution
from .tank import Heat, Tank

STEP = 5
"""Seconds of one step."""
SPARSE = 60
"""Seconds between two readings of a probe in the history."""


class Reading(NamedTuple):
    """A value that a probe reports at a time (epoch seconds)."""

    serial: str
    value: float
    at: int


def _source(data: Heat | Chemistry, rng: random.Random) -> Tank | Solution:
    return Tank(data, rng) if isinstance(data, Heat) else Solution(data, rng)


class _Measured:
    def __init__(self, point: Point, index: int, seed: int) -> None:
        rng = random.Random(f"{seed}:{point.serial}")
        self.serial = point.serial
        self.source = _source(point.source, rng)
        self.reader = Reader(point.probe, rng, self.source.value)
        self.interval = point.probe.interval
        self.phase = index * STEP

    def due(self, now: int, interval: int) -> bool:
        return (now - self.phase) % interval == 0


class Line:
    """The line from `start` on (epoch seconds, rounded down to whole steps)."""

    def __init__(self, start: int, script: Script, seed: int = 1, points: Sequence[Point] = POINTS) -> None:
        self.now = start - start % STEP
        self.script = script
        self._measured = [_Measured(point, index, seed) for index, point in enumerate(points)]

    def step(self) -> list[Reading]:
        """Move on by one step; the readings that are sent then.

        Before the moment when the line comes into view a probe sends once a minute, afterwards more often.
        """
        self.now += STEP
        found = []
        for measured in self._measured:
            disturbance = self.script.disturbance(measured.serial, self.now)
            measured.source.step(STEP, disturbance)
            measured.reader.follow(measured.source.value, STEP)
            interval = SPARSE if self.now <= self.script.live else measured.interval
            if measured.due(self.now, interval):
                value = measured.reader.read(disturbance)
                if value is not None:
                    found.append(Reading(measured.serial, value, self.now))
        return found

    def until(self, moment: float) -> list[Reading]:
        """All readings of the steps up to a moment."""
        found = []
        while self.now + STEP <= moment:
            found += self.step()
        return found
