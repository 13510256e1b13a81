"""How far a value is trusted: alone, and after those before it. Sources of the cases are in their ids."""

import math
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fusion_iot_core.protocol import (
    BEYOND,
    PROBE_KINDS,
    QUANTITIES,
    Quality,
    Reason,
    Trust,
    assess,
    checks,
    convert,
    grade,
    probe_kind,
)

START = datetime(2026, 1, 5, tzinfo=timezone.utc)
INTERVALS = (1, 10, 30, 60, 120, 300, 3600)
GOOD, SUSPECT, BAD = Quality.GOOD, Quality.SUSPECT, Quality.BAD
DS18B20 = PROBE_KINDS["ds18b20"]
kinds = st.sampled_from(sorted(PROBE_KINDS))
numbers = st.floats(allow_nan=True, allow_infinity=True)


def judged(series, interval=None, kind="ds18b20", quantity="temperature", unit="", **values):
    """Quality and reason of each of ``(seconds, value)``, or of values at an interval."""
    if interval is not None:
        series = [(number * interval, value) for number, value in enumerate(series)]
    asked = checks(probe_kind(kind), quantity, 3.0 * (interval or 30), **values)
    trust, verdicts = Trust(), []
    for seconds, value in series:
        verdict, trust = assess(trust, asked, START + timedelta(seconds=seconds), value, unit)
        verdicts.append(verdict)
    return verdicts


def qualities(*arguments, **values):
    return [verdict.quality for verdict in judged(*arguments, **values)]


# ---------------------------------------------------------------------------- one value


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        *(("ds18b20", value) for value in (-127.0, 127.94, 127.9375, -55.1, 125.1, -300.0)),
        pytest.param("ds18b20", 999.0, id="999 of a DS18B20"),
        pytest.param("tasmota", 999.0, id="999 by Tasmota"),
        pytest.param("shelly", 999.0, id="999 of a Shelly"),
        pytest.param("shelly", 1000.0, id="home-assistant/core#49415"),
        pytest.param("ds18b20", -185.0, id="NetMod-ServerApp#57"),
        pytest.param("tasmota", -100.0, id="Tasmota#9978"),
        pytest.param("other", -100.0, id="zha#3844"),
        pytest.param("ds18b20", 127.0, id="ESPEasy#1241"),
        pytest.param("ds18b20", 341.0, id="Nordic-DS18B20#1"),
        pytest.param("tasmota", 180.0, id="180"),
        pytest.param("ds18b20", 1200.31, id="OneWireSpark#1"),
        pytest.param("other", 1037.55, id="esphome-customisations#1: MLX90614, all ones"),
        pytest.param("other", -127.0, id="-127 of any probe: iSpindel#122"),
        pytest.param("other", -128.0, id="DS18B20_RT#9: its error of the checksum"),
        pytest.param("other", 6500.0, id="inkbird#6: no probe in the socket"),
        pytest.param("other", -327.68, id="connectedhomeip#30861"),
        pytest.param("other", 655.35, id="655.35"),
        pytest.param("transmitter", -127.0, id="-127 behind a transmitter"),
        pytest.param("ntc", -60.0, id="thermistor, open"),
        pytest.param("ntc", 300.0, id="thermistor, short circuit"),
        pytest.param("thermocouple", 2047.75, id="MAX6675, all ones"),
        pytest.param("manual", 854.0, id="a slip of the pen"),
        pytest.param("no such kind", 600.0, id="a kind of a later version"),
    ],
)
def test_what_a_probe_cannot_measure_is_bad(kind, value):
    assert grade(value, kind=kind, quantity="temperature").quality is BAD


