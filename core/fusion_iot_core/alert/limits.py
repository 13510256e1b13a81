"""Whether a value is beyond its limits, and what of time is within a schedule."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, time, timedelta, timezone, tzinfo

Span = tuple[datetime, datetime]


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


def spans_within_hours(
    begin: datetime, finish: datetime, zone: tzinfo, weekdays: Collection[int], start: float, end: float
) -> list[Span]:
    """What of the time from ``begin`` to ``finish`` is within daily hours, in order; see :func:`within_hours`.

    :param begin: naive UTC, like all that is returned
    :param zone: that the hours are meant in
    """
    found: list[Span] = []
    for opens, closes in _daily(begin, finish, zone, weekdays, start, end):
        opens, closes = max(opens, begin), min(closes, finish)
        if found and opens <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], closes)
        elif opens < closes:
            found.append((opens, closes))
    return found


def spans_between(begin: datetime, finish: datetime, spans: Sequence[Span]) -> list[Span]:
    """What of the time from ``begin`` to ``finish`` is outside of ``spans``, which are in order and within it."""
    edges = [begin, *(edge for span in spans for edge in span), finish]
    return [(opens, closes) for opens, closes in zip(edges[::2], edges[1::2], strict=True) if opens < closes]


def _daily(
    begin: datetime, finish: datetime, zone: tzinfo, weekdays: Collection[int], start: float, end: float
) -> Iterator[Span]:
    day = _local(begin, zone).date() - timedelta(days=1)
    last = _local(finish, zone).date()
    while day <= last:
        if day.weekday() in weekdays:
            midnight = datetime.combine(day, time.min)
            closes = timedelta(hours=end) if start < end else timedelta(hours=24 + end)
            yield _utc(midnight + timedelta(hours=start), zone), _utc(midnight + closes, zone)
        day += timedelta(days=1)


def _local(at: datetime, zone: tzinfo) -> datetime:
    return at.replace(tzinfo=timezone.utc).astimezone(zone)


def _utc(local: datetime, zone: tzinfo) -> datetime:
    return local.replace(tzinfo=zone).astimezone(timezone.utc).replace(tzinfo=None)
