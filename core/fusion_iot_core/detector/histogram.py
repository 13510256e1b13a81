"""How long a machine drew how much."""

import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from .sample import Message, sense, utc

NOTHING_W = 3.0
"""Up to here power is nothing: a meter's noise, a display."""
BINS_PER_DECADE = 10


class Bin(NamedTuple):
    """For how long power was at least ``low_w`` and below ``high_w``."""

    low_w: float
    high_w: float
    seconds: float


class Level(NamedTuple):
    """A level that the machine stays at.

    :ivar power_w: the middle of it, by time and on a logarithmic scale
    """

    power_w: float
    seconds: float


def histogram(samples: Iterable[Message], longest_hold_s: float) -> list[Bin]:
    """Time by power, in bins that grow with power, from 0 to the highest; empty without two messages.

    A message holds until the next, for at most ``longest_hold_s``.
    """
    longest = timedelta(seconds=longest_hold_s)
    seconds: dict[int, float] = {}
    last_at: datetime | None = None
    held = 0.0
    for moment, power_w, _energy_wh in samples:
        at = utc(moment)
        if last_at is not None:
            if at < last_at:
                continue
            number = _number(held)
            seconds[number] = seconds.get(number, 0.0) + min(at - last_at, longest).total_seconds()
        last_at = at
        power_w, _ = sense(power_w, None)
        if power_w is not None:
            held = power_w
    return [
        Bin(_edge(number), _edge(number + 1), seconds.get(number, 0.0))
        for number in range(max(seconds, default=-1) + 1)
    ]


def _number(power_w: float) -> int:
    if power_w < NOTHING_W:
        return 0
    number = 1 + math.floor(math.log10(power_w / NOTHING_W) * BINS_PER_DECADE)
    if power_w >= _edge(number + 1):  # rounding of the logarithm
        return number + 1
    return number - (power_w < _edge(number))


def _edge(number: int) -> float:
    return 0.0 if number == 0 else round(NOTHING_W * 10.0 ** ((number - 1) / BINS_PER_DECADE), 2)
