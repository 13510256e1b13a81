"""The session detector: the five states, what ends a session, what a person can do, and what deceives."""

from datetime import timedelta, timezone

import pytest

from fusion_iot_core.detector import (
    TRANSITIONS,
    Action,
    Heartbeat,
    Phase,
    SessionConfig,
    SessionEnded,
    SessionStarted,
    SessionState,
    Signal,
    StateChanged,
    advance,
    due_at,
    tick,
)
from fusion_iot_core.detector.actions import ACTIONS
from tests.unit.detector_cases import CONFIG, Watch, at, samples, stored

IDLE, STARTING, STANDBY, WORKING, STOPPING = Phase

# The seven tests of the requirement


def test_01_idle_to_starting_on_power_above_threshold():
    watch = Watch()
    watch.says((0, 5))
    assert watch.state.phase is IDLE
    watch.says((1, 20))
    assert watch.state.phase is STARTING
    assert watch.state.session is None
    assert watch.phases == [(1, "starting")]


def test_02_starting_to_idle_on_power_drop():
    watch = Watch()
    watch.says((0, 50), (2, 5))
    assert watch.state.phase is IDLE
    watch.waits(100)
    assert watch.phases == [(0, "starting"), (2, "idle")]
    assert watch.started == []


def test_03_standby_to_working_transition():
    watch = Watch()
    watch.says((0, 50), (3, 50))
    assert watch.state.phase is STANDBY
    watch.says((10, 100))
    assert watch.state.phase is WORKING
    assert watch.phases == [(0, "starting"), (3, "standby"), (10, "working")]


def test_04_working_to_stopping_transition():
    watch = Watch()
    watch.says((0, 500), (3, 500), (60, 5))
    assert watch.state.phase is STOPPING
    watch.says((70, 500))
    assert watch.state.phase is WORKING
    watch.says((80, 5))
    watch.says((95, 5))
    assert watch.state.phase is IDLE
    assert watch.drawn == [(0, 80, "power_drop")]


def test_05_timeout_detection():
    watch = Watch(SessionConfig(message_timeout_s=20))
    watch.says((0, 500), (5, 500), (12, 500))
    assert watch.waits(32) == []
    watch.waits(40)
    assert watch.state.phase is IDLE
    assert watch.drawn == [(0, 12, "timeout")]
    assert watch.sessions[0].total_s == 12


def test_06_duration_tracking():
    watch = Watch()
    watch.says((0, 50), (10, 300), (40, 60), (45, 300), (100, 60), (110, 2), (130, 2))
    assert watch.drawn == [(0, 110, "normal")]
    session = watch.sessions[0]
    assert (session.standby_s, session.working_s, session.total_s) == (25, 85, 110)


def test_07_state_recovery_after_restart():
    said = samples(
        (0, 50), (10, 300), (40, 60), (45, 300), (100, 60), (110, 2), (130, 2), (200, 80), (300, 80)
    )
    whole_state, whole = advance(SessionState(), CONFIG, said)
    for restart in range(len(said) + 1):
        state, before = advance(SessionState(), CONFIG, said[:restart])
        state, after = advance(stored(state), CONFIG, said[restart:])
        assert before + after == whole
        assert state == whole_state


# The table


def test_the_table_knows_every_phase_and_action_and_cannot_be_changed():
    assert {phase for phase, _ in TRANSITIONS} == set(Phase)
    assert {transition.to for transition in TRANSITIONS.values()} == set(Phase)
    assert {signal for _, signal in TRANSITIONS} == set(Signal)
    assert {transition.action for transition in TRANSITIONS.values()} == set(Action)
    assert set(ACTIONS) == set(Action)
    with pytest.raises(TypeError):
        TRANSITIONS[IDLE, Signal.REST] = None


def test_the_table_goes_round_the_five_states_only():
    by_power = {
        (before, transition.to)
        for (before, signal), transition in TRANSITIONS.items()
        if signal not in (Signal.START, Signal.STOP, Signal.SILENT) and transition.to is not before
    }
    assert by_power == {
        (IDLE, STARTING),
        (STARTING, IDLE),
        (STARTING, STANDBY),
        (STARTING, WORKING),
        (STANDBY, WORKING),
        (WORKING, STANDBY),
        (STANDBY, STOPPING),
        (WORKING, STOPPING),
        (STOPPING, STANDBY),
        (STOPPING, WORKING),
        (STOPPING, IDLE),
    }


