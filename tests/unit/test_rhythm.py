"""How often a device is heard before it is set up, and what is made of it."""

from __future__ import annotations

import json
import random
from datetime import datetime, timedelta

import pytest

from fusion_iot_core.protocol.rhythm import LONGEST_S, SHORTEST_S, Rhythm

BEGIN = datetime(2026, 3, 1, 10, 0, 0)


def heard(*gaps: float) -> Rhythm:
    """A device that was heard once, and again after each of these gaps in seconds."""
    at = BEGIN
    rhythm = Rhythm().heard(at)
    for gap in gaps:
        at += timedelta(seconds=gap)
        rhythm = Rhythm.of(json.loads(json.dumps(rhythm.heard(at).stored())))
    return rhythm


@pytest.mark.parametrize(
    ("gaps", "usual", "interval"),
    [
        ([20] * 5, 300, 20),  # a probe that was told to report more often than Tasmota does by itself
        ([9.2, 11.1, 10.3, 9.8], 300, 10),
        ([900] * 4, 300, 900),  # or less often
        ([43_200, 43_190, 43_210], 60, 43_200),  # on a battery
        ([300.4, 299.7, 300.1, 40_000, 300.2], 300, 300),  # it was off for a night, once
        ([600, 20, 700, *[20] * 9], 300, 20),  # the server was away twice, which is forgotten
        ([2, 2, 2, 2], 60, SHORTEST_S),
        ([200_000] * 3, 60, LONGEST_S),
        ([3, 4, 280, 2, 300, 5, 3, 4], 300, 300),  # every 300 s, and when something happens
        ([3, 4, 100, 2, 5, 90, 3, 4], 300, 300),  # unevenly, and not often enough
        ([20, 20], 300, 300),  # too little to tell
        ([], 300, 300),
        ([20] * 9, 0, 0),  # silence says nothing, however often it speaks now
    ],
)
def test_what_can_be_counted_on(gaps: list[float], usual: int, interval: int):
    assert heard(*gaps).interval(usual) == interval


@pytest.mark.parametrize(("gap", "interval"), [(4, 60), (60, 60), (300, 300)])
def test_a_family_that_speaks_on_change_gets_no_less_than_usual(gap: float, interval: int):
    """A machine that runs makes its meter speak every few seconds; when it is off, once a minute."""
    assert heard(*[gap] * 10).interval(60, on_change=True) == interval


def test_a_report_from_before_changes_nothing():
    rhythm = heard(20, 20)
    assert rhythm.heard(BEGIN) == rhythm


def test_it_is_bounded_whatever_is_heard():
    chance = random.Random(1)
    for _ in range(200):
        rhythm = heard(*[chance.expovariate(1 / chance.choice((0.01, 5, 900))) for _ in range(8)])
        assert SHORTEST_S <= rhythm.interval(60) <= LONGEST_S
