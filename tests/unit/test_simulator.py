"""The simulated line as a model: bounded, repeatable, and with something to see."""

from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from fusion_cli.simulator import incident, known, network, plant
from fusion_cli.simulator.disturbance import CALM, Disturbance
from fusion_cli.simulator.line import Line, Reading
from fusion_cli.simulator.probe import DS18B20
from fusion_cli.simulator.script import EVERY, FIRST, JITTER, Script

HOUR = 3600
LIVE = 1_790_000_000
DEMO = Path(__file__).resolve().parents[2]


def records(addon, name):
    """Fields of the demo records of one file by XML id, as text."""
    root = ElementTree.parse(DEMO / addon / "demo" / f"{name}.xml").getroot()
    return {
        record.get("id"): {
            field.get("name"): field.get("ref") or field.text for field in record.iter("field")
        }
        for record in root.iter("record")
    }


def demo_limits():
    """The limits of the demo data by the serial of the probe: action from, to, specification from, to."""
    parameters = records("fusion_plating", "fusion_plating_bath_parameter_demo")
    found = {}
    for sensor in records("fusion_plating_iot", "fp_tank_sensor_demo").values():
        parameter = parameters[sensor["parameter_id"].removeprefix("fusion_plating.")]
        names = ("action_min", "action_max", "target_min", "target_max")
        found[serial_of(sensor)] = tuple(float(parameter[name]) for name in names)
    return found


def serial_of(sensor):
    """The serial of a sensor's probe; that of an Add-on's is known to the simulator only."""
    if serial := sensor.get("device_serial"):
        return serial
    return network.ADDON_PROBES[int(sensor["device_channel"].removeprefix("temperature:"))]


LIMITS = demo_limits()


class Calm(Script):
    """Nothing ever happens."""

    def around(self, now):
        return iter(())


class One(Script):
    """One incident at the start."""

    def __init__(self, live, what):
        super().__init__(live)
        self.what = what

    def around(self, now):
        yield self.live, self.what


def by_serial(readings):
    found = {}
    for reading in readings:
        found.setdefault(reading.serial, []).append(reading)
    return found


def state(serial, value):
    action_min, action_max, spec_min, spec_max = LIMITS[serial]
    if not spec_min <= value <= spec_max:
        return "red"
    return "calm" if action_min <= value <= action_max else "amber"


def probe_only(what):
    return any(phase.disturbance.silent or phase.disturbance.fault for phase in what.phases)


class TestModel:
    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_undisturbed_it_stays_within_the_action_limits(self, seed):
        line = Line(LIVE, Calm(LIVE), seed)
        for serial, readings in by_serial(line.until(LIVE + 8 * HOUR)).items():
            assert {state(serial, reading.value) for reading in readings} == {"calm"}, serial

    def test_it_moves(self):
        line = Line(LIVE, Calm(LIVE))
        for serial, readings in by_serial(line.until(LIVE + HOUR)).items():
            assert len({reading.value for reading in readings}) > 3, serial

    def test_same_start_and_seed_give_the_same_readings(self):
        runs = [Line(LIVE, Script(LIVE + HOUR), seed).until(LIVE + 2 * HOUR) for seed in (1, 1, 2)]
        assert runs[0] == runs[1] != runs[2]

    def test_it_does_not_matter_in_how_many_pieces_it_is_played(self):
        whole = Line(LIVE, Script(LIVE)).until(LIVE + HOUR)
        line = Line(LIVE, Script(LIVE))
        pieces = [reading for moment in range(LIVE, LIVE + HOUR + 1, 7) for reading in line.until(moment)]
        assert pieces == whole[: len(pieces)]
        assert len(whole) - len(pieces) < len(plant.POINTS)

    def test_every_point_of_the_demo_data_has_its_interval(self):
        line = Line(LIVE - 2 * HOUR, Calm(LIVE))
        past, live = by_serial(line.until(LIVE)), by_serial(line.until(LIVE + HOUR))
        assert past.keys() == live.keys() == LIMITS.keys()
        for point in plant.POINTS:
            for found, interval in ((past, 60), (live, point.probe.interval)):
                times = [reading.at for reading in found[point.serial]]
                assert {after - before for before, after in pairwise(times)} == {interval}

    def test_the_times_of_all_readings_ascend(self):
        times = [reading.at for reading in Line(LIVE, Script(LIVE)).until(LIVE + HOUR)]
        assert times == sorted(times)
        assert times[-1] <= LIVE + HOUR

    def test_a_ds18b20_has_sixteen_steps_to_a_degree(self):
        fine = {point.serial for point in plant.POINTS if point.probe == DS18B20}
        for serial, readings in by_serial(Line(LIVE, Calm(LIVE)).until(LIVE + HOUR)).items():
            sixteenths = {reading.value * 16 % 1 == 0 for reading in readings}
            assert sixteenths == {True} or serial not in fine
            assert sixteenths == {True, False} or serial in fine


