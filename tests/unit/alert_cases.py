"""Alerts for tests: settings and events, and a walk through them."""

import json
from dataclasses import asdict
from datetime import datetime, timedelta

from hypothesis import strategies as st

from fusion_iot_core.alert import (
    Ack,
    Condition,
    OutOfService,
    Phase,
    Resolve,
    Settings,
    Shelve,
    State,
    Suppress,
    Tick,
    Unshelve,
    step,
)

START = datetime(2026, 3, 2, 6, 0)
TIMES = {
    "since",
    "raised_at",
    "triggered_at",
    "gone_at",
    "cleared_at",
    "resolved_at",
    "told_at",
    "shelved_until",
}


def at(seconds):
    """A moment of a test."""
    return START + timedelta(seconds=seconds)


def stored(state):
    """The same state, as it comes back from a database."""
    text = json.dumps({**asdict(state), "phase": state.phase.value}, default=datetime.isoformat)
    values = json.loads(text)
    for name in TIMES:
        values[name] = values[name] and datetime.fromisoformat(values[name])
    return State(**{**values, "phase": Phase(values["phase"])})


def walk(events, settings=None, state=None):
    """The state after events, and the names of what followed, in order."""
    state, names = state or State(), []
    for event in events:
        state, effects = step(state, event, settings or Settings())
        names += [type(effect).__name__ for effect in effects]
    return state, names


SETTINGS = st.builds(
    Settings,
    on_delay_s=st.sampled_from([0, 0, 30, 120]),
    off_delay_s=st.sampled_from([0, 0, 30, 120]),
    latch=st.booleans(),
    reopen_within_s=st.sampled_from([0, 60, 600]),
    escalate_after_s=st.sampled_from([0, 300]),
)

_MAKERS = st.one_of(
    st.just(lambda now: Condition(True, now)),
    st.just(lambda now: Condition(False, now)),
    st.integers(0, 300).map(lambda ago: lambda now: Condition(True, now, now - timedelta(seconds=ago), 1.0)),
    st.just(Tick),
    st.just(Ack),
    st.just(Resolve),
    st.just(Unshelve),
    st.integers(1, 900).map(lambda last: lambda now: Shelve(now, now + timedelta(seconds=last))),
    st.booleans().map(lambda on: lambda now: OutOfService(now, on)),
    st.booleans().map(lambda on: lambda now: Suppress(now, on)),
)


@st.composite
def histories(draw):
    """Events in the order of their times."""
    now, events = 0, []
    for pause, make in draw(st.lists(st.tuples(st.integers(0, 400), _MAKERS), max_size=40)):
        now += pause
        events.append(make(at(now)))
    return events
