"""Limits with a deadband."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion_iot_core.alert import beyond

NUMBERS = st.floats(-1e6, 1e6)
LIMITS = st.none() | NUMBERS


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
