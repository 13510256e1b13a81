"""What meters in the field do to sessions, and what must not be taken for it. Sources are public bug reports."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusion_iot_core.detector import (
    Sample,
    SessionConfig,
    SessionEnded,
    SessionState,
    advance,
    replay,
    tick,
)
from tests.unit.detector_cases import CONFIG, HOUR, ON_CHANGE, SLOW, Watch, at, drawn, only, samples, stored

# A. A rise of the counter that the power cannot explain


@pytest.mark.parametrize(
    ("said", "wh"),
    [
        pytest.param(
            [
                *[(0, 1000, 10_000), (10, 1000, 10_000), (310, 1000, 10_083), (315, 1000, 560_000)],
                *[(325, 1000, 10_087), (610, 1000, 10_166), (910, 0, 10_250)],
            ],
            250,
            id="zigbee2mqtt 9755: up and back",
        ),
        pytest.param(
            [
                *[(0, 60, 31_960), (10, 60, 31_960), (310, 60, 31_965), (610, 60, 46_670)],
                *[(910, 60, 46_675), (1210, 0, 46_680)],
            ],
            20,
            id="zigbee2mqtt 25929: up, and it stays",
        ),
        pytest.param([(0, 60, 31_960), (600, 60, 46_670), (1200, 0, 46_680)], 20, id="the first rise is it"),
        pytest.param(
            [(0, 24, 2_090), (600, 24, 2_094), (1200, 24, 22_090), (1800, 0, 22_094)],
            12,
            id="zigbee2mqtt 23961: 20 kWh at once",
        ),
        pytest.param(
            [(0, 100, 775), (300, 100, 783), (600, 100, 791_000), (900, 100, 800), (1200, 0, 808)],
            33,
            id="zigbee2mqtt 25005: a thousand times as much, once",
        ),
        pytest.param(
            [(0, 1500, 38_455), (300, 1500, 5_038_580), (600, 1500, 5_038_705), (900, 0, 5_038_830)],
            375,
            id="Hiking DDS238 9: 5,000 kWh more after a restart",
        ),
        pytest.param(
            [(0, 900, 7_978), (300, 900, 8_053), (320, 900, 9_053), (620, 900, 9_128), (920, 0, 9_203)],
            230,
            id="Tasmota 16791: higher after a power loss",
        ),
        pytest.param(
            [
                (0, 800, 3_000_000),
                (300, 800, 0),
                (310, 800, 3_000_069),
                (610, 800, 3_000_136),
                (900, 0, 3_000_200),
            ],
            200,
            id="domoticz 6493: the whole counter is new after it was unplugged",
        ),
        pytest.param(
            [(0, 2000, 100), (300, 2000, 267), (600, 2000, 50_000), (660, 2000, 50_033), (960, 0, 50_200)],
            533,
            id="a spike after which it counts on from there",
        ),
    ],
)
def test_an_impossible_rise_is_not_taken(said, wh):
    session = only(*said)
    assert session.energy_wh == pytest.approx(wh, rel=0.06)
    assert session.metered
    # what came back to where it had fallen from was never a rise of this session
    assert session.partly_metered is not (said[1][2:] == (0,))


def test_spikes_one_after_the_other_add_up_to_nothing():
    said = [(0, 100, 5000)]
    said += [(number * 60, 100, 5000 + number * 200_000) for number in range(1, 100)]
    session = only(*said, (6000, 0, 5_000_000))
    assert session.energy_wh == pytest.approx(100 * 6000 / HOUR, rel=0.02)
    # nor do small ones, each of which two coarse steps would allow
    said = [(number * 10, 100, 10_000 + number * 200) for number in range(100)]
    assert only(*said, (1000, 0)).energy_wh < 2 * 100 * 1000 / HOUR + 200


@pytest.mark.parametrize(
    ("said", "wh"),
    [
        # an hour's worth is lost with the power, and a new life begins at 0
        ([(0, 1000, 5000), (1800, 1000, 5450), (3600, 1000, 0), (5400, 1000, 450), (7200, 0, 900)], 1850),
        # Tasmota 12683 and firmware 7: it goes on from what was saved last
        (
            [(0, 500, 38_455), (300, 500, 38_497), (600, 500, 36_000), (900, 500, 36_042), (1200, 0, 36_084)],
            168,
        ),
        # Tasmota 685: reset by hand
        ([(0, 1500, 1944), (300, 1500, 2069), (600, 1500, 0), (900, 1500, 125), (1200, 0, 250)], 500),
    ],
)
def test_a_real_reset_costs_what_lies_between_two_readings_only(said, wh):
    session = only(*said, config=SessionConfig(message_timeout_s=HOUR))
    assert session.energy_wh == pytest.approx(wh, rel=0.02)
    assert not session.partly_metered


@pytest.mark.parametrize("step", [1, 10, 100])
@pytest.mark.parametrize("every", [1, 10, 60, 300])
@pytest.mark.parametrize("phase", [0.0, 0.5, 0.97])
def test_a_counter_of_coarse_steps_is_believed(step, every, phase):
    watts = 700
    reading = {}
    for second in range(0, 2 * HOUR + 1, every):
        reading[second] = round(step * ((phase * step + watts * second / HOUR) // step) + 123 * step, 6)
    said = [(second, watts if second < 2 * HOUR else 0, wh) for second, wh in reading.items()]
    session = only(*said)
    assert session.energy_wh == pytest.approx(1400, abs=step + watts * every / HOUR)
    assert not session.partly_metered


def test_an_impulse_meter_of_75_impulses_a_kwh_is_learnt():
    step = 1000 / 75
    watch = Watch(SLOW)
    for start in (0, 3 * HOUR, 6 * HOUR):
        said = []
        for second in range(0, 2 * HOUR, 10):
            total = round(step * (((start + second) / HOUR * 1000 * 2 / 3 + 0.99 * step) // step), 3)
            said.append((start + second, 1000, total))
        watch.says(*said, (start + 2 * HOUR, 0))
        watch.waits(start + 2.5 * HOUR)
    assert [session.partly_metered for session in watch.sessions][1:] == [False, False]


def test_a_reading_that_is_repeated_for_an_hour_is_no_step_of_the_counter():
    said = [(second, 1000, 100.5) for second in range(0, 3300, 300)]
    said += [(3300, 1000, 1000.5), (3600, 1000, 2700.5), (3900, 0, 2783.8)]
    watch = Watch(SLOW)
    watch.says(*said)
    watch.waits(8000)
    (session,) = watch.sessions
    assert session.energy_wh == pytest.approx(900 + 83.3 + 83.3, abs=1)
    assert session.partly_metered
    assert watch.state.step_wh is None


def test_the_smallest_rise_is_the_step():
    watch = Watch(SLOW)
    watch.says((0, 1000, 100.5), (300, 1000, 100.5), (540, 1000, 250.5), (552, 1000, 253.8))
    watch.says((564, 1000, 257.1), (600, 0, 267.1))
    watch.waits(2000)
    assert watch.state.step_wh == pytest.approx(3.3)


def test_a_device_that_repeats_its_old_reading_in_every_message_is_believed():
    """Zigbee2MQTT publishes all it knows with each value: the reading is ten minutes old, then it catches up."""
    said = [
        (second, 2000 + second % 7, 1000 + 2000 * (second // 600 * 600) / HOUR)
        for second in range(0, 7200, 5)
    ]
    session = only(*said, (7200, 0, 1000 + 4000))
    assert session.energy_wh == pytest.approx(4000, rel=0.01)
    assert not session.partly_metered


def test_a_welder_whose_peaks_lie_between_two_samples_is_believed_once_one_is_seen():
    """Half a minute at 50 W, then 3 s of arc at 6 kW which a report every 14 s meets now and then."""
    true = [6000 if second % 30 < 3 else 50 for second in range(1801)]
    counter = [40_000.0]
    for watts in true:
        counter.append(counter[-1] + watts / HOUR)
    said = [(second, true[second], round(counter[second], 3)) for second in range(8, 1800, 14)]
    assert {watts for _, watts, _ in said[:2]} == {50}
    session = only(*said, (1800, 0), config=SessionConfig(message_timeout_s=60))
    assert session.energy_wh == pytest.approx(counter[1800] - counter[8], rel=0.03)
    assert not session.partly_metered


def test_a_rise_that_was_refused_is_taken_when_the_power_explains_it_and_not_after_a_fall():
    believed = only(
        (0, 50, 1000.5), (60, 50, 1040.5), (120, 3000, 1041.3), (180, 3000, 1091.3), (240, 0, 1141.3)
    )
    assert believed.energy_wh == pytest.approx(140.8)
    assert not believed.partly_metered
    fell = only(
        (0, 50, 1000.5),
        (60, 50, 1040.5),
        (70, 50, 1001.5),
        (120, 3000, 1002),
        (180, 3000, 1052),
        (240, 0, 1102),
    )
    assert fell.energy_wh == pytest.approx(101.5, abs=1)
    assert fell.partly_metered


UNDERFLOW_CW = 2**32 / 100
UNDERFLOW_MW = 2**32 / 1000


@pytest.mark.parametrize(
    ("said", "wh"),
    [
        (
            [
                *[
                    (0, 60, 31_960),
                    (10, 60, 31_960),
                    (310, 60, 31_965),
                    (610, 60, 46_670),
                    (700, 1e5, 46_671),
                ],
                *[(701, 60, 46_671), (910, 60, 46_675), (1210, 0, 46_680)],
            ],
            20,
        ),
        ([(0, 60, 31_960), (300, 60, 31_965), (310, UNDERFLOW_CW, 31_965), (320, 0, 31_965)], 5),
        ([(0, 60, 31_960), (300, 60, 31_965), (310, UNDERFLOW_MW, 31_965), (320, 0, 31_965)], 5),
        ([(0, 60, 31_960), (300, 60, 31_965), (310, 9e5, 31_965), (320, 0, 31_965)], 5),
        # it is set back while that is held
        ([(0, 60, 31_960), (300, 60, 31_965), (310, 9e5, 31_965), (320, 60, 0), (620, 0, 5)], 10),
    ],
)
def test_a_glitch_of_power_explains_no_counter_and_is_not_billed_against_one(said, wh):
    assert only(*said).energy_wh == pytest.approx(wh, abs=3)


@pytest.mark.parametrize("watts", [UNDERFLOW_CW, UNDERFLOW_MW])
def test_a_counter_that_fell_below_0_is_no_power(watts):
    for said in [(0, 0.5), (300, watts), (303.5, 0.5), (600, 0.5)], [(0, 0.5), (300, watts), (3900, watts)]:
        assert replay(ON_CHANGE, samples(*said, (4000, 0)), at(10 * HOUR)) == []


def test_one_message_of_power_is_believed_against_a_counter_that_may_be_coarse():
    assert only((0, 2000, 100.5), (300, 0, 100.5)).energy_wh == pytest.approx(166.7, abs=0.1)
    # on change: it stood by, and worked for ten minutes that one message tells
    said = [(0, 50, 100.5), (60, 55, 101.5), (120, 3000, 102.4), (720, 50, 602.4), (780, 0, 603.2)]
    assert only(*said).energy_wh == pytest.approx(502.7)


@settings(max_examples=200)
@given(
    st.floats(30, 3000),
    st.integers(10, 300),
    st.integers(4, 20),
    st.data(),
)
def test_one_glitch_changes_energy_by_no_more_than_what_lies_around_it(watts, every, count, data):
    def reading(second):
        return 5000 + watts * second // HOUR

    said = [(number * every, watts, reading(number * every)) for number in range(count)]
    said.append((count * every, 0, reading(count * every)))
    true = only(*said).energy_wh
    number = data.draw(st.integers(2, count - 1))
    when = number * every + data.draw(st.floats(0.01, 0.99)) * every
    glitch = data.draw(st.floats(watts, 1e12) | st.sampled_from([1e5, 9e5, UNDERFLOW_CW, UNDERFLOW_MW]))
    wh = data.draw(st.sampled_from([None, reading(when)]) | st.floats(0, 1e9))
    session = only(*said[: number + 1], (when, glitch, wh), *said[number + 1 :])
    coarse = 2 * 101  # what a counter may have missed whose reading is a multiple of 100
    assert session.energy_wh == pytest.approx(true, abs=7 * watts * every / HOUR + coarse)


# D. Two messages of one instant


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([(0, 0), (300, 0), (300, 1200), (600, 1210), (900, 0)], (300, 900)),
        ([(0, 1200), (300, 1200), (300, 0), (600, 0)], (0, 300)),
        # the counter of a relay that has just switched is the same
        ([(0, 0, 500), (300, 0, 500), (300, 1200, 500), (600, 1210, 600), (900, 0, 700)], (300, 900)),
        # Tasmota 2891: two a second, one of them without power
        ([(0, 0), (51, 5), (51, 900), (52, 905), (82, 900), (82, 0), (120, 0)], (51, 82)),
        # Tasmota 5858: the same one twice, then the next
        ([(0, 0), (22, 2000), (22, 2000), (23, 2000), (60, 2010), (60, 2010), (60, 0), (90, 0)], (22, 60)),
        # Tasmota 4130: without power for a second, between two reports
        ([(-30, 0), (12, 1457), (42, 1459), (53, 0), (54, 1455), (72, 1457), (72, 0), (102, 0)], (12, 72)),
        # switched on and off in one second, and on again in the next
        ([(0, 0), (10, 900), (10, 0), (11, 900), (40, 900), (40, 3), (60, 3)], (11, 40)),
    ],
)
def test_the_later_of_one_instant_counts(said, expected):
    (session,) = replay(SLOW, samples(*said), at(10_000))
    assert drawn([session])[0][:2] == expected


def test_a_compressor_that_switches_twice_a_second_is_seen_to():
    """Whole seconds, two messages each: on for half of every second."""
    config = SessionConfig(
        standby_threshold_w=500, working_threshold_w=500, start_debounce_s=0, stop_debounce_s=0
    )
    fine = [(number / 2, 2000 * (number % 2)) for number in range(20)]
    assert len(replay(config, samples(*fine, (10, 0)), at(1000))) == 10
    coarse = [(number // 2, 2000 * (number % 2)) for number in range(20)]
    state, _ = advance(SessionState(), config, samples(*coarse))
    assert state.power_w == 2000
    steady = SessionConfig(
        standby_threshold_w=500, working_threshold_w=500, start_debounce_s=0, stop_debounce_s=5
    )
    (session,) = replay(steady, samples(*coarse, (10, 0)), at(1000))
    assert drawn([session])[0][:2] == (0, 10)


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from([0, 0, 50, 500]), st.sampled_from([None, 7, 8])),
        max_size=30,
    ),
    st.data(),
)
def test_whatever_is_sent_again_makes_no_difference(steps, data):
    said, moment = [], 0
    for gap, watts, reading in steps:
        moment += gap
        said.append(Sample(at(moment), watts, reading))
    whole = advance(SessionState(), CONFIG, said)
    again = []
    for number, sample in enumerate(said, 1):
        again.append(sample)
        again += said[data.draw(st.integers(0, number)) : number]
    state, events, done = SessionState(), [], 0
    while done < len(again):
        size = data.draw(st.integers(1, 5))
        state, found = advance(stored(state), CONFIG, again[done : done + size])
        events += found
        done += size
    assert (state, events) == whole


# Whatever comes, nothing becomes absurd

JUNK = st.sampled_from(
    [float("nan"), float("inf"), float("-inf"), 1e308, -1e308, 1e9, 5e8, -5.0, 1e300, None]
)
HOSTILE = st.tuples(
    st.floats(-1e5, 1e5) | st.sampled_from([0, 0, 1, 60, 300]),
    st.sampled_from([0, 15, 30, 500, 3000]) | st.floats(0, 1e5) | JUNK,
    st.none() | st.floats(0, 1e12) | st.sampled_from([0, 10_000, 10_200, 560_000, 1e15, 1e16]) | JUNK,
)


@settings(max_examples=400)
@given(st.lists(HOSTILE, max_size=60), st.sampled_from([0, 120]), st.sampled_from([0, 5]))
def test_no_sequence_of_messages_makes_a_session_absurd(steps, gap, zero):
    config = SessionConfig(min_off_gap_s=gap, false_zero_s=zero, message_timeout_s=750, resume_debounce_s=5)
    state, ended, moment, said = SessionState(), [], 0.0, []
    for step, watts, reading in steps:
        moment += step
        said.append(Sample(at(moment), watts, reading))
        state, events = advance(stored(state), config, [said[-1]])
        ended += [event.session for event in events if isinstance(event, SessionEnded)]
    state, events = tick(state, config, at(1e8))
    ended += [event.session for event in events if isinstance(event, SessionEnded)]
    assert ended == replay(config, said, at(1e8))
    for session in ended:
        lasted = (session.end_at - session.start_at).total_seconds()
        assert 0 < session.total_s == pytest.approx(lasted, abs=1e-3)
        assert 0 <= session.peak_power_w < 1e8
        possible = 2 * session.peak_power_w * lasted / HOUR + 2 * 1000
        assert 0 <= session.energy_wh <= possible * (1 + 1e-9)


@pytest.mark.parametrize(
    "when",
    [
        datetime.max.replace(tzinfo=timezone.utc),
        datetime.max,
        datetime(9500, 1, 1),
        datetime.min + timedelta(1),
    ],
)
def test_a_time_at_the_end_of_all_calendars_is_no_time(when):
    for first in ([], samples((0, 0)), samples((0, 500), (10, 500)), samples((0, 500), (10, 1))):
        state, _ = advance(SessionState(), CONFIG, first)
        state, _ = advance(state, CONFIG, [(when, 500, None), (when, 0, 4)])
        tick(state, CONFIG, at(1000))


@pytest.mark.parametrize("watts", [1e308, 1e9, 1e8, float("inf"), float("nan"), -1e308])
def test_power_that_no_machine_draws_is_none(watts):
    (session,) = replay(CONFIG, samples((0, 500), (60, watts), (120, 500), (180, 1)), at(1000))
    assert session.peak_power_w == 500
    assert session.energy_wh == pytest.approx(500 * 180 / HOUR)
    assert replay(CONFIG, samples((0, watts), (60, watts), (120, 1)), at(1000)) == []


# What was stored by version 1


def test_a_state_of_version_1_goes_on():
    run = ["2026-03-02T00:00:00+00:00", 500.0, 510.0, 0.0, 600.0, 80.0, 3.0, 10_080.0, None]
    old = {
        "version": 1,
        "phase": "stopping",
        "since": "2026-03-02T00:10:00+00:00",
        "last_at": "2026-03-02T00:10:05+00:00",
        "power_w": 500.0,
        "working": True,
        "run": run,
        "pause": ["2026-03-02T00:10:00+00:00", 1.0, 1.0, 5.0, 0.0, 0.0, 0.1, None, None],
        "trial": ["2026-03-02T00:10:05+00:00", 500.0, 500.0, 0.0, 0.0, 0.0, 0.0, None, None],
        "beat": [None, 0.0, 600.0],
        "reason": "power_drop",
        "withheld": [],
        "manual": "none",
        "quiet_at": None,
    }
    state = SessionState.from_dict(old)
    assert stored(state) == state
    state, _ = advance(state, CONFIG, samples((610, 500, 10_081), (700, 500, 10_093), (800, 0)))
    state, events = tick(state, CONFIG, at(1000))
    assert drawn([events[-1].session]) == [(0, 800, "power_drop")]
    assert events[-1].session.energy_wh == pytest.approx(80 + 13 + 13.9, abs=0.1)


def test_a_state_of_version_2_goes_on():
    state, _ = advance(SessionState(), SLOW, samples((0, 500, 100), (10, 510, 101), (300, 505, 142)))
    old = {**state.to_dict(), "version": 2}
    old["run"] = old["run"][:-1]
    assert SessionState.from_dict(old) == state._replace(run=state.run._replace(sure_w=510))
