from datetime import datetime

from .judging import JudgedBatch, JudgedReading, JudgedSensor

# The fields of a sensor that a reading moves.
STATE_FIELDS = [
    "state_at",
    "last_received_at",
    "last_quality",
    "last_reading_at",
    "last_reading_value",
    "last_reading_in_spec",
    "excursion_since",
    "excursion_raised",
    "excursion_worst",
]

# Functions, so that PostgreSQL plans the statement once a connection and not with every post. The second
# one also tells what it stored.
_STORE = """
    DROP FUNCTION IF EXISTS {name};
    CREATE FUNCTION {name}(
        sensor_id int[], tank_id int[], bath_id int[], parameter_id int[], company_id int[], unit text[],
        spec_min float8[], spec_max float8[], action_min float8[], action_max float8[],
        moved bool[], state_at timestamp[], last_quality text[], last_at timestamp[], last_value float8[],
        last_in_spec bool[], since timestamp[], raised bool[], worst float8[],
        "position" int[], value float8[], raw_value float8[], raw_unit text[], read_at timestamp[],
        time_source text[], in_spec bool[], quality text[],
        received_at timestamp, source text, user_id int
    ) RETURNS {returns} LANGUAGE plpgsql AS $$
    #variable_conflict use_column
    DECLARE stored bigint;
    BEGIN
        {begin}
        WITH sensor AS (
            SELECT * FROM unnest(
                $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19
            ) WITH ORDINALITY AS sensor(
                sensor_id, tank_id, bath_id, parameter_id, company_id, unit,
                spec_min, spec_max, action_min, action_max,
                moved, state_at, last_quality, last_at, last_value, last_in_spec,
                since, raised, worst, position
            )
        ), moved AS (
            UPDATE fp_tank_sensor
               SET state_at = sensor.state_at, last_received_at = $28, last_quality = sensor.last_quality,
                   last_reading_at = sensor.last_at, last_reading_value = sensor.last_value,
                   last_reading_in_spec = sensor.last_in_spec, excursion_since = sensor.since,
                   excursion_raised = sensor.raised, excursion_worst = sensor.worst
              FROM sensor
             WHERE fp_tank_sensor.id = sensor.sensor_id AND sensor.moved
        )
        INSERT INTO fp_tank_reading AS log (
            sensor_id, tank_id, bath_id, parameter_id, company_id, unit,
            spec_min, spec_max, action_min, action_max,
            value, raw_value, raw_unit, read_at, received_at, time_source, in_spec, quality, source, user_id
        )
        SELECT sensor.sensor_id, sensor.tank_id, sensor.bath_id, sensor.parameter_id, sensor.company_id, sensor.unit,
               sensor.spec_min, sensor.spec_max, sensor.action_min, sensor.action_max,
               reading.value, reading.raw_value, reading.raw_unit, reading.read_at, $28, reading.time_source,
               reading.in_spec, reading.quality, $29, $30
          FROM unnest($20, $21, $22, $23, $24, $25, $26, $27)
            AS reading(position, value, raw_value, raw_unit, read_at, time_source, in_spec, quality)
          JOIN sensor ON sensor.position = reading.position
        ON CONFLICT (sensor_id, read_at, coalesce(value, 'NaN'::float8)) DO NOTHING
        {end};
    END $$;
"""
STORE_FUNCTIONS = _STORE.format(
    name="fp_store_readings",
    returns="bigint",
    begin="",
    end="; GET DIAGNOSTICS stored = ROW_COUNT; RETURN stored",
) + _STORE.format(
    name="fp_store_readings_returning",
    returns="TABLE (reading_id int, reading_sensor_id int, reading_at timestamp, reading_value float8)",
    begin="RETURN QUERY",
    end="RETURNING log.id, log.sensor_id, log.read_at, log.value",
)
_CALL = "SELECT * FROM {}(" + ", ".join(["%s"] * 30) + ")"
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
        _CALL.format("fp_store_readings_returning" if wanted else "fp_store_readings"),
        [*_sensor_columns(sensors), *_reading_columns(rows), received_at, batch.source, user_id],
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