@pytest.mark.parametrize("kind", ["ds18b20", "tasmota", "shelly", "ntc"])
def test_the_fault_value_is_bad_before_and_after_conversion(kind):
    for value in (-127.0, convert(-127.0, "°F", "°C"), convert(-196.6, "°F", "°C")):
        assert grade(value, kind=kind, quantity="temperature").quality is BAD


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("ds18b20", -40.0),  # a cold store
        ("ds18b20", -55.0),
        ("ds18b20", 100.0),  # a boiling tank
        ("ds18b20", 125.0),
        ("ds18b20", 85.0),
        ("other", -86.0),  # a freezer of a laboratory
        ("other", -40.0),
        ("other", 200.0),
        ("other", 150.0),  # black oxide
        ("transmitter", 200.0),  # an oven
        ("thermocouple", 200.0),
        ("thermocouple", 999.0),
        ("thermocouple", 1000.0),
        ("thermocouple", convert(-127.0, "°F", "°C")),
        ("pt100", -196.0),
        ("pt100", 600.0),
        ("manual", 0.0),
    ],
)
def test_what_a_probe_can_measure_is_good(kind, value):
    assert grade(value, kind=kind, quantity="temperature").quality is GOOD


@pytest.mark.parametrize(
    ("quantity", "value", "quality"),
    [
        *(("ph", value, GOOD) for value in (0.0, 14.0, -0.5, 15.0)),
        ("ph", 65.535, BAD),
        ("ph", -127.0, BAD),
        ("temperature", 1.7e308, BAD),
        ("power", 1e308, BAD),
        ("power", -2_500.0, GOOD),  # a roof with solar cells
        ("energy", 1e16, BAD),
        ("energy", 4_294_967_295.0, GOOD),
        ("humidity", 999.0, BAD),
        ("humidity", 100.0, GOOD),
        ("conductivity", 850.0, GOOD),
        ("concentration", 350.0, GOOD),
        ("level", 104.0, GOOD),
        ("pressure", -0.9, GOOD),
        ("power_factor", 1.2, BAD),
        *(("power_factor", value, GOOD) for value in (1.0, 1.01, -1.01)),
        ("conductivity", -0.00002, GOOD),  # −0.02 µS/cm: a dry cell
        ("conductivity", -5.0, BAD),
        *(("humidity", value, GOOD) for value in (-0.4, -6.0, 119.0)),  # the formula of Sensirion
        *(("humidity", value, BAD) for value in (-45.0, 130.0)),
        ("concentration", -0.01, GOOD),
        ("concentration", -1.0, BAD),
        ("density", -0.5, GOOD),
        ("density", -100.0, BAD),
        ("battery", 100.4, GOOD),
        ("battery", 255.0, BAD),
        ("frequency", -0.01, GOOD),
        ("frequency", -50.0, BAD),
        ("", 1e300, BAD),
        ("", -40_000.0, GOOD),
        ("something new", 85.0, GOOD),
    ],
)
def test_physics_has_limits_for_every_quantity(quantity, value, quality):
    assert grade(value, kind="other", quantity=quantity).quality is quality


@given(numbers, kinds, st.sampled_from(["", *QUANTITIES]))
@example(1.7e308, "other", "temperature")
@example(math.nan, "other", "")
def test_whatever_is_not_bad_can_be_summed(value, kind, quantity):
    if grade(value, kind=kind, quantity=quantity).quality is not BAD:
        assert abs(value) <= max(BEYOND, 1e15)
        assert math.isfinite(sum([value] * 10_000))


@pytest.mark.parametrize("kind", PROBE_KINDS.values(), ids=PROBE_KINDS)
def test_the_table_of_kinds_is_sound(kind):
    assert kind.source
    assert QUANTITIES["temperature"].minimum < kind.minimum < kind.maximum < QUANTITIES["temperature"].maximum
    assert all(kind.minimum <= value <= kind.maximum for value in kind.doubtful)
    assert kind.power_on is None or kind.power_on in kind.doubtful


def test_a_probe_of_unknown_kind_with_the_serial_of_a_ds18b20_is_one():
    assert probe_kind("other", "28-00000a1b2c02") is DS18B20
    assert probe_kind("thermocouple", "28-00000a1b2c11") is PROBE_KINDS["thermocouple"]


# ---------------------------------------------------------------------------- 85.0 and its like


