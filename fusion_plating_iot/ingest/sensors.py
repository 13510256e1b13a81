from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timezone

from ..judge import Limits, SensorState

# Who waits longer than this gives up and is tried again, or told to come back: better than a server whose
# every thread waits for one lock.
_LOCK = """
    SET LOCAL lock_timeout = '2s';
    SELECT sensor.id, sensor.device_serial, sensor.device_kind, sensor.device_unit,
           sensor.tank_id, sensor.bath_id, sensor.parameter_id, sensor.company_id,
           parameter.quantity, parameter.unit,
           coalesce(sensor.alert_min_override, parameter.target_min),
           coalesce(sensor.alert_max_override, parameter.target_max),
           parameter.action_min, parameter.action_max,
           coalesce(sensor.deadband, 0), coalesce(sensor.delay, 0), coalesce(sensor.expected_interval, 0),
           sensor.state_at, sensor.last_reading_at, sensor.last_reading_value, sensor.last_reading_in_spec,
           sensor.last_quality, sensor.excursion_since, coalesce(sensor.excursion_raised, false),
           sensor.excursion_worst
      FROM fp_tank_sensor sensor
      LEFT JOIN fusion_plating_bath_parameter parameter ON parameter.id = sensor.parameter_id
     WHERE sensor.active AND sensor.device_serial = ANY(%s)
     ORDER BY sensor.id
       FOR NO KEY UPDATE OF sensor
"""


@dataclass(slots=True)
class LockedSensor:
    """A sensor as it stands while this transaction holds its lock. Times are aware UTC."""

    id: int
    serial: str
    kind: str
    device_unit: str
    tank_id: int
    bath_id: int | None
    parameter_id: int | None
    company_id: int | None
    quantity: str
    unit: str
    limits: Limits
    deadband: float
    delay: float
    expected_interval: float
    state_at: datetime | None
    last_at: datetime | None
    last_value: float | None
    last_in_spec: bool | None
    last_quality: str | None
    state: SensorState


def lock_sensors(cr, serials: Collection[str]) -> dict[str, LockedSensor]:
    """Lock the active sensors with these serials until the end of the transaction, in one query.

    The lock makes "read the state, decide, write the state" one step whoever else is writing. The order by
    id keeps two batches from waiting for each other.
    """
    cr.execute(_LOCK, [list(serials)], log_exceptions=False)
    return {row[1]: _sensor(row) for row in cr.fetchall()}


def _sensor(row) -> LockedSensor:
    spec_min, spec_max, action_min, action_max = row[10:14]
    return LockedSensor(
        *row[:2],
        row[2] or "other",
        row[3] or "",
        *row[4:8],
        row[8] or "",
        row[9] or row[3] or "",
        Limits(spec_min, spec_max, action_min, action_max),
        *row[14:17],
        _utc(row[17]),
        _utc(row[18]),
        *row[19:22],
        SensorState(_utc(row[22]), row[23], row[24]),
    )


def _utc(moment: datetime | None) -> datetime | None:
    return moment and moment.replace(tzinfo=timezone.utc)