@pytest.mark.parametrize("phase", Phase)
def test_whoever_is_not_idle_can_be_ended_by_silence_and_by_hand(phase):
    for signal in (Signal.SILENT, Signal.STOP):
        assert ((phase, signal) in TRANSITIONS) is (phase is not IDLE)


# Time


def test_a_start_and_an_end_are_where_power_changed_and_not_where_they_became_certain():
    watch = Watch()
    watch.says((10, 500), (100, 1))
    watch.waits(1000)
    started, ended = watch.started[0], watch.events[-1]
    assert (started.at, started.session.start_at, started.session.start_power_w) == (at(13), at(10), 500)
    assert (ended.at, ended.session.end_at, ended.session.end_power_w) == (at(115), at(100), 1)


@pytest.mark.parametrize("asked", [(), (13,), (13.5, 90, 114), tuple(range(11, 100))])
def test_it_makes_no_difference_whether_somebody_asks_in_between(asked):
    watch = Watch()
    watch.says((10, 500))
    for when in asked:
        if when < 100:
            watch.waits(when)
    watch.says((100, 1), (160, 1))
    assert watch.phases == [(10, "starting"), (13, "working"), (100, "stopping"), (115, "idle")]
    assert watch.drawn == [(10, 100, "power_drop")]


def test_a_tick_with_nothing_due_returns_the_very_same_state():
    state, _ = advance(SessionState(), CONFIG, samples((0, 500), (10, 500)))
    after, events = tick(state, CONFIG, at(160))
    assert after is state
    assert events == []


def test_due_at_is_when_a_tick_would_change_something():
    watch = Watch(SessionConfig(false_zero_s=5))
    assert due_at(watch.state, watch.config) is None
    watch.says((0, 1))
    assert due_at(watch.state, watch.config) is None
    for said, due in (
        ((1, 50), 4),
        ((10, 50), 160.000001),
        ((20, 2), 35),
        ((21, 50), 171.000001),
        ((30, 0), 35),
    ):
        watch.says(said)
        when = due_at(watch.state, watch.config)
        assert when == at(due)
        assert tick(watch.state, watch.config, when - timedelta(microseconds=1)) == (watch.state, [])
        assert tick(watch.state, watch.config, when)[0] != watch.state


def test_a_message_just_at_the_timeout_is_in_time_and_a_gap_beyond_it_is_no_work():
    config = SessionConfig(message_timeout_s=20, stop_debounce_s=5)
    for gap, expected in (
        (20, [(0, 60, "power_drop")]),
        (20.001, [(0, 20, "timeout"), (40.001, 60, "power_drop")]),
    ):
        watch = Watch(config)
        watch.says((0, 500), (20, 500), (20 + gap, 500), (60, 1), (70, 1))
        assert watch.drawn == expected


def test_a_machine_that_was_stopping_when_its_meter_fell_silent_ended_where_power_went():
    watch = Watch(SessionConfig(min_off_gap_s=600, message_timeout_s=100))
    watch.says((0, 50), (60, 5), (100, 5), (500, 50))
    assert watch.drawn == [(0, 60, "normal")]
    assert watch.phases[-3:] == [(60, "stopping"), (200.000001, "idle"), (500, "starting")]


def test_silence_before_it_is_certain_is_no_session():
    watch = Watch(SessionConfig(start_debounce_s=60, message_timeout_s=20))
    watch.says((0, 500))
    watch.waits(100)
    assert watch.phases == [(0, "starting"), (20.000001, "idle")]
    assert watch.sessions == []


def test_late_and_repeated_messages_change_nothing():
    watch = Watch()
    watch.says((0, 500), (10, 500), (20, 50))
    before = watch.state
    assert watch.says((20, 50), (19.9, 0), (10, 500), (10, 0), (5, 0), (-100, 0)) == []
    assert watch.state is before
    watch.says((30, 0))
    watch.waits(50)
    assert watch.says((44, 500)) == []  # it ended at 45
    assert watch.state.phase is IDLE


def test_a_debounce_of_nothing_is_over_at_once():
    watch = Watch(SessionConfig(start_debounce_s=0, stop_debounce_s=0))
    watch.says((0, 50), (10, 5), (11, 50), (12, 5))
    assert watch.drawn == [(0, 10, "normal"), (11, 12, "normal")]


