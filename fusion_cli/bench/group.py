"""What a group of measures is, and what it is given."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..stack import Stack
from .figure import Figure

Measure = tuple[str, Callable[[], list[Figure]]]
"""What is measured, for people, and the function that does it."""


@dataclass(frozen=True)
class Bench:
    """A stack that is up, and how much of everything is to be done: 1 is all of it.

    `rounds` and `seed` are those of the ledger; a seed of None: a new one.
    """

    stack: Stack
    scale: float
    rounds: int = 35
    seed: int | None = None

    def share(self, of: int, least: int = 1) -> int:
        """The scale's share of a number."""
        return max(least, round(of * self.scale))


class Group(ABC):
    """Measures that belong together. ``order`` sorts the groups, ``name`` chooses one on the command line.

    One that is ``on_request`` runs only where it is named.
    """

    order: int
    name: str
    on_request: bool = False

    @abstractmethod
    def measures(self, bench: Bench) -> Iterator[Measure]:
        """Get ready, and yield one measure after the other."""
