"""The session detector: the five states, what ends a session, what a person can do, and what deceives."""

from datetime import datetime, timedelta, timezone

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
    manual_start,
    manual_stop,
    tick,
)
from fusion_iot_core.detector.actions import ACTIONS
from tests.unit.detector_cases import CONFIG, START, Watch, at, samples, stored

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


# What a person does


def test_a_session_started_by_hand_waits_for_the_machine():
    watch = Watch()
    watch.says((0, 1))
    watch.does(manual_start, 10)
    assert watch.state.phase is STANDBY
    assert watch.started[0].by_hand
    watch.says((20, 1), (1000, 1))  # beyond every debounce and timeout
    assert watch.state.phase is STANDBY
    watch.says((1010, 500), (1100, 50), (1110, 1), (1130, 1))
    assert watch.drawn == [(10, 1110, "normal")]
    assert (watch.sessions[0].standby_s, watch.sessions[0].working_s) == (1010, 90)


def test_a_session_started_by_hand_without_a_meter_lasts_until_it_is_ended_by_hand():
    watch = Watch()
    watch.does(manual_start, 10)
    assert watch.waits(100_000) == []
    watch.does(manual_stop, 200_000)
    assert watch.drawn == [(10, 200_000, "manual")]
    assert watch.sessions[0].standby_s == 199_990
    assert watch.sessions[0].energy_wh == 0


def test_a_start_by_hand_of_a_machine_that_is_on_takes_it_as_it_is():
    watch = Watch()
    watch.says((0, 500))
    watch.does(manual_start, 1)
    assert watch.state.phase is WORKING
    assert watch.state.session.start_at == at(0)
    before = watch.state
    assert watch.does(manual_start, 2) == []
    assert watch.state is before


def test_a_start_by_hand_while_stopping_keeps_the_session_open():
    watch = Watch()
    watch.says((0, 500), (60, 1))
    watch.does(manual_start, 70)
    watch.says((200, 1), (300, 500), (310, 1), (330, 1))
    assert watch.drawn == [(0, 310, "power_drop")]
    assert (watch.sessions[0].standby_s, watch.sessions[0].working_s) == (240, 70)


def test_an_end_by_hand_is_now_and_the_machine_has_to_be_off_before_the_next_session():
    watch = Watch()
    watch.says((0, 500), (60, 500))
    watch.does(manual_stop, 70)
    assert watch.drawn == [(0, 70, "manual")]
    watch.says((80, 500), (90, 1), (100, 500), (200, 500))  # off for less than ends a session
    assert watch.state.phase is IDLE
    watch.says((210, 1), (225, 500), (230, 500))
    assert watch.state.session.start_at == at(225)


def test_after_an_end_by_hand_a_person_or_silence_makes_way_for_the_next():
    watch = Watch()
    watch.says((0, 500), (60, 500))
    watch.does(manual_stop, 70)
    again = watch.state
    watch.does(manual_start, 75)
    assert watch.state.phase is WORKING
    watch.state = again
    watch.says((300, 500), (304, 500))
    assert watch.state.session.start_at == at(300)


def test_an_end_by_hand_while_stopping_is_where_power_went():
    watch = Watch(SessionConfig(min_off_gap_s=300))
    watch.says((0, 500), (60, 2))
    watch.does(manual_stop, 100)
    assert watch.drawn == [(0, 60, "manual")]
    watch.says((200, 500))
    assert watch.state.phase is IDLE  # the same cycle still
    watch.says((210, 2), (520, 500))
    assert watch.state.phase is STARTING


def test_an_end_by_hand_during_a_burst_waits_for_the_machine_to_be_off():
    watch = Watch(SessionConfig(min_off_gap_s=100, resume_debounce_s=60))
    watch.says((0, 500), (60, 2), (100, 500))
    watch.does(manual_stop, 105)
    assert watch.drawn == [(0, 60, "manual")]
    watch.says((165, 500), (200, 500))
    assert watch.state.phase is IDLE


def test_an_end_by_hand_while_starting_forgets_it():
    watch = Watch()
    watch.says((0, 500))
    watch.does(manual_stop, 1)
    watch.says((2, 500), (50, 500))
    assert watch.state.phase is IDLE
    assert watch.started == []


def test_a_persons_word_comes_after_what_is_known():
    watch = Watch()
    watch.says((0, 500), (60, 500))
    watch.does(manual_stop, 30)
    assert watch.drawn == [(0, 60, "manual")]
    assert watch.does(manual_stop, 61) == []


# What deceives. Each setting with what it is there for, and without it


def flicker(*, config, said):
    watch = Watch(config)
    watch.says(*said)
    watch.waits(10_000)
    return watch.drawn


