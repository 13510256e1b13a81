"""Hours of the week on the clock of a place: when somebody sleeps, when a shift works."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone, tzinfo

DAY = 24 * 60
_MOST_DAYS = 8


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
        if day.weekday() not in self.weekdays:
            return None
        length = (self.end - self.start) % DAY or DAY
        start, end = moment(day, self.start, zone), moment(day, self.start + length, zone)
        return end if start <= at < end else None


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
