"""Sessions as they are recorded beside sessions as they would have been. No Odoo here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

TOLERANCE_S = 2.0


@dataclass(slots=True)
class Outline:
    """A session as far as it is compared. Times are naive UTC.

    :ivar end: ``None`` while it runs
    :ivar mark: ``same`` or ``changed``; of a recorded one without a counterpart ``gone``, of a replayed one ``new``
    """

    start: datetime
    end: datetime | None
    working_s: float
    standby_s: float
    energy_kwh: float
    end_reason: str | None
    record_id: int | None = None
    mark: str = ""


def compare(recorded: Sequence[Outline], replayed: Sequence[Outline]) -> None:
    """Mark what differs; both in order of time."""
    for one in recorded:
        one.mark = _mark(one, replayed, "gone")
    for one in replayed:
        one.mark = _mark(one, recorded, "new")


def _mark(one: Outline, others: Sequence[Outline], alone: str) -> str:
    overlapping = [other for other in others if _overlap(one, other)]
    if not overlapping:
        return alone
    return "same" if len(overlapping) == 1 and _alike(one, overlapping[0]) else "changed"


def _overlap(one: Outline, other: Outline) -> bool:
    return (other.end is None or one.start <= other.end) and (one.end is None or other.start <= one.end)


def _alike(one: Outline, other: Outline) -> bool:
    if (one.end is None) != (other.end is None):
        return False
    differences = [
        (one.start - other.start).total_seconds(),
        one.working_s - other.working_s,
        one.standby_s - other.standby_s,
        (one.end - other.end).total_seconds() if one.end and other.end else 0.0,
    ]
    return all(abs(difference) <= TOLERANCE_S for difference in differences)