def test_single_spikes_are_no_sessions():
    said = [
        (number * 60 + late, watts) for number in range(10) for late, watts in ((0, 1), (30, 900), (32, 1))
    ]
    assert flicker(config=CONFIG, said=said) == []
    assert len(flicker(config=SessionConfig(start_debounce_s=1), said=said)) == 10
    # a meter that reports rarely makes them long: the gate of energy
    rare = [(0, 1), (60, 30), (120, 1), (600, 900), (660, 900), (720, 1), (760, 1)]
    assert flicker(config=CONFIG, said=rare) == [(60, 120, "normal"), (600, 720, "power_drop")]
    gate = SessionConfig(start_energy_wh=1, message_timeout_s=600)
    assert flicker(config=gate, said=rare) == [(600, 720, "power_drop")]


def test_the_energy_gate_opens_when_the_energy_is_there():
    watch = Watch(SessionConfig(start_energy_wh=1))
    watch.says((0, 3600))  # 1 Wh a second
    assert watch.waits(2.9) == []
    watch.waits(3)
    assert watch.state.phase is WORKING  # the debounce is longer
    watch = Watch(SessionConfig(start_energy_wh=1))
    watch.says((0, 36))  # 100 s
    watch.waits(99.9)
    assert watch.state.phase is STARTING
    watch.says((99.95, 3600))
    watch.waits(99.9515)
    assert watch.state.phase is WORKING
    assert watch.started[0].session.start_at == at(0)


def test_false_zeros_are_not_even_a_change_of_state():
    said = [(0, 500), (60, 500), (61, 0), (63, 500), (120, 500), (180, 50), (190, 1), (300, 1)]
    watch = Watch(SessionConfig(false_zero_s=5))
    watch.says(*said)
    assert watch.phases == [
        (0, "starting"),
        (3, "working"),
        (180, "standby"),
        (190, "stopping"),
        (205, "idle"),
    ]
    assert watch.sessions[0].working_s == 180
    watch = Watch()
    watch.says(*said)
    assert watch.sessions[0].working_s == 178
    assert (61, "stopping") in watch.phases


def test_a_zero_that_lasts_is_true_from_where_it_was_said():
    config = SessionConfig(false_zero_s=5)
    for said in (
        [(60, 0)],
        [(60, 0), (62, 0)],
        [(60, 0), (64, None)],
        [(60, 0), (65, 500)],
        [(60, 0), (80, 0)],
    ):
        watch = Watch(config)
        watch.says((0, 500), *said)
        watch.waits(100)
        assert (60, "stopping") in watch.phases
    assert watch.drawn == [(0, 60, "power_drop")]


def test_false_zeros_neither_hinder_a_start_nor_hide_a_silence():
    watch = Watch(SessionConfig(false_zero_s=5, message_timeout_s=60))
    watch.says((0, 500), (2, 0), (4, 500))
    assert watch.phases == [(0, "starting"), (3, "working")]
    watch.says((60, 0), (63, 500))  # a zero is a sign of life
    assert watch.says((62.5, 500)) == []
    assert watch.phases[-1] == (3, "working")
    watch.says((100, 0), (103, 0))
    before = watch.state
    watch.says((102, 0), (101, 500), (103, 0))
    assert watch.state is before
    watch.waits(1000)
    assert watch.drawn == [(0, 100, "power_drop")]
    watch = Watch(SessionConfig(false_zero_s=5))
    watch.says((0, 500), (2, 0), (4, 5))  # what was until 4 s has lasted for 3
    assert watch.phases == [(0, "starting"), (3, "working"), (4, "stopping")]


def test_idle_draw_and_flicker_at_the_threshold_need_a_stop_threshold():
    said = [
        (0, 30),
        *[(number, 21 if number % 20 else 16) for number in range(10, 400, 10)],
        (400, 9),
        (900, 9),
    ]
    split = SessionConfig(stop_debounce_s=5, message_timeout_s=900)
    assert len(flicker(config=split, said=said)) > 10
    steady = SessionConfig(stop_debounce_s=5, message_timeout_s=900, stop_threshold_w=15)
    assert flicker(config=steady, said=said) == [(0, 400, "normal")]


def test_a_start_threshold_keeps_a_machine_that_waits_from_being_one_that_runs():
    said = [(0, 25), (100, 25), (200, 300), (300, 25), (400, 1), (500, 1)]
    assert flicker(config=CONFIG, said=said) == [(0, 400, "normal")]
    delayed = SessionConfig(start_threshold_w=50)
    assert flicker(config=delayed, said=said) == [(200, 400, "normal")]


def test_a_start_is_kept_by_the_stop_threshold_or_by_a_start_threshold_of_its_own():
    said = [(0, 25), (2, 15), (4, 25), (60, 1), (80, 1)]
    assert flicker(config=SessionConfig(stop_threshold_w=10), said=said) == [(0, 60, "normal")]
    assert flicker(config=SessionConfig(stop_threshold_w=10, start_threshold_w=20), said=said) == [
        (4, 60, "normal")
    ]


