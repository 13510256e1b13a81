"""As many points as a chart can show, and no peak missing. No Odoo here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

Point = tuple[datetime, float]


def thin(points: Sequence[Point], most: int) -> list[Point]:
    """At most ``most`` (at least 8) of the points, in order of time.

    Of each stretch the first, the last, the lowest and the highest are kept.
    """
    if len(points) <= most:
        return list(points)
    stretches = max(1, most // 4)
    kept: list[Point] = []
    for number in range(stretches):
        part = points[number * len(points) // stretches : (number + 1) * len(points) // stretches]
        if part:
            values = [value for _at, value in part]
            low = min(range(len(part)), key=values.__getitem__)
            high = max(range(len(part)), key=values.__getitem__)
            kept += [part[index] for index in sorted({0, low, high, len(part) - 1})]
    return kept
