"""Devices that meter a machine and tell when its power changes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence

from ..line import Reading
from ..program import Program
from .device import MINUTE, Deaf, Every, Published

CHANGE = 0.05
"""Share of the power told last by which it has to change to be told at once."""
LEAST_W = 3.0
"""W by which it has to change at least."""


class Metered(Deaf, ABC):
    """A device that looks every second, tells what has changed at once, and everything once a minute."""

    name: str
    will: Published
    hello: Published
    serials: tuple[str, ...] = ()

    def __init__(self, program: Program) -> None:
        self._program = program
        self._whole = Every(MINUTE)
        self._power = 0.0
        self._looked = 0

    def report(self, now: int, readings: Sequence[Reading]) -> list[Published]:
        """What it has to tell of the seconds since the last call; of the last minute at most."""
        since = max(self._looked, now - MINUTE) if self._looked else now - 1
        return [message for look in self._looks(since, now) for message in self._tell(*look)]

    def recall(self, since: int, until: int) -> list[Published]:
        """What it would have told of the power after `since` up to `until`, with its times."""
        return [self._past(*look) for look in self._looks(since, until)]

    def _looks(self, since: int, until: int) -> Iterator[tuple[int, float, bool]]:
        """Second, power and whether everything is due, of all looks after `since` that are worth telling."""
        for second in range(since + 1, until + 1):
            power = round(self._program.power(second), 1)
            whole = self._whole.due(second)
            if whole or abs(power - self._power) > max(LEAST_W, CHANGE * self._power):
                self._power = power
                yield second, power, whole
        self._looked = until

    @abstractmethod
    def _tell(self, now: int, power: float, whole: bool) -> list[Published]:
        """Its messages of one look; `whole` asks for everything it knows."""

    @abstractmethod
    def _past(self, now: int, power: float, whole: bool) -> Published:
        """The message of one look that has the power and its time, and the energy if everything is due."""