def test_work_has_a_way_down_of_its_own():
    said = [(0, 500), *[(number, 105 if number % 20 else 95) for number in range(10, 200, 10)], (200, 50)]
    for working_stop_threshold_w, changes in ((None, 20), (80, 2)):
        watch = Watch(SessionConfig(working_stop_threshold_w=working_stop_threshold_w))
        watch.says(*said)
        assert sum(phase in ("standby", "working") for _, phase in watch.phases) == changes


def test_a_start_that_was_none_leaves_nothing_behind():
    watch = Watch(SessionConfig(working_stop_threshold_w=80))
    watch.says((0, 500), (1, 1), (10, 90), (20, 90))
    assert watch.state.phase is STANDBY


def test_cycles_with_pauses_are_one_session_and_the_pause_is_standby():
    said = [(0, 500), (100, 2), (200, 2), (300, 500), (400, 2), (500, 2), (700, 2), (900, 500), (910, 500)]
    watch = Watch(SessionConfig(min_off_gap_s=300))
    watch.says(*said)
    assert watch.drawn == [(0, 400, "power_drop")]
    assert (watch.sessions[0].standby_s, watch.sessions[0].working_s) == (200, 200)
    assert watch.state.session.start_at == at(900)


def test_bursts_after_the_end_neither_prolong_it_nor_begin_another():
    bursts = [
        (600 + 120 * number + late, watts) for number in range(20) for late, watts in ((0, 130), (10, 4))
    ]
    said = [*[(number, 500) for number in range(0, 500, 60)], (500, 4), (560, 4), *bursts]
    plain = SessionConfig(min_off_gap_s=300)
    assert flicker(config=plain, said=said) == [(0, 600 + 120 * 19 + 10, "power_drop")]
    by_time = SessionConfig(min_off_gap_s=300, start_debounce_s=20, resume_debounce_s=20)
    by_energy = SessionConfig(min_off_gap_s=300, start_energy_wh=1, resume_energy_wh=1)
    for config in (by_time, by_energy):
        assert flicker(config=config, said=said) == [(0, 500, "power_drop")]
        again = [*said[:11], (600, 130), (610, 4), (700, 500), (760, 500), (800, 4)]  # work came back in time
        watch = Watch(config)
        watch.says(*again)
        watch.waits(2000)
        assert watch.drawn == [(0, 800, "power_drop")]
        assert (watch.sessions[0].standby_s, watch.sessions[0].working_s) == (200, 600)


def test_a_burst_that_outlasts_the_end_is_the_start_of_the_next():
    watch = Watch(SessionConfig(min_off_gap_s=100, resume_debounce_s=30, start_debounce_s=30))
    watch.says((0, 500), (100, 4), (180, 500), (260, 500), (300, 4))
    watch.waits(1000)
    assert watch.drawn == [(0, 100, "power_drop"), (180, 300, "power_drop")]
    assert watch.phases[3:6] == [(200, "idle"), (200, "starting"), (210, "working")]
    # it has lasted long enough to start when the other is over, and no earlier
    watch = Watch(SessionConfig(min_off_gap_s=100, resume_debounce_s=30))
    watch.says((0, 500), (100, 4), (180, 500), (260, 500))
    assert watch.phases[3:] == [(200, "idle"), (200, "starting"), (200, "working")]
    assert watch.state.session.start_at == at(180)
    # below what starts a session it is nothing
    watch = Watch(SessionConfig(min_off_gap_s=100, resume_debounce_s=30, start_threshold_w=100))
    watch.says((0, 500), (100, 4), (180, 50), (260, 50))
    assert watch.drawn == [(0, 100, "power_drop")]
    assert watch.state.phase is IDLE


def test_a_burst_that_silence_follows_is_nothing():
    watch = Watch(SessionConfig(min_off_gap_s=600, resume_debounce_s=600))
    watch.says((0, 500), (60, 2), (100, 500))
    watch.waits(1000)
    assert watch.phases[2:] == [(60, "stopping"), (250.000001, "idle")]
    assert watch.drawn == [(0, 60, "power_drop")]


def test_a_burst_of_work_does_not_change_what_the_session_ended_by():
    watch = Watch(SessionConfig(resume_debounce_s=10))
    watch.says((0, 50), (60, 4), (65, 500), (68, 4), (80, 4))
    assert watch.drawn == [(0, 60, "normal")]


def test_nothing_is_known_of_a_machine_at_first():
    assert SessionState().session is None
    assert tick(SessionState(), CONFIG, datetime(2100, 1, 1)) == (SessionState(), [])
    assert manual_stop(SessionState(), CONFIG, START) == (SessionState(), [])
