"""What deceives, each setting with what it is there for, and without it."""

from datetime import datetime

from fusion_iot_core.detector import (
    Phase,
    SessionConfig,
    SessionState,
    manual_stop,
    tick,
)
from tests.unit.detector_cases import CONFIG, START, Watch, at

IDLE, STARTING, STANDBY, WORKING, STOPPING = Phase


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
