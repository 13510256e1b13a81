"""What holds for an alert whatever happens to it, and whoever goes on with it in between."""

from datetime import timedelta

from hypothesis import given, settings
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
    Tell,
    Tick,
    Unshelve,
    step,
)
from tests.unit.alert_cases import SETTINGS, at, histories, stored, walk

MANY = settings(max_examples=200, deadline=None)


def effects_of(events, options):
    """Each state with the event that led to it and its effects."""
    state = State()
    for event in events:
        before = state
        state, effects = step(state, event, options)
        yield before, event, state, [type(effect).__name__ for effect in effects]


@MANY
@given(histories(), SETTINGS)
def test_a_restart_between_any_two_events_changes_nothing(events, options):
    plain, restarted = State(), State()
    for event in events:
        plain, one = step(plain, event, options)
        restarted, other = step(stored(restarted), event, options)
        assert (plain, one) == (restarted, other)


@MANY
@given(histories(), SETTINGS)
def test_the_same_event_twice_is_the_same_as_once(events, options):
    for _before, event, state, _names in effects_of(events, options):
        again, effects = step(state, event, options)
        if isinstance(event, Resolve):
            continue  # it is refused again
        if not isinstance(event, Shelve):
            assert effects == ()
            assert again == state


@MANY
@given(histories(), SETTINGS)
def test_raised_and_cleared_take_turns(events, options):
    is_active = False
    for before, _event, state, names in effects_of(events, options):
        assert before.active == is_active
        for name in names:
            if name in ("Raised", "Retriggered"):
                assert not is_active
                is_active = True
            elif name == "Cleared":
                assert is_active
                is_active = False
        assert state.active == is_active


@MANY
@given(histories(), SETTINGS)
def test_an_alert_is_over_once_and_never_while_it_is_active(events, options):
    for before, event, state, names in effects_of(events, options):
        assert names.count("Resolved") <= 1
        if "Resolved" in names:
            assert state.phase is Phase.RESOLVED
            assert not state.active
        if isinstance(event, Resolve) and before.active and state.active:
            assert "Refused" in names
        if state.phase is Phase.RESOLVED:
            assert state.cleared_at >= state.raised_at
            assert state.resolved_at >= state.cleared_at


@MANY
@given(histories(), SETTINGS)
def test_nobody_is_told_while_that_is_held_back_or_after_an_acknowledgement(events, options):
    for _before, _event, state, names in effects_of(events, options):
        if "Tell" in names or "Escalated" in names:
            assert state.active
            assert not state.quiet
            assert not state.acked
        if state.active and not state.quiet and not state.acked:
            assert state.told_at is not None
            assert state.was_told
        if state.acked:
            assert state.told_at is not None, "whoever acknowledges knows of it"


@MANY
@given(histories(), SETTINGS)
def test_nothing_that_has_come_to_stay_is_unknown(events, options):
    """However often it came and went before: people were told, or took notice, after it came the last time."""
    state, _names = walk([*events, Unshelve(at(99_990)), OutOfService(at(99_991), False)], options)
    state, _names = walk([Suppress(at(99_992), False), Condition(True, at(100_000))], options, state)
    lasting = options.on_delay_s + options.reopen_within_s
    for later in (options.on_delay_s, lasting):
        state, _effects = step(state, Condition(True, at(100_000 + later)), options)
    assert state.active
    assert state.told_at is not None
    assert state.told_at >= state.triggered_at


@MANY
@given(histories(), SETTINGS)
def test_a_return_to_normal_rings_no_one(events, options):
    for _before, event, _state, names in effects_of(events, options):
        if isinstance(event, Condition) and not event.holds and "Cleared" in names:
            assert "Tell" not in names


@MANY
@given(
    st.lists(st.tuples(st.integers(1, 200), st.booleans()), min_size=1, max_size=200),
    st.sampled_from([(60, 0), (0, 60), (30, 60)]),
    st.sampled_from([0, 600]),
)
def test_flapping_is_bounded(flaps, delays, reopen):
    options = Settings(on_delay_s=delays[0], off_delay_s=delays[1], reopen_within_s=reopen)
    now, events = 0, []
    for pause, holds in flaps:
        now += pause
        events.append(Condition(holds, at(now)))
    _state, names = walk(events, options)
    assert names.count("Raised") + names.count("Retriggered") <= 1 + now / sum(delays)
    assert names.count("Tell") <= names.count("Raised") + now / max(reopen, 1)


@MANY
@given(st.lists(st.tuples(st.integers(1, 59), st.booleans()), max_size=100), st.booleans())
def test_acknowledged_stays_so_through_flickers_within_the_off_delay(flaps, latch):
    options = Settings(off_delay_s=60, latch=latch)
    state, _names = walk([Condition(True, at(0)), Ack(at(0))], options)
    now, off_since = 0, None
    for pause, holds in flaps:
        now += pause
        if off_since is not None and now - off_since >= 60:
            break
        off_since = None if holds else (now if off_since is None else off_since)
        state, effects = step(state, Condition(holds, at(now)), options)
        assert (state.status, effects) == ("acknowledged", ())


@MANY
@given(histories(), SETTINGS, st.integers(1, 3600))
def test_the_end_of_a_shelf_tells_what_is_still_active(events, options, last):
    state, _names = walk(events, options)
    now = events[-1].at if events else at(0)
    state, _names = walk([Suppress(now, False), Shelve(now, now + timedelta(seconds=last))], options, state)
    ended, effects = step(state, Tick(now + timedelta(seconds=last)), options)
    told = any(isinstance(effect, Tell) for effect in effects)
    assert told == (ended.active and not ended.acked and not ended.quiet)


@MANY
@given(st.lists(st.integers(1, 20), max_size=60), st.integers(1, 300))
def test_a_delay_ends_at_the_same_time_whoever_looks_how_often(pauses, delay):
    options = Settings(on_delay_s=delay)
    state, now = step(State(), Condition(True, at(0)), options)[0], 0
    for pause in pauses:
        now += pause
        state, _effects = step(stored(state), Condition(True, at(now)), options)
        assert state.active == (now >= delay)


@MANY
@given(histories(), SETTINGS)
def test_a_past_that_is_over_opens_nothing(events, options):
    """Late data tells of a condition that does not hold any more: what is asked for is what is."""
    state, _names = walk(events, options)
    now = events[-1].at if events else at(0)
    after, effects = step(state, Condition(False, now), options)
    assert not after.active or state.active
    assert not any(isinstance(effect, Tell) and not state.active for effect in effects)