@pytest.mark.parametrize(
    ("series", "expected"),
    [
        pytest.param(
            [(0, 10.3), (125, 85.0), (250, 85.0), (383, 85.0)], [GOOD] + [SUSPECT] * 3, id="Tasmota#2168"
        ),
        pytest.param(
            [(0, 24.1), (300, 24.1), (600, 85.0), (900, 24.2)], [GOOD, GOOD, SUSPECT, GOOD], id="Tasmota"
        ),
        pytest.param([(0, 60.1), (30, 60.1), (60, 85.0), (90, 60.2)], [GOOD, GOOD, SUSPECT, GOOD], id="30 s"),
        pytest.param(
            [(0, 24.1), (3600, 85.0), (3630, 85.0), (3660, 24.4)], [GOOD, SUSPECT, SUSPECT, GOOD], id="a gap"
        ),
        pytest.param([(0, 85.0), (30, 85.0), (60, 24.4)], [SUSPECT, SUSPECT, GOOD], id="after switching on"),
        pytest.param(
            [(0, 42.0), (60, 42.0), (120, 85.0), (180, 42.1)], [GOOD, GOOD, SUSPECT, GOOD], id="on the server"
        ),
        pytest.param(
            [(second, 85.0) for second in range(0, 7200, 60)], [SUSPECT] * 120, id="Mycodo#404: for hours"
        ),
        pytest.param([(0, 3.9), (1, 85.0), (2, 3.9)], [GOOD, SUSPECT, GOOD], id="Mycodo#404: a refrigerator"),
        pytest.param(
            [(0, 185.0 / 1.8 - 32 / 1.8), (60, 25.0)],
            [SUSPECT, GOOD],
            id="WipperSnapper#991: an aquarium, 185 °F",
        ),
        pytest.param(
            [(0, 45.0), (5, 85.0), (10, 85.0), (15, 45.1)],
            [GOOD, SUSPECT, SUSPECT, GOOD],
            id="OctoPrint-Enclosure#507",
        ),
        pytest.param([(0, 20.0), (86400, 85.0), (172800, 85.0)], [GOOD, SUSPECT, SUSPECT], id="a day each"),
        pytest.param(
            [(0, 24.1), (30, -127.0), (60, 85.0), (90, 24.2)], [GOOD, BAD, SUSPECT, GOOD], id="loose"
        ),
        pytest.param(
            [(0, 60.0), (30, 0.0), (60, 0.0), (90, 60.0)], [GOOD, SUSPECT, SUSPECT, GOOD], id="raspi#4: 0 °C"
        ),
        pytest.param(
            [(0, 60.0), (300, -0.0625), (600, 60.0)], [GOOD, SUSPECT, GOOD], id="esphome/issues#3358"
        ),
        pytest.param([(0, 60.0), (300, -0.6), (600, -0.6)], [GOOD, SUSPECT, SUSPECT], id="otb-iot#11"),
        pytest.param(
            [(0, 21.0), (3600, 0.0), (7200, 0.0)], [GOOD, SUSPECT, SUSPECT], id="fermentrack#610: zeros"
        ),
    ],
)
def test_a_fault_value_that_a_bath_could_have_is_suspect(series, expected):
    assert qualities(series) == expected


@pytest.mark.parametrize(
    "series",
    [
        pytest.param([(0, 84.6), (30, 85.0), (60, 85.1)], id="nickel"),
        pytest.param([(0, 84.6), (3600, 85.0), (3630, 85.0)], id="nickel after an hour"),
        pytest.param([(0, 84.6), (172800, 85.0), (172830, 84.9)], id="nickel after a weekend"),
        pytest.param([(0, 84.9), *((60 * minute, 85.0) for minute in range(1, 600))], id="ten hours at 85.0"),
        pytest.param([(30 * n, 40.0 + 1.5 * n) for n in range(35)], id="heated by 3 °C a minute"),
        pytest.param([(300 * n, 25.0 + 15.0 * n) for n in range(6)], id="heated, every five minutes"),
        pytest.param([(0, 0.3), (60, 0.0), (120, -0.0625), (180, -0.1), (240, 0.0)], id="hard anodising"),
        pytest.param([(0, 0.0), (60, 0.0), (120, 0.2)], id="ice water from the first value on"),
        pytest.param([(0, -40.0), (60, -40.0), (120, -39.9)], id="a cold store"),
        pytest.param([(0, 99.9), (60, 100.0), (120, 100.0)], id="a boiling tank"),
    ],
)
def test_a_bath_that_is_really_there_is_good(series):
    asked, trust = checks(DS18B20, "temperature", 900.0 if series[1][0] == 300 else 90.0), Trust()
    for seconds, value in series:
        verdict, trust = assess(trust, asked, START + timedelta(seconds=seconds), value)
        assert verdict.quality is GOOD, (seconds, value, verdict)


