"""What it costs to read one message, family by family: pure, in this process."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone

from fusion_iot_core.protocol.parsers import Message, ParserSettings, Rule, detect, read

from ..figure import Figure
from ..group import Bench, Group, Measure
from ..samples import SAMPLES, Sample

CALLS = 2_000
REPEATS = 7


class Parsers(Group):
    """Microseconds a message."""

    order = 20
    name = "parsers"

    def measures(self, bench: Bench) -> Iterator[Measure]:
        """Nothing has to be set up."""
        calls = bench.share(CALLS)
        yield "the parsers", lambda: [_reading(sample, calls) for sample in SAMPLES]
        yield "the detection of families", lambda: _detection(calls)


def _reading(sample: Sample, calls: int) -> Figure:
    message, settings = _ready(sample)
    found = read(message, sample.family, settings)
    if found.problems or not found.measurements:
        raise AssertionError(f"The sample {sample.topic} is not read: {found}")
    cost = _microseconds(lambda: read(message, sample.family, settings), calls)
    many = len(found.measurements)
    values = "1 value" if many == 1 else f"{many} values"
    return Figure(f"read {sample.family}, {sample.weight} ({values})", cost, "µs")


def _detection(calls: int) -> list[Figure]:
    costs = [
        _microseconds(lambda sample=sample: detect(sample.topic, sample.payload), calls)  # type: ignore[misc]
        for sample in SAMPLES
    ]
    return [
        Figure("detect the family, half within", statistics.median(costs), "µs"),
        Figure("detect the family, longest", max(costs), "µs"),
    ]


def _ready(sample: Sample) -> tuple[Message, ParserSettings]:
    rules = tuple(Rule(**rule) for rule in sample.rules)  # type: ignore[arg-type]
    return Message(sample.topic, sample.payload, datetime.now(timezone.utc)), ParserSettings(rules=rules)


def _microseconds(work: Callable[[], object], calls: int) -> float:
    """The time of one call: the median of several rounds."""
    rounds = []
    for _round in range(REPEATS):
        began = time.perf_counter()
        for _call in range(calls):
            work()
        rounds.append(time.perf_counter() - began)
    return statistics.median(rounds) / calls * 1_000_000


GROUP = Parsers()
