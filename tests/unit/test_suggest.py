"""Suggestions on days of machines: about as many sessions as a person counts."""

import random
import sys
from dataclasses import replace

import pytest

from fusion_iot_core.detector import Sample, SessionConfig, plausible, replay, suggest
from tests.unit.appliance_days import delayed_washer, dishwasher, dryer, fridge, printer, saw
from tests.unit.detector_cases import at, seconds
from tests.unit.machine_days import Day, clock, cnc, compressor, reported, washing_machine

suggest_module = sys.modules["fusion_iot_core.detector.suggest"]

MACHINES = {
    # Four loads; nothing of the 13 hours of waiting
    delayed_washer: (4, 136 * 60, 142 * 60),
    # Five runs; the last pump may be part of them
    dishwasher: (5, 80 * 60, 136 * 60),
    fridge: (32, 13 * 60, 15 * 60),
    # Three loads, with or without the hour in which the drum turns now and then
    dryer: (3, 79 * 60, 141 * 60),
    printer: (2, 205 * 60, 351 * 60),
    saw: (2, 200 * 60, 230 * 60),
    cnc: (2, 240 * 60, 270 * 60),
    compressor: (49, 2 * 60, 8 * 60),
    # Three loads, one of which its silent meter cuts in two
    washing_machine: (4, 20 * 60, 115 * 60),
}


def suggested(found):
    return SessionConfig(
        standby_threshold_w=found.standby_threshold_w,
        working_threshold_w=found.working_threshold_w,
        start_threshold_w=found.start_threshold_w,
        min_off_gap_s=found.min_off_gap_s,
    )


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.__name__)
def test_what_is_suggested_makes_the_sessions_that_a_person_counts(machine):
    count, shortest, longest = MACHINES[machine]
    said = machine()
    found = suggest(said)
    sessions = replay(suggested(found), said, said[-1].at)
    assert len(sessions) == found.sessions == count
    for session in sessions:
        if session.end_at is not None:
            assert shortest <= session.total_s <= longest
    assert found == suggest(list(said))


def test_a_washer_that_waits_for_its_start_is_not_in_use():
    said = delayed_washer()
    first, *_ = replay(suggested(suggest(said)), said)
    assert clock("24:00") + clock("07:59") < seconds(first.start_at) < clock("24:00") + clock("08:05")


def test_work_is_more_than_heating():
    for machine in (delayed_washer, washing_machine):
        said = machine()
        found = suggest(said)
        sessions = replay(suggested(found), said)
        assert sum(each.working_s for each in sessions) > 0.25 * sum(each.total_s for each in sessions)


def test_a_saw_works_when_it_cuts_and_is_in_standby_between():
    said = saw()
    found = suggest(said)
    assert found.standby_threshold_w < 35 < found.working_threshold_w
    assert found.min_off_gap_s == 0


def test_short_times_off_between_sessions_are_no_pauses():
    """A mill that cuts for 21 minutes, and is off for six; with its control on at 200 W between parts."""
    day = Day().to("08:00", 0.5)
    while len(day.watts) < clock("16:00"):
        for _ in range(3):
            day.watts += [2000] * 330 + [200] * 90
        day.watts += [0.5] * 390
    found = suggest(reported(day.to("18:00", 0.5), seed=87))
    assert found.sessions == 18
    assert found.standby_threshold_w < 200 < found.working_threshold_w < 2000
    assert found.min_off_gap_s == 0


def test_a_saw_that_is_off_between_cuts_has_jobs_of_several_cuts():
    day = Day().to("08:00", 0)
    while len(day.watts) < clock("12:00"):
        for _ in range(3):
            day.watts += [1700] * 24 + [0] * 30
        day.watts += [0] * 420
    found = suggest(reported(day.to("13:00", 0), seed=88))
    assert found.sessions == 25
    assert 60 <= found.min_off_gap_s <= 240


@pytest.mark.parametrize("every", [60, 300])
def test_rare_reports_are_enough(every):
    """One report a minute, or every five as Tasmota does by default."""
    said = dishwasher()
    rare, last = [], None
    for sample in said:
        if last is None or (sample.at - last.at).total_seconds() >= every:
            rare.append(sample)
            last = sample
    found = suggest(rare, longest_hold_s=2.5 * every)
    assert 5 <= found.sessions <= 6


@pytest.mark.parametrize("timeout_s", [150, 300, 750])
@pytest.mark.parametrize("every", [10, 140, 280])
def test_what_is_promised_is_what_the_detector_makes(every, timeout_s):
    """By the machine's own time of silence, whatever it is: else there are sessions that nobody will see."""
    rare, last = [], None
    for sample in washing_machine():
        if last is None or (sample.at - last.at).total_seconds() >= every:
            rare.append(sample)
            last = sample
    found = suggest(rare, timeout_s=timeout_s)
    config = replace(suggested(found), message_timeout_s=timeout_s)
    assert found.sessions == len(replay(config, rare, rare[-1].at))


def test_a_machine_of_many_levels_is_not_tried_for_ever(monkeypatch):
    chance = random.Random(3)
    levels = [0, 8, 30, 120, 450, 1500, 5000]
    said = [Sample(at(number * 10), chance.choice(levels)) for number in range(5000)]
    taken = []

    def counted(config, samples, until):
        taken.append(len(samples))
        return replay(config, samples, until)

    monkeypatch.setattr(plausible, "replay", counted)
    monkeypatch.setattr(suggest_module, "MOST_STEPS", 20_000)
    assert suggest(said).sessions > 0
    assert sum(taken) < 40_000


def test_a_machine_that_idles_at_3_watts_and_never_stops_gives_nothing():
    said = [sample._replace(power_w=3.2) for sample in fridge()[:200]]
    assert suggest(said).standby_threshold_w is None
