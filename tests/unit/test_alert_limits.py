"""Limits with a deadband, and daily hours."""

from datetime import datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion_iot_core.alert import beyond, spans_between, spans_within_hours, within_hours

NUMBERS = st.floats(-1e6, 1e6)
LIMITS = st.none() | NUMBERS
MONDAY = datetime(2026, 3, 2)
WORKDAYS = range(5)


@pytest.mark.parametrize(
    ("value", "was", "expected"),
    [(60, False, False), (59.9, False, True), (60.5, True, True), (61, True, False), (71, False, True)],
)
def test_a_deadband(value, was, expected):
    assert beyond(value, 60, 70, deadband=1, was_beyond=was) is expected


def test_no_limits():
    assert not beyond(1e9, None, None, 5, True)


@given(NUMBERS, LIMITS, LIMITS, st.floats(0, 1e6))
def test_a_deadband_only_keeps_what_was_beyond(value, low, high, deadband):
    if beyond(value, low, high, deadband):
        assert beyond(value, low, high, deadband, was_beyond=True)
    assert beyond(value, low, high, deadband) == beyond(value, low, high)


@given(NUMBERS, NUMBERS, st.floats(0, 1e7))
def test_the_middle_is_never_beyond(one, other, deadband):
    low, high = sorted((one, other))
    assert not beyond((low + high) / 2, low, high, deadband, was_beyond=True)


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
        (3, 7, 0, 0, False),
    ],
)
def test_daily_hours(hour, day, start, end, expected):
    moment = MONDAY.replace(day=day, hour=int(hour), minute=int(hour % 1 * 60))
    assert within_hours(moment, WORKDAYS, start, end) is expected


ZONES = [timezone.utc, timezone(timedelta(hours=9, minutes=30)), timezone(timedelta(hours=-11))]


@given(
    st.tuples(st.integers(0, 40 * 24 * 60), st.integers(0, 40 * 24 * 60)),
    st.sampled_from(ZONES),
    st.sets(st.integers(0, 6)),
    st.sampled_from([0, 2.5, 6, 14, 22, 23.75]),
    st.sampled_from([0, 2.5, 6, 14, 22, 24]),
    st.lists(st.integers(0, 40 * 24 * 60 - 1), max_size=20),
)
def test_spans_say_the_same_as_single_moments(bounds, zone, days, start, end, moments):
    begin, finish = (MONDAY + timedelta(minutes=minutes) for minutes in sorted(bounds))
    inside = spans_within_hours(begin, finish, zone, days, start, end)
    outside = spans_between(begin, finish, inside)
    for one, other in pairwise(sorted([*inside, *outside])):
        assert one[1] == other[0], "without gaps and overlaps"
    for minutes in moments:
        at = MONDAY + timedelta(minutes=minutes)
        if begin <= at < finish:
            local = at.replace(tzinfo=timezone.utc).astimezone(zone)
            within = within_hours(local, days, start, end)
            assert any(opens <= at < closes for opens, closes in inside) == within
            assert any(opens <= at < closes for opens, closes in outside) != within


def test_spans_over_a_change_of_the_clock():
    """Berlin goes back by an hour on 2026-10-25: that night is longer."""
    begin, zone = datetime(2026, 10, 24, 12), ZoneInfo("Europe/Berlin")
    [night] = spans_within_hours(begin, begin + timedelta(days=1), zone, range(7), 22, 6)
    assert night == (datetime(2026, 10, 24, 20), datetime(2026, 10, 25, 5))
