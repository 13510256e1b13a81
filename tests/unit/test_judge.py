"""Excursions: deadband, delay, and nothing that depends on how readings are batched."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion_iot_core.judge import (
    BackInSpec,
    ExcursionStarted,
    Limits,
    SensorState,
    WorseValue,
    advance,
)

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
LIMITS = Limits(spec_min=80.0, spec_max=90.0)


def readings(*values, step=10):
    return [(START + timedelta(seconds=step * number), value) for number, value in enumerate(values)]


def kinds(events):
    return [type(event) for event in events]


@pytest.mark.parametrize(
    ("limits", "value", "inside"),
    [
        (LIMITS, 90.0, True),
        (LIMITS, 80.0, True),
        (LIMITS, 90.0001, False),
        (Limits(), 1e300, True),
        (Limits(spec_max=0.0), 0.0, True),
        (Limits(spec_max=0.0), 0.1, False),
        (Limits(spec_min=-2.2), -1e9, False),
    ],
)
def test_a_value_equal_to_a_limit_is_in_spec_and_a_missing_limit_is_open(limits, value, inside):
    assert limits.in_spec(value) is inside


def test_the_transition_counts_once_and_the_first_reading_is_one():
    state, events = advance(SensorState(), LIMITS, readings(95.0, 96.0, 94.0, 85.0, 85.0, 91.0))
    assert kinds(events) == [ExcursionStarted, WorseValue, BackInSpec, ExcursionStarted]
    assert (events[0].since, events[0].value) == (START, 95.0)
    assert events[1].value == 96.0
    assert state.raised


def test_crossings_inside_the_deadband_are_one_excursion():
    dance = [value for _ in range(1000) for value in (90.2, 89.8)]
    state, events = advance(SensorState(), LIMITS, readings(*dance), deadband=0.5)
    assert kinds(events) == [ExcursionStarted]
    _state, events = advance(state, LIMITS, readings(89.5), deadband=0.5)
    assert kinds(events) == [BackInSpec]


def test_a_deadband_wider_than_the_band_is_not_applied():
    _state, events = advance(SensorState(), LIMITS, readings(95.0, 85.0), deadband=5.0)
    assert kinds(events) == [ExcursionStarted, BackInSpec]


def test_an_excursion_shorter_than_the_delay_does_not_count():
    state, events = advance(SensorState(), LIMITS, readings(95.0, 95.0, 85.0), delay=30)
    assert (events, state) == ([], SensorState())
    _state, events = advance(SensorState(), LIMITS, readings(95.0, 97.0, 93.0, 95.0), delay=30)
    assert kinds(events) == [ExcursionStarted]
    assert (events[0].since, events[0].worst) == (START, 97.0)


def test_a_limit_edited_in_the_middle_ends_the_excursion_with_the_next_reading():
    state, _events = advance(SensorState(), LIMITS, readings(95.0))
    _state, events = advance(state, Limits(spec_max=100.0), readings(95.0))
    assert kinds(events) == [BackInSpec]


@given(
    st.lists(st.floats(70, 100), max_size=40),
    st.integers(0, 40),
    st.sampled_from([0.0, 0.5, 2.0]),
    st.sampled_from([0.0, 15.0]),
)
def test_batching_changes_nothing(values, cut, deadband, delay):
    timeline = readings(*values)

    def run(*parts):
        state, seen = SensorState(), []
        for part in parts:
            state, events = advance(state, LIMITS, part, deadband=deadband, delay=delay)
            seen += [event for event in events if not isinstance(event, WorseValue)]
        return state, [(type(event), getattr(event, "since", None) or event.at) for event in seen]

    assert run(timeline) == run(timeline[:cut], timeline[cut:])


@given(st.lists(st.floats(70, 100), max_size=60))
def test_excursions_are_the_transitions(values):
    _state, events = advance(SensorState(), LIMITS, readings(*values))
    out = [not LIMITS.in_spec(value) for value in values]
    transitions = sum(now and not before for before, now in zip([False, *out], out, strict=False))
    assert sum(isinstance(event, ExcursionStarted) for event in events) == transitions
