"""What a meter says."""

from datetime import datetime, timezone
from typing import NamedTuple

UTC = timezone.utc


class Sample(NamedTuple):
    """One message of a meter. A plain tuple of the three does as well.

    :ivar at: source time, UTC (aware, or naive and taken for UTC)
    :ivar power_w: W; a negative value counts as 0, a value that is no number as ``None``: the message says
        nothing of power, but that the meter lives, and what it said last goes on
    :ivar energy_wh: the meter's own counter, Wh, where the message carries it. A message of power and counter
        is one sample: a second one at the same instant would be taken for a repetition
    """

    at: datetime
    power_w: float | None
    energy_wh: float | None = None


def utc(at: datetime) -> datetime:
    """``at`` in UTC; naive times are UTC already."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


Message = tuple[datetime, float | None, float | None]
"""A :class:`Sample`, or a plain tuple like it."""
