from collections.abc import Callable
from datetime import datetime

from .judging import JudgedBatch, JudgedReading, JudgedSensor

# The columns of a sensor that a reading moves, and those that a reading takes over from its sensor.
_STATE = (
    "state_at",
    "last_quality",
    "last_reason",
    "last_reading_at",
    "last_reading_value",
    "judged_by_id",
    "excursion_since",
    "excursion_raised",
    "excursion_worst",
    "plain_at",
    "plain_value",
    "seen_value",
    "still_s",
    "last_received_at",
)
_CONTEXT = "tank_id, bath_id, parameter_id, company_id, unit, spec_min, spec_max, action_min, action_max"
_READING = "value, raw_value, raw_unit, read_at, time_source, in_spec, quality, reason"
_COLUMNS = f"sensor_id, {_CONTEXT}, {_READING}, received_at, source, user_id"
_UNLESS_KNOWN = "ON CONFLICT (sensor_id, read_at, coalesce(value, 'NaN'::float8)) DO NOTHING"
_RETURNING = " RETURNING id, sensor_id, read_at, value"

# Odoo's pool drops all plans of a connection between two requests, so that planning is half the cost of a
# single reading. What most probes send has a form of its own that is planned in half the time.
_MOVE_ONE = (
    f"UPDATE fp_tank_sensor SET ({', '.join(_STATE)}) = ROW(%s{', %s' * (len(_STATE) - 1)}) WHERE id = %s;"
)
_ONE = f"INSERT INTO fp_tank_reading ({_COLUMNS}) VALUES (%s{', %s' * 20}) {_UNLESS_KNOWN}"
_MANY = f"""
    WITH sensor AS (
        SELECT * FROM unnest(
            %s::int[], %s::int[], %s::int[], %s::int[], %s::int[], %s::text[],
            %s::float8[], %s::float8[], %s::float8[], %s::float8[],
            %s::timestamp[], %s::text[], %s::text[], %s::timestamp[], %s::float8[], %s::int[],
            %s::timestamp[], %s::bool[], %s::float8[],
            %s::timestamp[], %s::float8[], %s::float8[], %s::float8[], %s::timestamp[], %s::bool[]
        ) WITH ORDINALITY AS sensor(sensor_id, {_CONTEXT}, {", ".join(_STATE)}, moved, position)
    ), moved AS (
        UPDATE fp_tank_sensor
           SET ({", ".join(_STATE)}) = ROW({", ".join(f"sensor.{name}" for name in _STATE)})
          FROM sensor
         WHERE fp_tank_sensor.id = sensor.sensor_id AND sensor.moved
    )
    INSERT INTO fp_tank_reading ({_COLUMNS})
    SELECT sensor_id, {_CONTEXT}, {_READING}, coalesce(received_at, %s), %s, %s
      FROM unnest(
            %s::int[], %s::float8[], %s::float8[], %s::text[], %s::timestamp[], %s::text[], %s::bool[], %s::text[],
            %s::text[], %s::timestamp[]
      ) AS reading(position, {_READING}, received_at)
      JOIN sensor USING (position)
    {_UNLESS_KNOWN}
"""
_FIND = """
    SELECT id, sensor_id, read_at, value FROM fp_tank_reading
     WHERE (sensor_id, read_at, coalesce(value, 'NaN'::float8)) IN (
           SELECT * FROM unnest(%s::int[], %s::timestamp[], %s::float8[]))
"""


_Elements = Callable[[tuple], list[str]]


def store(cr, judged: JudgedBatch, user_id: int | None) -> list[int]:
    """Put the readings into the log and the new states on the sensors, in one round trip.

    Gives every reading its verdict. Returns the ids of the late readings that were new (a reading that is
    newer than everything of its sensor cannot be there already, and needs no look back).
    """
    sensors = [item for item in judged.sensors if item.readings]
    if not sensors:
        return []
    batch = judged.batch
    wanted = judged.late or batch.want_ids
    origin = (_time(batch.received_at), batch.source.name, user_id)
    if len(sensors) == 1 and len(sensors[0].readings) == 1:
        statement, values = _one(sensors[0], origin)
    else:
        statement, values = _many(sensors, origin)
    cr.execute(statement + (_RETURNING if wanted else ""), values, log_exceptions=False)
    if wanted:
        return _settle(cr, judged, sensors, cr.fetchall())
    batch.accept(*(reading.index for item in sensors for reading in item.readings))
    return []


