"""A reference model of holds, written from what is asked for and not from how it is done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from .probe import HIGH, LOW


@dataclass
class Hold:
    """The one hold of a sensor that nobody decides about.

    `excursions` counts how often the values left the limits; `since` is the first time, `back_at` when they came
    back last, None while they are out. `worst` is the value furthest out.
    """

    excursions: int
    since: datetime
    worst: float
    back_at: datetime | None


def expected_hold(timeline: Iterable[tuple[datetime, float]]) -> Hold | None:
    """What the readings of a sensor, in the order of their times, must have led to."""
    hold: Hold | None = None
    was_out = False
    for at, value in timeline:
        out = not LOW <= value <= HIGH
        if out and hold is None:
            hold = Hold(1, at, value, None)
        elif out and hold is not None:
            hold.excursions += not was_out
            hold.worst = max(hold.worst, value, key=_distance)
            hold.back_at = None
        elif was_out and hold is not None:
            hold.back_at = at
        was_out = out
    return hold


def _distance(value: float) -> float:
    return max(LOW - value, value - HIGH)
