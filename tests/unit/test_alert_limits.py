"""Limits with a deadband, and daily hours."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion_iot_core.alert import beyond, within_hours

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