@pytest.mark.parametrize("interval", INTERVALS)
@pytest.mark.parametrize("before", [10.3, 24.1, 42.0, 60.1])
def test_85_after_a_cooler_bath_is_suspect_at_any_interval(interval, before):
    assert qualities([before, before, 85.0, 85.0, before + 0.1], interval) == [
        GOOD,
        GOOD,
        SUSPECT,
        SUSPECT,
        GOOD,
    ]


@pytest.mark.parametrize("interval", INTERVALS)
def test_nickel_at_85_is_good_at_any_interval(interval):
    assert set(qualities([84.6, 85.0, 85.0, 85.1, 85.0, 84.9, 85.0], interval)) == {GOOD}


@pytest.mark.parametrize("interval", INTERVALS)
def test_the_value_after_the_fault_value_is_judged_as_usual(interval):
    verdicts = judged([24.1, 85.0, 85.06, 85.12, 85.0], interval)
    assert verdicts[1].reason is Reason.POWER_ON
    # It has jumped, and stays there: the tank was filled with a hot solution.
    assert [verdict.quality for verdict in verdicts[-2:]] == [GOOD, GOOD]


@given(
    st.floats(-50, 120).filter(lambda value: min(abs(value - one) for one in DS18B20.doubtful) > 25),
    st.lists(st.tuples(st.floats(0.1, 1e6), st.sampled_from([85.0, 0.0, -127.0])), min_size=1, max_size=20),
)
def test_no_gap_and_no_repetition_makes_a_fault_value_good(before, later):
    series, at = [(0.0, before)], 0.0
    for passed, value in later:
        at += passed
        series.append((at, value))
    assert GOOD not in qualities(series)[1:]


@given(
    st.lists(
        st.tuples(st.integers(1, 7200), st.sampled_from([24.1, 24.2, 85.0, 140.0, -127.0, 75.4, 60.0])),
        max_size=30,
    ),
    st.integers(0, 30),
)
def test_a_backlog_is_judged_as_what_comes_one_by_one(steps, cut):
    """The state that is kept is enough: a restart anywhere changes nothing."""
    asked, at, series = checks(DS18B20, "temperature", 90.0), START, []
    for passed, value in steps:
        at += timedelta(seconds=passed)
        series.append((at, value))

    def run(part, trust):
        verdicts = []
        for moment, value in part:
            verdict, trust = assess(trust, asked, moment, value)
            verdicts.append(verdict)
        return verdicts, trust

    whole, _trust = run(series, Trust())
    first, trust = run(series[:cut], Trust())
    second, _trust = run(series[cut:], Trust(*trust))
    assert first + second == whole


# ---------------------------------------------------------------------------- jumps


@pytest.mark.parametrize("interval", [1, 10, 30])
def test_a_spike_is_suspect(interval):
    verdicts = judged([60.1, 12.0, 60.2], interval)
    assert [verdict.quality for verdict in verdicts] == [GOOD, SUSPECT, GOOD]
    assert verdicts[1].reason is Reason.JUMP
    # reef-pi#1205: about 200 °F for one reading
    assert qualities([25.3, 93.3, 25.4], interval) == [GOOD, SUSPECT, GOOD]


def test_values_that_dance_are_not_believed():
    assert qualities([60.0, 12.0, 98.0, 3.0, 110.0, 60.1], 1) == [GOOD, *[SUSPECT] * 4, GOOD]


@pytest.mark.parametrize("interval", INTERVALS)
def test_a_probe_that_was_moved_is_believed_with_its_second_value(interval):
    """From a hot tank into a cold one, and on cooling."""
    first, *others = qualities([60.1, 21.0, 20.6, 20.5, 20.5], interval)[1:]
    assert first in (GOOD, SUSPECT)
    assert set(others) == {GOOD}


