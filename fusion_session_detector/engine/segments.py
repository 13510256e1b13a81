"""From the history of a session to what is drawn. No Odoo here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from .moments import parse_moment

Segment = tuple[datetime, datetime, str]
"""From, to (naive UTC) and phase."""


def segments(
    history: Sequence[Sequence[str]] | None, start: datetime, end: datetime, unknown: str = "standby"
) -> list[Segment]:
    """The phases of a session from ``start`` to ``end``, without a hole.

    :param history: ``[time, phase]`` in order of time
    :param unknown: the phase before the first entry
    """
    found: list[Segment] = []
    since, phase = start, unknown
    for text, after in history or ():
        at = min(max(parse_moment(text), since), end)
        if at > since:
            found.append((since, at, phase))
        since, phase = at, after
    if end > since:
        found.append((since, end, phase))
    return found


def working_time(found: Sequence[Segment], until: datetime) -> float:
    """Seconds of work up to ``until``; a start is what it turned out to be."""
    total, after = 0.0, ""
    for low, high, phase in reversed(found):
        works = phase == "working" or (phase == "starting" and after == "working")
        if works and low < until:
            total += (min(high, until) - low).total_seconds()
        after = phase
    return total
