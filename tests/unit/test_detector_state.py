"""The state of a machine as it is stored."""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion_iot_core.detector import (
    Gone,
    Phase,
    SessionConfig,
    SessionState,
    StateError,
    advance,
    manual_start,
    manual_stop,
)
from tests.unit.detector_cases import CONFIG, at, samples, stored

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=6,
)


def states():
    """One of each kind, by name."""
    careful = SessionConfig(false_zero_s=5, resume_debounce_s=30)
    said = samples(
        (0, 1, 100), (1, 500, 100.5), (60.123457, 490.1, 108), (100, 60), (120, 1.5, 112), (125, 30, 112.1)
    )
    found = {"new": SessionState()}
    for count in range(1, len(said) + 1):
        found[f"after {count}"], _ = advance(SessionState(), careful, said[:count])
    found["withheld"], _ = advance(SessionState(), careful, samples((0, 500), (60, 0, 7), (61, 0, 8)))
    found["started by hand"], _ = manual_start(SessionState(), CONFIG, at(5))
    found["stopped by hand"], _ = manual_stop(found["after 3"], CONFIG, at(70))
    found["stopped by hand and off"], _ = advance(found["stopped by hand"], CONFIG, samples((75, 1)))
    found["gone"], _ = advance(found["after 2"], CONFIG, [Gone(at(90))])
    found["learnt"], _ = advance(
        SessionState(), CONFIG, samples((0, 500, 10), (20, 500, 10), (70, 500, 20), (80, 0))
    )
    found["learnt"], _ = advance(found["learnt"], CONFIG, samples((100, 0)))
    found["in doubt"], _ = advance(
        SessionState(), CONFIG, samples((0, 500, 10.5), (20, 50, 9999), (70, 500, 9999))
    )
    found["starting"], _ = advance(SessionState(), CONFIG, samples((0, 500)))
    found["no heartbeat"], _ = advance(
        SessionState(), SessionConfig(heartbeat_interval_s=0), samples((0, 50), (9, 50))
    )
    return found


STATES = states()


def test_the_examples_are_of_every_phase():
    assert {state.phase for state in STATES.values()} == set(Phase)
    for field in SessionState._fields:
        assert any(getattr(state, field) not in (None, (), False) for state in STATES.values())


@pytest.mark.parametrize("name", STATES)
def test_a_state_comes_back_exactly(name):
    state = STATES[name]
    again = stored(state)
    assert again == state
    assert again.to_dict() == state.to_dict()
    assert all(
        type(mine) is type(its) for mine, its in zip(state, again, strict=True) if mine is not state.power_w
    )


@pytest.mark.parametrize("name", STATES)
def test_a_state_is_small(name):
    assert len(json.dumps(STATES[name].to_dict())) < 1000


@given(JUNK)
def test_junk_is_no_state(junk):
    with pytest.raises(StateError):
        SessionState.from_dict(junk)


@given(st.sampled_from(sorted(STATES)), st.data(), JUNK)
def test_a_damaged_state_is_refused_or_sound(name, data, junk):
    damaged = copy.deepcopy(STATES[name].to_dict())
    damaged[data.draw(st.sampled_from(sorted(damaged)))] = junk
    try:
        state = SessionState.from_dict(damaged)
    except StateError:
        return
    advance(state, CONFIG, samples((1000, 500), (1010, 0), (2000, 0)))


def test_a_state_of_another_version_or_with_accounts_of_another_phase_is_refused():
    for change, words in (
        ({"version": 4}, "version 4"),
        ({"phase": "working"}, "working with the wrong accounts"),
        ({"phase": "dancing"}, "dancing"),
        ({"since": "yesterday"}, "yesterday"),
        ({"power_w": float("nan")}, "nan is not a number"),
    ):
        with pytest.raises(StateError, match=words):
            SessionState.from_dict(STATES["new"].to_dict() | change)
