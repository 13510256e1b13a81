"""Days of machines: the sessions a person draws, written down by hand."""

import pytest

from fusion_iot_core.detector import SessionConfig, replay, suggest
from tests.unit.detector_cases import drawn, seconds
from tests.unit.machine_days import clock, cnc, compressor, washing_machine

WASHING_MACHINE = SessionConfig(
    standby_threshold_w=10,
    stop_threshold_w=4,
    working_threshold_w=100,
    start_debounce_s=15,
    min_off_gap_s=300,
    resume_debounce_s=30,
    false_zero_s=5,
)
COMPRESSOR = SessionConfig(standby_threshold_w=500, working_threshold_w=500)
CNC = SessionConfig(standby_threshold_w=60, working_threshold_w=400)


@pytest.fixture(scope="module")
def washing():
    return washing_machine()


@pytest.fixture(scope="module")
def compressing():
    return compressor()


@pytest.fixture(scope="module")
def milling():
    return cnc()


def by_hand(*sessions):
    return [(clock(start), clock(end), reason) for start, end, reason in sessions]


def test_the_washing_machine_has_three_loads_and_one_is_cut_by_its_silent_meter(washing):
    first, second, third, rest = replay(WASHING_MACHINE, washing)
    assert drawn([first, second]) == by_hand(
        ("07:12", "08:26", "power_drop"),
        ("12:00", "13:14", "power_drop"),
    )
    # heated 18 minutes, washed 22 x 12/20, rinsed 15 x 14/20, spun 10
    for load in (first, second):
        assert load.working_s == pytest.approx((18 + 13.2 + 10.5 + 10) * 60, abs=15)
        assert load.total_s == 74 * 60
    assert seconds(third.start_at) == clock("18:00")
    assert clock("18:39:45") <= seconds(third.end_at) < clock("18:40")
    assert third.end_reason.value == "timeout"
    assert drawn([rest]) == by_hand(("18:50", "19:14", "power_drop"))


def test_the_washing_machine_used_what_its_parts_used(washing):
    first, *_ = replay(WASHING_MACHINE, washing)
    wh = (
        2 * 25
        + 18 * 2050
        + 22 * (0.6 * 220 + 0.4 * 6)
        + 3 * 35
        + 4 * 2
        + 15 * (0.7 * 200 + 0.3 * 6)
        + 10 * 460
    ) / 60
    assert first.energy_wh == pytest.approx(wh, rel=0.01)
    assert first.metered


def test_without_its_settings_the_washing_machine_is_a_mess(washing):
    plain = SessionConfig(standby_threshold_w=10, working_threshold_w=100)
    assert len(replay(plain, washing)) > 15


def test_the_compressor_runs_49_times(compressing):
    runs = replay(COMPRESSOR, compressing)
    assert len(runs) == 49
    assert drawn(runs)[:4] == by_hand(
        ("03:40", "03:42", "normal"),
        ("06:58", "07:06", "normal"),
        ("07:20", "07:23", "normal"),
        ("07:32", "07:35", "normal"),
    )
    assert {run.end_reason.value for run in runs} == {"normal"}
    assert sum(run.working_s for run in runs) == 2 * 60 + 8 * 60 + 23 * 180 + 23 * 150 + 210
    assert sum(run.standby_s for run in runs) == 0
    assert all(run.peak_power_w == pytest.approx(4100, rel=0.1) for run in runs)


def test_the_compressor_is_in_use_in_the_morning_and_in_the_afternoon(compressing):
    in_use = SessionConfig(standby_threshold_w=500, working_threshold_w=500, min_off_gap_s=20 * 60)
    assert drawn(replay(in_use, compressing)) == by_hand(
        ("03:40", "03:42", "normal"),
        ("06:58", "11:47", "normal"),
        ("12:40", "16:22:30", "normal"),
        ("21:15", "21:18:30", "normal"),
    )


def test_the_mill_works_a_shift_that_an_emergency_stop_cuts_in_two(milling):
    morning, afternoon = replay(CNC, milling)
    assert drawn([morning, afternoon]) == by_hand(
        ("06:55", "11:20", "power_drop"),
        ("11:32", "15:35:20", "normal"),
    )
    # a cut of 6 minutes has 18 s of rapid moves
    assert morning.working_s == 15 * 60 + 30 * 342 + 285
    assert afternoon.working_s == 24 * 342
    assert morning.total_s == 265 * 60
    assert afternoon.total_s == 243 * 60 + 20


@pytest.mark.parametrize(
    ("machine", "config"), [("washing", WASHING_MACHINE), ("compressing", COMPRESSOR), ("milling", CNC)]
)
def test_energy_by_the_counter_and_by_power_and_time_agree(machine, config, request):
    said = request.getfixturevalue(machine)
    counted = replay(config, said)
    integrated = replay(config, [sample._replace(energy_wh=None) for sample in said])
    assert [session.energy_wh for session in counted] == pytest.approx(
        [session.energy_wh for session in integrated], rel=0.04
    )


def test_the_last_session_is_open_while_nobody_has_waited(compressing):
    cut = [sample for sample in compressing if seconds(sample.at) < clock("07:21")]
    running = replay(COMPRESSOR, cut)[-1]
    assert (running.end_at, running.end_reason) == (None, None)
    closed = replay(COMPRESSOR, cut, cut[-1].at.replace(hour=9))
    assert closed[-1].end_reason.value == "timeout"


# Suggestions


def test_the_mills_history_gives_its_thresholds(milling):
    found = suggest(milling)
    assert 3 < found.standby_threshold_w < 180
    assert 250 < found.working_threshold_w < 900
    own = SessionConfig(
        standby_threshold_w=found.standby_threshold_w, working_threshold_w=found.working_threshold_w
    )
    assert replay(own, milling) == replay(CNC, milling)
    off, standby, work = found.levels
    assert off.power_w < 5
    assert standby.power_w == pytest.approx(200, rel=0.15)
    assert 900 < work.power_w < 3000


def test_a_machine_without_standby_has_one_threshold(compressing):
    found = suggest(compressing)
    assert found.standby_threshold_w == found.working_threshold_w
    assert 1 < found.standby_threshold_w < 2000
    own = SessionConfig(
        standby_threshold_w=found.standby_threshold_w, working_threshold_w=found.working_threshold_w
    )
    assert replay(own, compressing) == replay(COMPRESSOR, compressing)


def test_the_histogram_holds_all_time_and_the_same_history_gives_the_same(washing):
    found = suggest(washing)
    assert found == suggest(list(washing))
    watched = (washing[-1].at - washing[0].at).total_seconds() - (600 - 300)  # ten minutes were silent
    assert sum(each.seconds for each in found.bins) == pytest.approx(watched, abs=15)
    assert sum(level.seconds for level in found.levels) == pytest.approx(watched, abs=15)
    assert all(left.high_w == right.low_w for left, right in zip(found.bins, found.bins[1:], strict=False))
    assert found.bins[0].low_w == 0


def test_a_history_without_a_difference_gives_no_thresholds(milling):
    night = [sample for sample in milling if seconds(sample.at) < clock("06:00")]
    found = suggest(night)
    assert found.standby_threshold_w is None
    assert found.working_threshold_w is None
    assert [level.power_w for level in found.levels] == [pytest.approx(3, abs=1)]
    assert suggest([]) == suggest(night[:1])
    assert suggest([]).bins == ()
