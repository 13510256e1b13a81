"""Sessions that people start and end by hand."""

from fusion_iot_core.detector import (
    Phase,
    SessionConfig,
    manual_start,
    manual_stop,
)
from tests.unit.detector_cases import Watch, at

IDLE, STARTING, STANDBY, WORKING, STOPPING = Phase


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
