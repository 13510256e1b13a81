"""What machines of a workshop draw: a program that repeats."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import NamedTuple

from .machine import BEGINNING


class Part(NamedTuple):
    """So many seconds at so many W.

    Power swings by `swing` of it (one standard deviation) and holds for `hold` seconds between two swings.
    """

    seconds: int
    watts: float
    swing: float = 0.01
    hold: int = 1


@dataclass(frozen=True)
class Program:
    """Parts that repeat for ever; `name` gives the noise and where in it the machine is at a time.

    Pure: power and energy depend on the time only, so that a counter goes on where it was after a restart.
    """

    name: str
    parts: tuple[Part, ...]
    _ends: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _offset: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        ends = tuple(accumulate(part.seconds for part in self.parts))
        object.__setattr__(self, "_ends", ends)
        object.__setattr__(self, "_offset", random.Random(self.name).randrange(ends[-1]))

    @property
    def seconds(self) -> int:
        """How long it takes until it repeats."""
        return self._ends[-1]

    def power(self, now: int) -> float:
        """W at a time (epoch seconds)."""
        rest = (now + self._offset) % self.seconds
        part = next(part for part, end in zip(self.parts, self._ends, strict=True) if rest < end)
        noise = random.Random(f"{self.name}:{now // part.hold}").gauss(1.0, part.swing)
        return max(0.0, part.watts * noise)

    def energy(self, now: int) -> float:
        """Wh drawn since the meters began to count, without the swings."""
        return (self._drawn(now) - self._drawn(BEGINNING)) / 3600

    def _drawn(self, now: int) -> float:
        cycles, rest = divmod(now + self._offset, self.seconds)
        whole = sum(part.seconds * part.watts for part in self.parts)
        begun = 0.0
        for part, end in zip(self.parts, self._ends, strict=True):
            begun += part.watts * max(0, min(part.seconds, rest - end + part.seconds))
        return cycles * whole + begun


def again(times: int, *parts: Part) -> Sequence[Part]:
    """The same parts several times."""
    return parts * times


def program(name: str, *parts: Part | Sequence[Part]) -> Program:
    """A program of parts and of sequences of them."""
    flat: list[Part] = []
    for part in parts:
        flat += [part] if isinstance(part, Part) else part
    return Program(name, tuple(flat))
