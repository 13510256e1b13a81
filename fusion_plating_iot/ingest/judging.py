from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from fusion_iot_core.judge import Event, advance
from fusion_iot_core.protocol import (
    QUANTITIES,
    UNIT_SYNONYMS,
    Checks,
    IngestBatch,
    Measurement,
    Quality,
    Reason,
    TimeSource,
    Trust,
    UnitError,
    assess,
    checks,
    convert,
    grade,
    probe_kind,
    settle_time,
    units_for,
)

from .history import Before, before_late
from .sensors import LockedSensor, LockedSensors

# A probe that was silent for this many of its intervals may have been restarted or replaced meanwhile.
MISSED_INTERVALS = 3
GAP_WITHOUT_INTERVAL_S = 600.0
AMBIGUOUS = "ambiguous_device"
_AMBIGUOUS = (
    "Several companies have a sensor with this serial or in this place, and nothing says whose reading it is. "
    "Set the company of the connection or device that reports it, or archive all sensors but one."
)


@dataclass(slots=True)
class JudgedReading:
    """One row for the log.

    :ivar received_at: where it is not the time of its batch
    """

    index: int
    received_at: datetime | None
    at: datetime
    time_source: TimeSource
    value: float | None
    raw_value: float | None
    raw_unit: str
    quality: Quality
    reason: Reason | None
    in_spec: bool | None
    late: bool


@dataclass(slots=True)
class JudgedSensor:
    """A sensor after its readings: ``sensor`` holds its new state.

    :ivar readings: ascending by time, without repetitions
    :ivar moved: at least one reading is newer than all before
    :ivar events: what the newer readings made happen, in order
    """

    sensor: LockedSensor
    readings: list[JudgedReading] = field(default_factory=list)
    moved: bool = False
    events: list[Event] = field(default_factory=list)


@dataclass(slots=True)
class JudgedBatch:
    """The tank readings of a batch, by sensor."""

    sensors: list[JudgedSensor]
    batch: IngestBatch

    @property
    def late(self) -> bool:
        """Whether any reading is not newer than what its sensor had."""
        return any(reading.late for judged in self.sensors for reading in judged.readings)


def candidates(batch: IngestBatch) -> list[tuple[int, Measurement]]:
    """The measurements without a verdict that can be readings, with their indexes.

    What a broker delivers from its store may be of last year: without a credible time of its own it is none.
    """
    return [
        (index, measurement)
        for index, measurement in batch.unclaimed()
        if not measurement.retained or _has_own_time(batch, measurement)
    ]


def _has_own_time(batch: IngestBatch, measurement: Measurement) -> bool:
    received_at = measurement.received_at or batch.received_at
    return settle_time(measurement.at, received_at)[1] is TimeSource.DEVICE


def judge_batch(
    cr, batch: IngestBatch, measurements: list[tuple[int, Measurement]], sensors: LockedSensors
) -> JudgedBatch:
    """Judge those of the ``measurements`` of ``batch`` that come from ``sensors``.

    Repetitions within the batch get the verdict "duplicate", values that cannot be expressed in the
    parameter's unit are rejected. The sensors' states move on in memory only. Late readings are judged by what the log
    has of the time before them.
    """
    found: dict[int, LockedSensor] = {}
    groups: dict[int, list[tuple[int, Measurement]]] = defaultdict(list)
    for index, measurement in measurements:
        sensor = sensors.of(measurement)
        if sensor is None:
            if sensors.is_ambiguous(measurement):
                batch.reject(index, AMBIGUOUS, _AMBIGUOUS)
        else:
            found[sensor.id] = sensor
            groups[sensor.id].append((index, measurement))
    judged = JudgedBatch([_readings_of(batch, found[key], group) for key, group in groups.items()], batch)
    history = {}
    if judged.late:
        late = {
            (item.sensor.id, reading.at)
            for item in judged.sensors
            for reading in item.readings
            if reading.late
        }
        history = before_late(cr, late)
    for item in judged.sensors:
        heard = next((said.quantity for _index, said in groups[item.sensor.id] if said.quantity), "")
        _grade(item.sensor, item.readings, heard, history)
        _drop_repeated(item, batch)
        _move(item)
    return judged


def _readings_of(
    batch: IngestBatch, sensor: LockedSensor, group: list[tuple[int, Measurement]]
) -> JudgedSensor:
    judged = JudgedSensor(sensor)
    seen = set()
    for index, measurement in group:
        reading = _reading(batch, sensor, index, measurement)
        if reading is None:
            continue
        key = (reading.at, reading.value)
        if key in seen:
            batch.duplicate(index)
            continue
        seen.add(key)
        judged.readings.append(reading)
    judged.readings.sort(key=lambda reading: reading.at)
    return judged


def _drop_repeated(judged: JudgedSensor, batch: IngestBatch) -> None:
    """Of the readings of one instant that have no value to be stored, the log takes one."""
    seen, kept = set(), []
    for reading in judged.readings:
        if reading.value is None and reading.at in seen:
            batch.duplicate(reading.index)
            continue
        if reading.value is None:
            seen.add(reading.at)
        kept.append(reading)
    judged.readings = kept