@pytest.mark.parametrize(
    ("series", "interval"),
    [
        ([60.0, 52.0, 43.0, 35.0, 28.0, 22.0, 19.0], 60),  # half of it let out, and cold water let in
        ([60.0, 45.0, 30.0, 18.0], 30),
        ([71.5, 95.0, 71.6], 1),  # what the tests of many people send
        ([-40.0, 0.5], 60),
        ([200.0, 180.0, 95.0, 60.0], 120),  # an oven is opened
    ],
)
def test_a_real_change_is_good(series, interval):
    kind = "thermocouple" if max(series) > 125 else "ds18b20"
    assert set(qualities(series, interval, kind=kind)) == {GOOD}


@pytest.mark.parametrize("interval", [60, 120, 300, 3600])
@pytest.mark.parametrize(
    "series",
    [[60.0, 60.1, 124.0, 60.1], [40.0, 40.1, 95.0, 40.0], [60.0, 60.1, 2.5, 60.1], [41.0, 41.1, 110.0, 41.0]],
)
def test_a_spike_is_suspect_at_the_intervals_people_have(series, interval):
    verdicts = judged(series, interval)
    assert [verdict.quality for verdict in verdicts] == [GOOD, GOOD, SUSPECT, GOOD]
    assert verdicts[2].reason is Reason.JUMP


@pytest.mark.parametrize("interval", [60, 300, 3600])
def test_what_stays_where_it_jumped_to_is_believed(interval):
    assert qualities([60.0, 60.1, 118.0, 118.2, 118.1], interval) == [GOOD, GOOD, SUSPECT, GOOD, GOOD]


def test_a_tank_filled_anew_between_two_readings_is_believed_at_once():
    assert set(qualities([58.0, 19.0, 19.2], 300)) == {GOOD}
    assert set(qualities([21.0, 60.0, 60.0], 300)) == {GOOD}


def test_the_largest_jump_can_be_set():
    assert qualities([60.0, 50.0, 60.0], 1, max_jump=5.0) == [GOOD, SUSPECT, GOOD]
    assert qualities([60.0, -20.0, 120.0], 1, max_jump=0.0) == [GOOD] * 3
    assert qualities([7.0, 9.5, 7.0], 10, kind="transmitter", quantity="ph") == [GOOD] * 3
    assert qualities([7.0, 9.5, 7.0], 10, kind="transmitter", quantity="ph", max_jump=1.0) == [
        GOOD,
        SUSPECT,
        GOOD,
    ]


# ---------------------------------------------------------------------------- °F for °C


