"""When somebody is told: hours of the week, quiet hours, digest, grouping, attempts."""

from datetime import date, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion_iot_core.notify import timing
from fusion_iot_core.notify.hours import DAY, Hours, moment, next_moment, outside, zone_of
from fusion_iot_core.notify.timing import DIGEST, NOW, QUIET, Due, Wishes

UTC = timezone.utc
BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [
    ZoneInfo(name)
    for name in (
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Asia/Kolkata",
        "Australia/Lord_Howe",
        "Pacific/Apia",
    )
]
NIGHT = Hours(range(7), 22 * 60, 6 * 60)
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))
MINUTES = st.integers(0, DAY - 1)
HOURS = st.builds(Hours, st.frozensets(st.integers(0, 6), max_size=7), MINUTES, MINUTES)
ANY_ZONE = st.sampled_from(ZONES)


def berlin(*parts):
    return datetime(*parts, tzinfo=BERLIN).astimezone(UTC)


def test_hours_over_midnight():
    assert NIGHT.until(berlin(2026, 3, 2, 21, 59), BERLIN) is None
    assert NIGHT.until(berlin(2026, 3, 2, 22, 0), BERLIN) == berlin(2026, 3, 3, 6, 0)
    assert NIGHT.until(berlin(2026, 3, 3, 5, 59), BERLIN) == berlin(2026, 3, 3, 6, 0)
    assert NIGHT.until(berlin(2026, 3, 3, 6, 0), BERLIN) is None


def test_the_day_is_that_of_their_beginning():
    friday_night = Hours({4}, 22 * 60, 6 * 60)
    assert friday_night.until(berlin(2026, 3, 7, 3, 0), BERLIN) == berlin(2026, 3, 7, 6, 0), (
        "Saturday morning"
    )
    assert friday_night.until(berlin(2026, 3, 6, 3, 0), BERLIN) is None, "Friday morning"


def test_a_weekend_is_one():
    weekend = Hours({5, 6}, 0, 0)
    assert weekend.until(berlin(2026, 3, 7, 12, 0), BERLIN) == berlin(2026, 3, 9, 0, 0)


def test_the_night_of_a_change_of_the_clock():
    spring = NIGHT.until(berlin(2026, 3, 28, 22, 0), BERLIN)
    assert spring - berlin(2026, 3, 28, 22, 0) == timedelta(hours=7)
    autumn = NIGHT.until(berlin(2026, 10, 24, 22, 0), BERLIN)
    assert autumn - berlin(2026, 10, 24, 22, 0) == timedelta(hours=9)
    until_two = Hours(range(7), 60, 150)
    end = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=0).astimezone(UTC)
    assert until_two.until(end - timedelta(minutes=1), BERLIN) == end
    assert until_two.until(end + timedelta(minutes=50), BERLIN) is None, "02:20 the second time"


@pytest.mark.parametrize(
    ("hour", "day", "start", "end", "expected"),
    [
        (8, 2, 6, 22, True),
        (22, 2, 6, 22, False),
        (5.9, 2, 6, 22, False),
        (12, 7, 6, 22, False),  # a Saturday
        (23, 6, 22, 6, True),  # Friday's night shift
        (5, 7, 22, 6, True),  # goes on until Saturday morning
        (7, 7, 22, 6, False),
        (5, 2, 22, 6, False),  # Sunday had none
        (3, 3, 0, 0, True),
        (3, 3, 0, 24, True),
        (3, 7, 0, 0, False),
    ],
)
def test_hours_of_workdays(hour, day, start, end, expected):
    at = berlin(2026, 3, day, int(hour), int(hour % 1 * 60))
    assert Hours.of(range(5), start, end).include(at, BERLIN) is expected


@given(
    HOURS,
    ANY_ZONE,
    MOMENTS,
    st.integers(0, 40 * DAY).map(lambda minutes: timedelta(minutes=minutes)),
    st.lists(st.integers(0, 40 * DAY - 1), max_size=20),
)
def test_spans_say_the_same_as_single_moments(hours, zone, begin, length, moments):
    finish = begin + length
    inside = hours.spans(begin, finish, zone)
    off = outside(begin, finish, inside)
    assert sum((closes - opens for opens, closes in [*inside, *off]), timedelta()) == length
    for one, other in pairwise(inside):
        assert one[1] < other[0], "what follows on one another is one"
    for minutes in moments:
        at = begin + timedelta(minutes=minutes)
        if at < finish:
            assert any(opens <= at < closes for opens, closes in inside) == hours.include(at, zone)
            assert any(opens <= at < closes for opens, closes in off) != hours.include(at, zone)


def test_a_zone_that_does_not_exist():
    assert zone_of("Mars/Olympus") is UTC
    assert zone_of(None).utcoffset(datetime(2026, 3, 2)) == timedelta()


def test_no_hours():
    with pytest.raises(ValueError, match="days"):
        Hours({7}, 0, 60)
    with pytest.raises(ValueError, match="time"):
        Hours({0}, DAY, 60)