class TestScript:
    def test_two_minutes_after_the_start_one_is_red_one_amber_and_one_silent(self):
        line = Line(LIVE - 8 * HOUR, Script(LIVE))
        line.until(LIVE)
        latest = {reading.serial: reading for reading in line.until(LIVE + 120)}
        assert latest.keys() == LIMITS.keys() - {plant.PICKLE}
        states = {serial: state(serial, reading.value) for serial, reading in latest.items()}
        assert [serial for serial in states if states[serial] == "red"] == [plant.BAKE]
        assert [serial for serial in states if states[serial] == "amber"] == [plant.ANODISE_2]

    def test_the_past_has_one_excursion_and_one_gap(self):
        past = by_serial(Line(LIVE - 8 * HOUR, Script(LIVE)).until(LIVE))
        red = {serial for serial in past for reading in past[serial] if state(serial, reading.value) == "red"}
        assert red == {plant.NICKEL}
        gaps = [after.at - before.at for before, after in pairwise(past[plant.NICKEL])]
        assert [gap for gap in gaps if gap > 60] == [pytest.approx(1500, abs=60)]
        assert state(plant.NICKEL, past[plant.NICKEL][-1].value) == "calm"

    @pytest.mark.parametrize(
        "what",
        [what for what in incident.CYCLE if not probe_only(what)],
        ids=lambda what: f"{what.serial}-{what.story}",
    )
    def test_an_excursion_leaves_the_specification_and_comes_back(self, what):
        for seed in (1, 2, 3):
            line = Line(LIVE, One(LIVE + HOUR, what), seed)
            line.until(LIVE + HOUR)
            readings = by_serial(line.until(LIVE + 2 * HOUR))[what.serial]
            states = [state(reading.serial, reading.value) for reading in readings]
            assert "red" in states
            assert states[-1] != "red"

    def test_a_dance_never_leaves_the_deadband(self):
        for serial, limit in ((plant.SULFAMATE_PH, 4.5), (plant.ZINC_PH, 6.0)):
            for seed in (1, 2, 3):
                line = Line(LIVE, One(LIVE + HOUR, incident.dance(serial, limit)), seed)
                line.until(LIVE + HOUR)
                values = [reading.value for reading in by_serial(line.until(LIVE + HOUR + 420))[serial]]
                first = next(index for index, value in enumerate(values) if value > limit)
                dancing = values[first:]
                assert min(dancing) > limit - 0.05
                assert sum(a > limit >= b for a, b in pairwise(dancing)) >= 2

    def test_a_cut_wire_reads_minus_127_and_a_silent_probe_nothing(self):
        cut, silent = incident.cut_wire(plant.SOAK), incident.silent(plant.SOAK, 180)
        for what, values in ((cut, {-127.0}), (silent, set())):
            line = Line(LIVE, One(LIVE, what))
            found = line.until(LIVE + 170)
            assert {reading.value for reading in found if reading.serial == plant.SOAK} == values
            assert {reading.serial for reading in found} >= LIMITS.keys() - {plant.SOAK}

    def test_something_happens_every_ten_minutes_for_ever(self):
        script = Script(LIVE)
        for number in (0, 1, 7, 1000):
            moment = LIVE + FIRST + number * EVERY + JITTER
            assert incident.CYCLE[number % len(incident.CYCLE)] in script.going_on(moment)
        assert script.disturbance(plant.SOAK, LIVE + 60) == CALM
        assert script.disturbance(plant.PICKLE, LIVE + 60) == Disturbance(silent=True)

    def test_phases_follow_one_another(self):
        what = incident.heater_stuck(plant.SOAK, 100)
        assert what.seconds == 200
        assert what.after(-1) is None
        assert what.after(0) == what.phases[0].disturbance
        assert what.after(100) == what.phases[1].disturbance
        assert what.after(200) is None


class TestKnown:
    def test_only_what_the_server_cannot_have_is_missing(self):
        readings = [Reading(serial, 20.0, at) for at in (100, 160, 220) for serial in ("a", "b", "c")]
        found = [(reading.serial, reading.at) for reading in known.missing(readings, {"a": 160, "b": 0})]
        assert found == [("b", 100), ("b", 160), ("a", 220), ("b", 220)]
        assert known.missing(readings, None) == []