@pytest.mark.parametrize("interval", INTERVALS)
@pytest.mark.parametrize("bath", [24.1, 38.0, 45.0])
def test_fahrenheit_for_celsius_shows_as_what_it_is(interval, bath):
    wrong = [round(convert(bath + drift, "°C", "°F"), 1) for drift in (0.0, 0.1, -0.1)]
    verdicts = judged([bath, bath, *wrong], interval)
    # the first of them shows it, and the others for five minutes
    for verdict in verdicts[2 : max(3, 2 + min(3, 299 // interval))]:
        assert verdict == (SUSPECT, Reason.UNIT)
    assert qualities([bath, wrong[0], bath], interval) == [GOOD, SUSPECT, GOOD]


def test_fahrenheit_beyond_the_range_is_bad_and_told():
    assert judged([60.0, 140.0, 140.2, 60.1], 30)[1:3] == [(BAD, Reason.UNIT)] * 2


def test_celsius_for_fahrenheit_is_told_too():
    """The sensor is set to °F, and the probe was set to °C meanwhile."""
    verdicts = judged([60.0, convert(60.0, "°F", "°C")], 30, unit="°F")
    assert verdicts[1] == (SUSPECT, Reason.UNIT)


@pytest.mark.parametrize(
    ("kind", "unit", "room", "bath"),
    [
        ("ds18b20", "", 21.1, 69.9),
        ("ds18b20", "", 20.0, 68.0),
        ("ds18b20", "°F", 70.0, 21.1),
        ("pt100", "", 20.0, 68.2),
        ("thermocouple", "", 95.0, 203.0),
    ],
)
@pytest.mark.parametrize("interval", [10, 30, 60, 300, 900])
def test_a_probe_dipped_where_it_seems_to_be_another_unit_is_believed_soon(kind, unit, room, bath, interval):
    count = 300 // interval + 3
    series = [room, room + 0.1, *(bath + number % 2 / 10 for number in range(count))]
    verdicts = judged(series, interval, kind=kind, unit=unit)
    assert verdicts[2] == (SUSPECT, Reason.UNIT)
    for number, verdict in enumerate(verdicts[3:], 2):
        assert verdict.quality is (SUSPECT if number * interval < 300 else GOOD)


def test_a_unit_that_goes_back_and_forth_is_never_believed():
    series = [24.1, 75.4] * 200
    assert qualities(series, 60) == [GOOD, SUSPECT] * 200
    # for less than five minutes each time, too
    assert qualities([24.1, 75.4, 75.3, 75.4, 75.4] * 50, 60) == [GOOD, *[SUSPECT] * 4] * 50


@pytest.mark.parametrize(("before", "after"), [(21.0, 69.8), (70.0, 21.1), (60.0, 140.0)])
def test_what_is_read_by_hand_is_in_the_unit_it_was_written_in(before, after):
    for unit in ("", "°F"):
        assert set(qualities([before, after, before], 60, kind="manual", unit=unit)) == {GOOD}
        assert set(qualities([before, after], 60, kind="manual", unit=unit, max_jump=500.0)) == {GOOD}


def test_without_a_largest_jump_there_is_no_other_unit():
    assert set(qualities([21.1, 69.9, 21.1], 30, max_jump=0.0)) == {GOOD}


# ---------------------------------------------------------------------------- standing still


@pytest.mark.parametrize("interval", [60, 300, 3600])
def test_a_value_that_has_not_moved_for_a_day_is_suspect(interval):
    """temper#13 and homebridge-kumo#91: the same reading for hours, for months."""
    count = 86400 // interval
    verdicts = judged([51.0] * (count + 3) + [51.1], interval)
    assert {verdict.quality for verdict in verdicts[:count]} == {GOOD}
    assert verdicts[count] == verdicts[count + 2] == (SUSPECT, Reason.STILL)
    assert verdicts[-1].quality is GOOD


def test_what_may_stand_still():
    assert set(qualities([60.0, 60.0625] * 2000, 60)) == {GOOD}
    assert set(qualities([85.0625] + [85.0] * 700, 120)) == {GOOD}  # a whole day but for ten minutes
    for quantity in ("level", "flow", "current", "pressure", "voltage"):
        assert set(qualities([0.0] * 200, 3600, kind="transmitter", quantity=quantity)) == {GOOD}
    assert set(qualities([21.0] * 200, 3600, kind="manual")) == {GOOD}
    assert set(qualities([21.0] * 200, 3600, kind="tasmota", still_after_s=0.0)) == {GOOD}


def test_a_weekend_without_readings_is_no_standing_still():
    assert set(qualities([(0, 20.5), (200_000, 20.5), (200_300, 20.5), (200_600, 20.6)])) == {GOOD}


def test_the_time_to_stand_still_can_be_set():
    assert qualities([7.02] * 5, 600, kind="transmitter", quantity="ph", still_after_s=1800.0)[2:] == [
        GOOD,
        SUSPECT,
        SUSPECT,
    ]


@given(
    st.lists(st.tuples(st.floats(0, 1e6), numbers), max_size=30), kinds, st.sampled_from(["", *QUANTITIES])
)
def test_nothing_makes_it_fall(steps, kind, quantity):
    at, series = 0.0, []
    for passed, value in steps:
        at += passed
        series.append((at, value))
    for verdict, (_at, value) in zip(judged(series, kind=kind, quantity=quantity), series, strict=True):
        assert (verdict.reason is None) == (verdict.quality is GOOD)
        if grade(value, kind=kind, quantity=quantity).quality is BAD:
            assert verdict.quality is BAD
