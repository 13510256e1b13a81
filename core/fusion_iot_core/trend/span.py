"""The part of time a trend is asked for, and how finely. No Odoo here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

DEFAULT_SPAN = timedelta(days=1)
MAX_SPAN = timedelta(days=3660)
MAX_POINTS = 2000
MIN_POINTS = 20
_EPOCH = datetime(1970, 1, 1)
_MS = timedelta(milliseconds=1)


class SpanError(ValueError):
    """What was asked for is not a span of time that can be drawn; ``args[0]`` says why (a key)."""


@dataclass(frozen=True, slots=True)
class Span:
    """A closed span of time.

    :ivar start: UTC, naive
    :ivar end: UTC, naive, after ``start``
    """

    start: datetime
    end: datetime


def to_ms(at: datetime) -> int:
    """Milliseconds since the epoch of a naive UTC time."""
    return (at - _EPOCH) // _MS


def parse_span(start: object, end: object, now: datetime) -> Span:
    """Read ISO 8601 or Odoo date-time texts; a text without an offset is UTC.

    Without an end it is ``now``, without a start one day before the end.

    :raises SpanError: ``not_a_time``, ``backwards`` or ``too_long``
    """
    last = _parse(end) or now
    first = _parse(start) or last - DEFAULT_SPAN
    if first >= last:
        raise SpanError("backwards")
    if last - first > MAX_SPAN:
        raise SpanError("too_long")
    return Span(first, last)


def parse_points(value: object) -> int:
    """How many points a sensor may have at most, kept within what a screen can use.

    :raises SpanError: ``not_a_number``
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise SpanError("not_a_number")
    return max(MIN_POINTS, min(MAX_POINTS, value))


def _parse(value: object) -> datetime | None:
    if value is None or value is False or value == "":
        return None
    if isinstance(value, datetime):
        at = value
    elif isinstance(value, str):
        text = value.strip()
        # Python 3.10 knows neither the Z nor fractions of other than 3 or 6 digits.
        if text[-1:] in ("Z", "z"):
            text = f"{text[:-1]}+00:00"
        try:
            at = datetime.fromisoformat(text)
        except ValueError as error:
            raise SpanError("not_a_time") from error
    else:
        raise SpanError("not_a_time")
    if at.tzinfo is not None:
        try:
            at = at.astimezone(timezone.utc).replace(tzinfo=None)
        except OverflowError as error:
            raise SpanError("not_a_time") from error
    return at
