"""Whether a value is beyond its limits, and whether a moment is within a schedule."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta


def beyond(
    value: float,
    low: float | None,
    high: float | None,
    deadband: float = 0.0,
    was_beyond: bool = False,
) -> bool:
    """Whether a value is beyond its limits; one that was, is until it is inside by the deadband.

    A deadband that leaves no room between the limits is as good as half of the room.

    :param deadband: unit of the value
    """
    inward = deadband if was_beyond else 0.0
    low_edge, high_edge = low, high
    if low is not None and high is not None:
        middle = (low + high) / 2
        low_edge, high_edge = min(low + inward, middle), max(high - inward, middle)
    elif low is not None:
        low_edge = low + inward
    elif high is not None:
        high_edge = high - inward
    return (low_edge is not None and value < low_edge) or (high_edge is not None and value > high_edge)


def within_hours(local: datetime, weekdays: Collection[int], start: float, end: float) -> bool:
    """Whether a moment is within daily hours.

    :param local: in the time zone that the hours are meant in
    :param weekdays: on which the hours begin, 0 is Monday
    :param start: hours since midnight
    :param end: the same; not later than ``start``: on the next day, so that equal ones are the whole day
    """
    hour = local.hour + local.minute / 60 + local.second / 3600
    if start < end:
        return local.weekday() in weekdays and start <= hour < end
    yesterday = (local - timedelta(days=1)).weekday()
    return (hour >= start and local.weekday() in weekdays) or (hour < end and yesterday in weekdays)