def _one(item: JudgedSensor, origin: tuple) -> tuple[str, list]:
    sensor = item.sensor
    *reading, received_at = _reading(item.readings[0])
    values = [sensor.id, *_context(item), *reading, received_at or origin[0], *origin[1:]]
    if not item.moved:
        return _ONE, values
    return _MOVE_ONE + _ONE, [*_state(item, origin[0]), sensor.id, *values]


def _many(sensors: list[JudgedSensor], origin: tuple) -> tuple[str, list]:
    states = [(item.sensor.id, *_context(item), *_state(item, origin[0]), item.moved) for item in sensors]
    readings = [
        (position, *_reading(reading))
        for position, item in enumerate(sensors, 1)
        for reading in item.readings
    ]
    return _MANY, [*_arrays(states, _SENSOR_COLUMNS), *origin, *_arrays(readings, _READING_COLUMNS)]


def _context(item: JudgedSensor) -> tuple:
    sensor, limits = item.sensor, item.sensor.limits
    return (
        sensor.tank_id,
        sensor.bath_id,
        sensor.parameter_id,
        sensor.company_id,
        sensor.unit,
        limits.spec_min,
        limits.spec_max,
        limits.action_min,
        limits.action_max,
    )


def _state(item: JudgedSensor, received_at: datetime) -> tuple:
    sensor, state, trust = item.sensor, item.sensor.state, item.sensor.trust
    return (
        _time(sensor.state_at),
        sensor.last_quality,
        sensor.last_reason,
        _time(sensor.last_at),
        sensor.last_value,
        sensor.judged_by_id,
        _time(state.since),
        state.raised,
        state.worst,
        _time(trust.plain_at),
        trust.plain,
        trust.seen,
        trust.still_s,
        _time(item.readings[-1].received_at) or received_at,
    )


def _reading(reading: JudgedReading) -> tuple:
    return (
        reading.value,
        reading.raw_value,
        reading.raw_unit,
        _time(reading.at),
        reading.time_source.value,
        reading.in_spec,
        reading.quality.value,
        reading.reason and reading.reason.value,
        _time(reading.received_at),
    )


def _settle(cr, judged: JudgedBatch, sensors: list[JudgedSensor], stored: list[tuple]) -> list[int]:
    batch = judged.batch
    ids = {(sensor_id, at, value): reading_id for reading_id, sensor_id, at, value in stored}
    late, duplicates = [], {}
    for item in sensors:
        for reading in item.readings:
            key = (item.sensor.id, _time(reading.at), reading.value)
            if key not in ids:
                batch.duplicate(reading.index)
                duplicates[key] = reading.index
                continue
            batch.accept(reading.index)
            batch.record_ids[reading.index] = ids[key]
            if reading.late:
                late.append(ids[key])
    if duplicates and batch.want_ids:
        columns = _arrays(list(duplicates), (_numbers, _times, _numbers))
        columns[2] = columns[2].replace("NULL", "NaN")
        cr.execute(_FIND, columns)
        for reading_id, sensor_id, at, value in cr.fetchall():
            batch.record_ids[duplicates[sensor_id, at, value]] = reading_id
    return late


def _time(moment: datetime | None) -> datetime | None:
    return moment and moment.replace(tzinfo=None)


def _arrays(rows: list[tuple], kinds: tuple[_Elements, ...]) -> list[str]:
    """The columns of ``rows`` as PostgreSQL array literals.

    Several times faster to make and to parse than arrays adapted element by element.
    """
    columns = zip(kinds, zip(*rows, strict=True), strict=True)
    return ["{" + ",".join(elements(column)) + "}" for elements, column in columns]


def _numbers(column: tuple) -> list[str]:
    return ["NULL" if value is None else repr(value) for value in column]


def _flags(column: tuple) -> list[str]:
    return ["NULL" if value is None else "t" if value else "f" for value in column]


def _times(column: tuple) -> list[str]:
    return ["NULL" if value is None else value.isoformat() for value in column]


def _texts(column: tuple) -> list[str]:
    texts = {value: "NULL" if value is None else _quoted(value) for value in set(column)}
    return [texts[value] for value in column]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


_CONTEXT_COLUMNS = (*(_numbers,) * 4, _texts, *(_numbers,) * 4)
_STATE_COLUMNS = (
    *(_times, _texts, _texts, _times, _numbers, _numbers),
    *(_times, _flags, _numbers),
    *(_times, _numbers, _numbers, _numbers, _times),
)
_SENSOR_COLUMNS = (_numbers, *_CONTEXT_COLUMNS, *_STATE_COLUMNS, _flags)
_READING_COLUMNS = (_numbers, _numbers, _numbers, _texts, _times, _texts, _flags, _texts, _texts, _times)