def test_times_may_be_naive_or_of_any_zone():
    berlin = timezone(timedelta(hours=1))
    said = samples((0, 500), (10, 500), (20, 1), (60, 1))
    _, expected = advance(SessionState(), CONFIG, said)
    for change in (lambda moment: moment.replace(tzinfo=None), lambda moment: moment.astimezone(berlin)):
        other = [(change(moment), power, reading) for moment, power, reading in said]
        _, events = advance(SessionState(), CONFIG, other)
        assert events == expected
        assert all(event.at.tzinfo is timezone.utc for event in events)


def test_tuples_and_any_iterable_do_as_well():
    said = samples((0, 500), (10, 500))
    expected = advance(SessionState(), CONFIG, said)
    assert advance(SessionState(), CONFIG, (tuple(each) for each in said)) == expected


@pytest.mark.parametrize("junk", [float("nan"), float("inf"), float("-inf"), None])
def test_what_says_nothing_of_power_says_that_the_meter_lives(junk):
    watch = Watch()
    watch.says((0, 500), (100, junk), (200, junk), (300, 1), (320, 1))
    assert watch.drawn == [(0, 300, "power_drop")]
    assert watch.sessions[0].peak_power_w == 500


def test_negative_power_is_none():
    watch = Watch()
    watch.says((0, -500), (10, 500), (20, -30), (40, -30))
    assert watch.drawn == [(10, 20, "power_drop")]
    assert watch.state.power_w == 0


# How sessions end


def test_an_end_out_of_work_is_a_power_drop_unless_the_machine_has_no_standby():
    said = ((0, 500), (60, 1), (80, 1))
    for working_threshold_w, reason in ((100, "power_drop"), (20, "normal")):
        watch = Watch(SessionConfig(working_threshold_w=working_threshold_w))
        watch.says(*said)
        assert watch.drawn == [(0, 60, reason)]


def test_the_change_of_state_comes_after_the_start_and_before_the_end():
    watch = Watch()
    watch.says((0, 50), (10, 1), (30, 1))
    assert [type(event) for event in watch.events] == [
        StateChanged,
        SessionStarted,
        StateChanged,
        StateChanged,
        StateChanged,
        SessionEnded,
    ]


# Heartbeats


def test_heartbeats_and_the_end_add_up_to_the_session():
    watch = Watch(SessionConfig(heartbeat_interval_s=60))
    watch.says(*[(10 * number, 50 if number % 6 < 2 else 500) for number in range(40)], (400, 1), (420, 1))
    beats = [event for event in watch.events if isinstance(event, Heartbeat)]
    assert [event.at for event in beats] == [at(60), at(120), at(180), at(240), at(300), at(360)]
    assert {(event.interval_standby_s, event.interval_working_s) for event in beats} == {(20, 40)}
    ended = watch.events[-1]
    assert sum(each.interval_working_s for each in [*beats, ended]) == ended.session.working_s
    assert sum(each.interval_standby_s for each in [*beats, ended]) == ended.session.standby_s


def test_a_silent_meter_has_no_heartbeat_and_the_next_message_tells_all():
    watch = Watch(SessionConfig(heartbeat_interval_s=10))
    watch.says((0, 500))
    watch.waits(65)
    watch.says((66, 500), (69, 500), (70, 500))
    beats = [event for event in watch.events if isinstance(event, Heartbeat)]
    assert [(event.at, event.interval_working_s) for event in beats] == [(at(66), 66), (at(70), 4)]


def test_a_pause_has_no_heartbeat_before_it_is_over():
    watch = Watch(SessionConfig(heartbeat_interval_s=10))
    watch.says((0, 500), (9, 1), (12, 1), (14, 500), (16, 500))
    beats = [event for event in watch.events if isinstance(event, Heartbeat)]
    assert [(event.at, event.interval_standby_s, event.interval_working_s) for event in beats] == [
        (at(16), 5, 11)
    ]


def test_no_heartbeat_with_an_interval_of_nothing():
    watch = Watch(SessionConfig(heartbeat_interval_s=0))
    watch.says(*[(number, 500) for number in range(3000)])
    assert [type(event) for event in watch.events] == [StateChanged, SessionStarted, StateChanged]
