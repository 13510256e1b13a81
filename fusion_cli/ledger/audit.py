"""Whether the database has what was acknowledged, once, and the holds that must follow from it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from ..stack import Stack
from .entry import Entry, Ledger
from .holds import Hold, expected_hold
from .probe import HIGH, LOW, Probe

_READINGS = """
    SELECT sensor_id, id, value, (extract(epoch FROM read_at) * 1000000)::bigint, in_spec, quality, source
      FROM fp_tank_reading WHERE sensor_id IN ({ids}) ORDER BY sensor_id, read_at, id
"""
_HOLDS = """
    SELECT sensor_id, excursion_count, worst_value, extract(epoch FROM date_start)::bigint,
           extract(epoch FROM date_back_in_spec)::bigint, state
      FROM fusion_plating_quality_hold WHERE sensor_id IN ({ids}) ORDER BY id
"""


@dataclass(frozen=True)
class Row:
    """A stored reading."""

    id: int
    value: float
    at: datetime


def check(stack: Stack, ledger: Ledger, probes: Sequence[Probe], decided: Sequence[int]) -> None:
    """Compare the database with the ledger, and the holds with the reference model.

    `decided` are the ids of the newest readings at which all open holds were released, in a quiet moment.
    """
    ids = ",".join(str(probe.sensor_id) for probe in probes) or "NULL"
    sources = {probe.sensor_id: probe.make.source for probe in probes}
    rows: dict[int, list[Row]] = defaultdict(list)
    for sensor, number, value, at, in_spec, *said in stack.sql(_READINGS.format(ids=ids)):
        when = datetime.fromtimestamp(0, timezone.utc) + timedelta(microseconds=int(at))
        row = Row(int(number), float(value), when)
        rows[int(sensor)].append(row)
        assert [in_spec == "t", *said] == [LOW <= row.value <= HIGH, "good", sources[int(sensor)]], row
    holds = defaultdict(list)
    for sensor, *hold in stack.sql(_HOLDS.format(ids=ids)):
        holds[int(sensor)].append(hold)
    for probe in probes:
        _check_readings(probe, ledger.of(probe), rows[probe.sensor_id])
        _check_holds(probe, decided, rows[probe.sensor_id], holds[probe.sensor_id])


def _check_readings(probe: Probe, sent: Sequence[Entry], rows: list[Row]) -> None:
    entries = {entry.value: entry for entry in sent}
    assert len(entries) == probe.count
    stored = Counter(row.value for row in rows)
    name = f"{probe.make.name}, sensor {probe.sensor_id}"
    lost = [entry for entry in entries.values() if entry.acknowledged and entry.expected]
    lost = [entry for entry in lost if entry.value not in stored]
    assert not lost, f"{name}: {len(lost)} of {len(entries)} are lost: {_shown(lost)}"
    doubled = [entries[value] for value, count in stored.items() if count > _allowed(entries[value])]
    assert not doubled, f"{name}: {len(doubled)} of {len(entries)} are stored twice: {_shown(doubled)}"
    assert not stored.keys() - entries.keys(), f"{name}: nobody published {stored.keys() - entries.keys()}"
    unexpected = [entries[value] for value in stored if entries[value].expected is False]
    assert not unexpected, f"{name}: no readings, but stored: {_shown(unexpected)}"
    if probe.make.own_time:
        wrong = [entries[row.value] for row in rows if entries[row.value].at != row.at]
        assert not wrong, f"{name}: stored with another time: {_shown(wrong)}"
    elif not any(entry.sent > 1 or entry.repeated for entry in entries.values()):
        numbers = [entries[row.value].number for row in rows]
        assert numbers == sorted(numbers), f"{name}: stored in another order: {numbers}"


def _check_holds(probe: Probe, decided: Sequence[int], rows: list[Row], holds: list[list[str]]) -> None:
    ends = [*decided, max((row.id for row in rows), default=0)]
    starts = [0, *decided]
    name = f"{probe.make.name}, sensor {probe.sensor_id}"
    expected = []
    for number, (start, end) in enumerate(zip(starts, ends, strict=True)):
        model = expected_hold((row.at, row.value) for row in rows if start < row.id <= end)
        if model is not None:
            expected.append((model, "released" if number < len(decided) else "open"))
    assert len(holds) == len(expected), f"{name}: {len(holds)} holds, expected {expected}"
    for hold, (model, state) in zip(holds, expected, strict=True):
        _compare(hold, model, state, name)


def _compare(hold: list[str], model: Hold, state: str, name: str) -> None:
    """Say where a stored hold is not as the model says."""
    excursions, worst, since, back_at, is_state = hold
    told = f"{name}: {hold}, expected {model}, {state}"
    assert (int(excursions), float(worst), is_state) == (model.excursions, model.worst, state), told
    assert abs(int(since) - model.since.timestamp()) < 2, told
    assert bool(back_at) == bool(model.back_at), told
    if model.back_at:
        assert abs(int(back_at) - model.back_at.timestamp()) < 2, told


def _allowed(entry: Entry) -> int:
    """How often a message may be stored: what has no time of its own cannot be told from a second measurement.

    The publisher sent such a one again where it had no acknowledgement, or a broker that was killed did.
    """
    return 1 if entry.at else max(1, entry.sent) + entry.repeated


def _shown(entries: list[Entry]) -> str:
    return ", ".join(
        f"no. {entry.number} (sent {entry.sent} times{', unheard' if entry.unheard else ''})"
        for entry in entries[:8]
    )