def _reading(batch, sensor, index, measurement) -> JudgedReading | None:
    said = "" if measurement.unit_assumed and sensor.device_unit else measurement.unit
    raw_unit = said or sensor.device_unit or sensor.unit
    value = measurement.value
    if value is not None:
        try:
            value = convert(value, raw_unit, sensor.unit)
        except UnitError:
            batch.reject(
                index,
                "invalid_value",
                f"The value is in {raw_unit}, which cannot be expressed in {sensor.unit}. "
                "Correct the unit of the sensor.",
            )
            return None
    received_at = measurement.received_at or batch.received_at
    at, time_source = settle_time(measurement.at, received_at, measurement.impossible_time)
    return JudgedReading(
        index,
        measurement.received_at,
        at,
        time_source,
        value,
        measurement.value,
        raw_unit,
        Quality.BAD if value is None else measurement.quality,
        Reason.REPORTED if value is None or measurement.quality is Quality.BAD else None,
        None,
        sensor.state_at is not None and at <= sensor.state_at,
    )


def _grade(
    sensor: LockedSensor,
    readings: list[JudgedReading],
    heard: str,
    history: dict[tuple[int, datetime], Before],
) -> None:
    """Say how far each reading can be trusted, and whether it is in spec.

    Late readings are looked at in the light of what comes before them, in the log and here; what is kept of the sensor
    is for the newer ones.

    :param heard: quantity of the measurements, for a sensor that has none set
    :param history: what the log has before the late ones
    """
    asked = _asked(sensor, heard)
    trust = Trust()
    live = False
    for reading in readings:
        if not live and not reading.late:
            live = True
            trust = sensor.trust
        elif reading.late:
            before = history.get((sensor.id, reading.at))
            if before is not None and (trust.at is None or before.at > trust.at):
                trust = _trust_after(before, sensor.unit or reading.raw_unit, asked.quantity)
        if reading.value is not None:
            value = _stored(reading.value, sensor.unit or reading.raw_unit, asked.quantity)
            if reading.quality is Quality.GOOD:
                unit = UNIT_SYNONYMS.get(reading.raw_unit, reading.raw_unit)
                verdict, trust = assess(trust, asked, reading.at, value, unit)
            else:
                verdict = grade(value, kind=asked.kind, quantity=asked.quantity)
            if verdict.quality is not Quality.GOOD:
                reading.quality, reading.reason = verdict
            if verdict.reason is Reason.IMPOSSIBLE:
                reading.value = None
        if trust.at != reading.at:
            trust = trust._replace(at=reading.at, suspect=False)
        if reading.quality is not Quality.BAD:
            reading.in_spec = sensor.limits.in_spec(reading.value)
    if live:
        sensor.trust = trust


def _trust_after(before: Before, unit: str, quantity: str) -> Trust:
    """What was known of a probe after these readings. A good one was believed: so the bath was there."""
    value, good = (
        None if number is None else _stored(number, unit, quantity) for number in (before.value, before.good)
    )
    return Trust(
        before.at,
        before.quality == Quality.SUSPECT.value,
        before.good_at,
        good,
        before.good_at,
        good,
        good if before.quality == Quality.BAD.value else value,
    )


def _asked(sensor: LockedSensor, heard: str) -> Checks:
    kind = probe_kind(sensor.kind, sensor.serial)
    quantity = sensor.quantity or heard or ("temperature" if kind.thermometer else "")
    if quantity not in QUANTITIES or (sensor.unit and sensor.unit not in units_for(quantity)):
        quantity = ""  # in a unit of its own, such as a concentration in % v/v
    jump = sensor.max_jump
    if jump is not None:
        jump = _stored(jump, sensor.unit, quantity) - _stored(0.0, sensor.unit, quantity)
    return checks(
        kind,
        quantity,
        sensor.expected_interval * MISSED_INTERVALS or GAP_WITHOUT_INTERVAL_S,
        max_jump=jump,
        still_after_s=None if sensor.still_after is None else sensor.still_after * 3600.0,
    )


def _stored(value: float, unit: str, quantity: str) -> float:
    """``value`` in the stored unit of its quantity, in which probes and physics are described."""
    try:
        return convert(value, unit, QUANTITIES[quantity].unit) if quantity else value
    except UnitError:  # only where neither sensor nor parameter has a unit
        return value


def _move(judged: JudgedSensor) -> None:
    sensor = judged.sensor
    newer = [reading for reading in judged.readings if not reading.late]
    if not newer:
        return
    judged.moved = True
    good = [reading for reading in newer if reading.quality is Quality.GOOD]
    sensor.state_at = newer[-1].at
    sensor.last_quality = newer[-1].quality.value
    sensor.last_reason = newer[-1].reason and newer[-1].reason.value
    if good:
        sensor.last_at, sensor.last_value = good[-1].at, good[-1].value
        sensor.judged_by_id = sensor.parameter_id
    sensor.state, judged.events = advance(
        sensor.state,
        sensor.limits,
        [(reading.at, reading.value) for reading in good],
        deadband=sensor.deadband,
        delay=sensor.delay,
    )
