"""From the history of a session to what is drawn. No Odoo here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from .moments import parse_moment

Segment = tuple[datetime, datetime, str]
"""From, to (naive UTC) and phase."""
_SECOND = timedelta(seconds=1)


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
    """Seconds of work up to ``until``, of phases as they count."""
    return sum(
        (min(high, until) - low).total_seconds()
        for low, high, phase in found
        if phase == "working" and low < until
    )


def counted(found: Sequence[Segment], running: bool) -> list[Segment]:
    """The phases as they count in the durations of the session: standby and working.

    A start is what it turned out to be. A pause that the machine came back from is standby; one at the end of a session
    is no part of it. Only of a session that is running, the last pause is not decided yet and remains ``stopping``.
    """
    phases = [phase for _low, _high, phase in found]
    for number in reversed(range(len(phases))):
        after = phases[number + 1] if number + 1 < len(phases) else ""
        if phases[number] == "starting":
            phases[number] = "working" if after == "working" else "standby"
        elif phases[number] == "stopping" and (after or not running):
            phases[number] = "standby"
    joined: list[Segment] = []
    for (low, high, _phase), phase in zip(found, phases, strict=True):
        if joined and joined[-1][2] == phase:
            joined[-1] = (joined[-1][0], high, phase)
        else:
            joined.append((low, high, phase))
    return joined


def exact_span(
    history: Sequence[Sequence[str]] | None, start: datetime, end: datetime, total_s: float | None
) -> tuple[datetime, datetime]:
    """A session's start and end to the microsecond, where they are known: Odoo keeps whole seconds.

    :param total_s: its duration; ``None`` while it runs
    """
    first = parse_moment(history[0][0]) if history else start
    if not timedelta(0) <= first - start < _SECOND:
        first = start
    if total_s is None:
        return first, max(first, end)
    last = first + timedelta(seconds=total_s)
    return first, last if abs(last - end) < 2 * _SECOND else max(first, end)
