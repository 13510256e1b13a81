"""What was measured, and how it compares with its goal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

Pair = TypeVar("Pair")


@dataclass(frozen=True)
class Figure:
    """One line of the table. ``goal`` is a lower bound unless ``at_most``."""

    name: str
    value: float
    unit: str = ""
    goal: float | None = None
    at_most: bool = False

    @property
    def text(self) -> str:
        """The value as people write it."""
        number = (
            f"{self.value:,.2f}"
            if abs(self.value) < 10 and self.value != int(self.value)
            else f"{self.value:,.0f}"
        )
        return f"{number} {self.unit}".strip()

    @property
    def goal_text(self) -> str:
        """The goal, if there is one."""
        return "" if self.goal is None else f"{'<=' if self.at_most else '>='} {self.goal:g}"

    @property
    def verdict(self) -> str:
        """Whether the goal was met."""
        if self.goal is None:
            return ""
        return "met" if (self.value <= self.goal if self.at_most else self.value >= self.goal) else "MISSED"


def median(pairs: Sequence[tuple[float, Pair, Pair]]) -> tuple[float, Pair, Pair]:
    """Of rounds ``(ratio, ours, bare)`` the one with the ratio in the middle."""
    return sorted(pairs, key=lambda pair: pair[0])[len(pairs) // 2]


def within(share: float, values: Sequence[float]) -> float:
    """What this share of the values do not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]