@given(HOURS, MOMENTS, ANY_ZONE)
def test_hours_end_and_are_over_then(hours, at, zone):
    end = hours.until(at, zone)
    if end is not None:
        assert at < end <= at + timedelta(days=10)
        if len(hours.weekdays) < 7 or hours.start != hours.end:
            assert hours.until(end, zone) is None


@given(HOURS, MOMENTS, ANY_ZONE)
def test_hours_are_those_of_the_wall(hours, at, zone):
    """Told by counting days one by one: between beginning and end of one of them, and nowhere else."""
    local = at.astimezone(zone).date()
    length = (hours.end - hours.start) % DAY or DAY
    inside = False
    for back in range(3):
        day = local - timedelta(days=back)
        if day.weekday() in hours.weekdays:
            inside |= moment(day, hours.start, zone) <= at < moment(day, hours.start + length, zone)
    assert (hours.until(at, zone) is not None) == inside


@given(MOMENTS, MINUTES, ANY_ZONE)
def test_the_next_moment_is_within_two_days(at, minutes, zone):
    found = next_moment(at, minutes, zone)
    assert at < found <= at + timedelta(days=2, hours=2)
    assert found in {
        moment(found.astimezone(zone).date() + timedelta(days=d), minutes, zone) for d in (-1, 0, 1)
    }


def test_a_day_that_was_left_out():
    # Samoa went over the date line: there was no 30 December 2011.
    apia = ZoneInfo("Pacific/Apia")
    assert moment(date(2011, 12, 31), 0, apia) < moment(date(2011, 12, 31), 60, apia)


AT_NIGHT = berlin(2026, 3, 2, 23, 0)
AT_NOON = berlin(2026, 3, 2, 12, 0)
SLEEPER = Wishes(BERLIN, NIGHT)


@pytest.mark.parametrize(
    ("severity", "at", "wishes", "last", "expected"),
    [
        ("warning", AT_NOON, SLEEPER, None, Due(NOW, AT_NOON + timing.GROUP_WAIT)),
        ("warning", AT_NIGHT, SLEEPER, None, Due(QUIET, berlin(2026, 3, 3, 6, 0))),
        ("critical", AT_NIGHT, SLEEPER, None, Due(NOW, AT_NIGHT + timing.GROUP_WAIT)),
        ("critical", AT_NIGHT, Wishes(BERLIN, NIGHT, False), None, Due(QUIET, berlin(2026, 3, 3, 6, 0))),
        ("warning", AT_NOON, Wishes(BERLIN, digest=420), None, Due(DIGEST, berlin(2026, 3, 3, 7, 0))),
        ("critical", AT_NOON, Wishes(BERLIN, digest=420), None, Due(NOW, AT_NOON + timing.GROUP_WAIT)),
        ("warning", AT_NOON, Wishes(), AT_NOON, Due(NOW, AT_NOON + timing.GROUP_INTERVAL)),
        ("critical", AT_NOON, Wishes(), AT_NOON, Due(NOW, AT_NOON + timing.GROUP_WAIT)),
    ],
)
def test_due(severity, at, wishes, last, expected):
    assert timing.due(severity, at, wishes, last) == expected


@given(
    st.sampled_from(timing.SEVERITIES),
    MOMENTS,
    st.builds(Wishes, ANY_ZONE, st.none() | HOURS, st.booleans(), st.none() | MINUTES),
    st.none() | MOMENTS,
)
def test_nobody_is_woken_and_nothing_is_forgotten(severity, now, wishes, last):
    last = min(last, now) if last else None
    due = timing.due(severity, now, wishes, last)
    assert now < due.at <= now + timedelta(days=10)
    breaks_in = severity == "critical" and wishes.critical_anyway
    if due.lane == NOW and wishes.quiet and not breaks_in:
        assert wishes.quiet.until(now, wishes.zone) is None
    if severity == "critical":
        assert due.lane != DIGEST
    if due.lane == NOW:
        assert due.at - now <= timing.GROUP_INTERVAL
        if last and severity != "critical":
            assert due.at - last >= timing.GROUP_INTERVAL


def test_severities():
    assert [timing.reaches(each, "warning") for each in timing.SEVERITIES] == [False, True, True]
    assert not timing.reaches("critical", None)


@given(st.integers(1, timing.MOST_ATTEMPTS - 1), st.floats(0, 1), st.floats(0, 1e9))
def test_pauses(attempts, chance, asked):
    pause = timing.pause(attempts, chance, asked)
    assert timing.FIRST_PAUSE_S / 2 <= pause <= timing.LONGEST_ASKED_S
    assert pause >= min(asked, timing.LONGEST_ASKED_S)
    assert timing.pause(attempts, 1.0) <= (timing.pause(attempts + 1, 1.0) or float("inf"))


def test_after_the_last_attempt_there_is_none():
    assert timing.pause(timing.MOST_ATTEMPTS, 0.5) is None
    lasts = sum(timing.pause(count, 1.0) for count in range(1, timing.MOST_ATTEMPTS))
    assert 1500 < lasts < 3600, "half an hour to an hour in all"
