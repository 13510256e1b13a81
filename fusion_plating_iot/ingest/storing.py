from datetime import datetime

from .judging import JudgedBatch, JudgedReading, JudgedSensor

_STORE = """
    WITH sensor AS (
        SELECT * FROM unnest(
            %s::int[], %s::int[], %s::int[], %s::int[], %s::int[], %s::text[],
            %s::float8[], %s::float8[], %s::float8[], %s::float8[],
            %s::bool[], %s::timestamp[], %s::text[], %s::timestamp[], %s::float8[], %s::bool[],
            %s::timestamp[], %s::bool[], %s::float8[]
        ) WITH ORDINALITY AS sensor(
            id, tank_id, bath_id, parameter_id, company_id, unit,
            spec_min, spec_max, action_min, action_max,
            moved, state_at, last_quality, last_at, last_value, last_in_spec,
            since, raised, worst, position
        )
    ), moved AS (
        UPDATE fp_tank_sensor
           SET state_at = sensor.state_at, last_received_at = %s, last_quality = sensor.last_quality,
               last_reading_at = sensor.last_at, last_reading_value = sensor.last_value,
               last_reading_in_spec = sensor.last_in_spec, excursion_since = sensor.since,
               excursion_raised = sensor.raised, excursion_worst = sensor.worst
          FROM sensor
         WHERE fp_tank_sensor.id = sensor.id AND sensor.moved
    )
    INSERT INTO fp_tank_reading (
        sensor_id, tank_id, bath_id, parameter_id, company_id, unit, spec_min, spec_max, action_min, action_max,
        value, raw_value, raw_unit, read_at, received_at, time_source, in_spec, quality, source, user_id
    )
    SELECT sensor.id, tank_id, bath_id, parameter_id, company_id, unit, spec_min, spec_max, action_min, action_max,
           value, raw_value, raw_unit, read_at, %s, time_source, in_spec, quality, %s, %s
      FROM unnest(
            %s::int[], %s::float8[], %s::float8[], %s::text[], %s::timestamp[], %s::text[], %s::bool[], %s::text[]
      ) AS reading(position, value, raw_value, raw_unit, read_at, time_source, in_spec, quality)
      JOIN sensor USING (position)
    ON CONFLICT (sensor_id, read_at, coalesce(value, 'NaN'::float8)) DO NOTHING
"""
_FIND = """
    SELECT id, sensor_id, read_at, value FROM fp_tank_reading
     WHERE (sensor_id, read_at, coalesce(value, 'NaN'::float8)) IN (
           SELECT * FROM unnest(%s::int[], %s::timestamp[], %s::float8[]))
"""


def store(cr, judged: JudgedBatch, user_id: int | None) -> list[int]:
    """Put the readings into the log and the new states on the sensors, in one statement.

    Gives every reading its verdict. Returns the ids of the late readings that were new (a reading that is
    newer than everything of its sensor cannot be there already, and needs no look back).
    """
    sensors = [item for item in judged.sensors if item.readings]
    rows = [(position, reading) for position, item in enumerate(sensors, 1) for reading in item.readings]
    if not rows:
        return []
    batch = judged.batch
    received_at = _time(batch.received_at)
    wanted = judged.late or batch.want_ids
    cr.execute(
        _STORE + (" RETURNING id, sensor_id, read_at, value" if wanted else ""),
        [*_sensor_columns(sensors), received_at, received_at, batch.source, user_id, *_reading_columns(rows)],
    )
    if not wanted:
        batch.accept(*(reading.index for _position, reading in rows))
        return []
    return _settle(cr, judged, sensors, cr.fetchall())


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
        columns = [_array(column) for column in zip(*duplicates, strict=True)]
        columns[2] = columns[2].replace("NULL", "NaN")
        cr.execute(_FIND, columns)
        for reading_id, sensor_id, at, value in cr.fetchall():
            batch.record_ids[duplicates[sensor_id, at, value]] = reading_id
    return late


def _sensor_columns(sensors: list[JudgedSensor]) -> list[str]:
    rows = [
        (
            sensor.id,
            sensor.tank_id,
            sensor.bath_id,
            sensor.parameter_id,
            sensor.company_id,
            sensor.unit,
            sensor.limits.spec_min,
            sensor.limits.spec_max,
            sensor.limits.action_min,
            sensor.limits.action_max,
            item.moved,
            _time(sensor.state_at),
            sensor.last_quality,
            _time(sensor.last_at),
            sensor.last_value,
            sensor.last_in_spec,
            _time(sensor.state.since),
            sensor.state.raised,
            sensor.state.worst,
        )
        for item in sensors
        for sensor in (item.sensor,)
    ]
    return [_array(column) for column in zip(*rows, strict=True)]


def _reading_columns(rows: list[tuple[int, JudgedReading]]) -> list[str]:
    columns = zip(
        *(
            (
                position,
                reading.value,
                reading.raw_value,
                reading.raw_unit,
                _time(reading.at),
                reading.time_source.value,
                reading.in_spec,
                reading.quality.value,
            )
            for position, reading in rows
        ),
        strict=True,
    )
    return [_array(column) for column in columns]


def _time(moment: datetime | None) -> datetime | None:
    return moment and moment.replace(tzinfo=None)


def _array(column) -> str:
    """A PostgreSQL array literal; several times faster to make and to parse than one adapted per element."""
    return "{" + ",".join(map(_element, column)) + "}"


def _element(value) -> str:
    kind = type(value)
    if value is None:
        return "NULL"
    if kind is str:
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if kind is datetime:
        return value.isoformat()
    if kind is bool:
        return "t" if value else "f"
    return repr(value)
