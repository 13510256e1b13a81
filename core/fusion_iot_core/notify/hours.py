"""Hours of the week on the clock of a place: when somebody sleeps, when a shift works."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAY = 24 * 60
_MOST_DAYS = 8

Span = tuple[datetime, datetime]
"""From when until when, in UTC."""


@dataclass(frozen=True)
class Hours:
    """The same hours on some days of the week, by the clock on the wall.

    Where a clock is set back, the first of two equal times is meant; a time that is skipped is taken as if the clock
    had not been set forward.

    :ivar weekdays: the days on which they begin, Monday is 0
    :ivar start: minutes after midnight
    :ivar end: minutes after midnight. Not later than ``start``: on the next day
    :raise ValueError: for a day or a minute that does not exist
    """

    weekdays: Collection[int]
    start: int
    end: int

    def __post_init__(self) -> None:
        if not all(0 <= day <= 6 for day in self.weekdays):
            raise ValueError(f"no days of a week: {self.weekdays}")
        if not (0 <= self.start < DAY and 0 <= self.end <= DAY):
            raise ValueError(f"no time of a day: {self.start} to {self.end}")

    @classmethod
    def of(cls, weekdays: Collection[int], start: float, end: float) -> Hours:
        """The same by times such as 6.5, half past six."""
        return cls(weekdays, minutes_of(start) % DAY, minutes_of(end))

    def include(self, at: datetime, zone: tzinfo) -> bool:
        """Whether ``at`` is in them.

        :param at: with a time zone
        """
        return self._end(at, zone) is not None

    def spans(self, begin: datetime, finish: datetime, zone: tzinfo) -> list[Span]:
        """What of the time from ``begin`` to ``finish`` is in them, in order; what follows on one another is one.

        :param begin: in UTC
        """
        found: list[Span] = []
        day, last = begin.astimezone(zone).date() - timedelta(days=1), finish.astimezone(zone).date()
        while day <= last:
            if (span := self._span_on(day, zone)) and span[0] < finish and span[1] > begin:
                opens, closes = max(span[0], begin), min(span[1], finish)
                if found and opens <= found[-1][1]:
                    found[-1] = found[-1][0], max(found[-1][1], closes)
                else:
                    found.append((opens, closes))
            day += timedelta(days=1)
        return found

    def until(self, at: datetime, zone: tzinfo) -> datetime | None:
        """When the hours end in which ``at`` is; ``None`` where it is in none of them.

        Hours that follow on one another are one, up to eight days.

        :param at: with a time zone
        :return: in UTC
        """
        end = self._end(at, zone)
        for _ in range(_MOST_DAYS):
            further = end and self._end(end, zone)
            if not further:
                break
            end = further
        return end

    def _end(self, at: datetime, zone: tzinfo) -> datetime | None:
        today = at.astimezone(zone).date()
        ends = [end for day in (today, today - timedelta(days=1)) if (end := self._end_on(day, at, zone))]
        return max(ends, default=None)

    def _end_on(self, day: date, at: datetime, zone: tzinfo) -> datetime | None:
        span = self._span_on(day, zone)
        return span[1] if span and span[0] <= at < span[1] else None

    def _span_on(self, day: date, zone: tzinfo) -> Span | None:
        if day.weekday() not in self.weekdays:
            return None
        length = (self.end - self.start) % DAY or DAY
        return moment(day, self.start, zone), moment(day, self.start + length, zone)


def outside(begin: datetime, finish: datetime, spans: Sequence[Span]) -> list[Span]:
    """What of the time from ``begin`` to ``finish`` is in none of ``spans``, which are in order and within it."""
    edges = [begin, *(edge for span in spans for edge in span), finish]
    return [(opens, closes) for opens, closes in zip(edges[::2], edges[1::2], strict=True) if opens < closes]


def minutes_of(hours: float) -> int:
    """Minutes after midnight of a time such as 6.5, half past six."""
    return min(DAY, max(0, round(hours * 60)))


def zone_of(name: str | None) -> tzinfo:
    """The time zone of that name; UTC where there is none."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return timezone.utc


def moment(day: date, minutes: int, zone: tzinfo) -> datetime:
    """The time of ``minutes`` after midnight of a day, by the clock on the wall, in UTC."""
    days, minutes = divmod(minutes, DAY)
    wall = datetime.combine(day + timedelta(days=days), time(*divmod(minutes, 60)), zone)
    return wall.astimezone(timezone.utc)


def next_moment(at: datetime, minutes: int, zone: tzinfo) -> datetime:
    """The next time after ``at`` at which a clock on the wall shows ``minutes`` after midnight, in UTC."""
    today = at.astimezone(zone).date()
    moments = (moment(today + timedelta(days=days), minutes, zone) for days in range(3))
    return next(each for each in moments if each > at)
