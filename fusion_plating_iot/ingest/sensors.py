from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timezone

from fusion_iot_core.judge import Limits, SensorState
from fusion_iot_core.protocol import Measurement, Owned, Trust

from .keys import address_of, is_divided, measures, serial_of, the_one

# Who waits longer than this gives up and is tried again, or told to come back: better than a server whose
# every thread waits for one lock.
_LOCK = """
    SET LOCAL lock_timeout = '2s';
    SELECT sensor.id, sensor.device_serial, sensor.address, sensor.device_kind, sensor.device_unit,
           sensor.tank_id, sensor.bath_id, sensor.parameter_id, sensor.company_id,
           parameter.quantity, parameter.unit,
           CASE WHEN in_force THEN coalesce(sensor.alert_min_override, parameter.target_min) END,
           CASE WHEN in_force THEN coalesce(sensor.alert_max_override, parameter.target_max) END,
           CASE WHEN in_force THEN parameter.action_min END, CASE WHEN in_force THEN parameter.action_max END,
           coalesce(sensor.deadband, 0), coalesce(sensor.delay, 0), coalesce(sensor.expected_interval, 0),
           sensor.state_at, sensor.last_reading_at, sensor.last_reading_value, sensor.judged_by_id,
           sensor.last_quality, sensor.excursion_since, coalesce(sensor.excursion_raised, false),
           sensor.excursion_worst, sensor.last_reason, sensor.max_jump, sensor.still_after,
           sensor.plain_at, sensor.plain_value, sensor.seen_value, coalesce(sensor.still_s, 0)
      FROM fp_tank_sensor sensor
      LEFT JOIN fusion_plating_bath_parameter parameter ON parameter.id = sensor.parameter_id
     CROSS JOIN LATERAL (SELECT parameter.bath_state IS DISTINCT FROM 'dumped' AS in_force) AS limits
     WHERE sensor.active IS TRUE AND {found}
     ORDER BY sensor.id
       FOR NO KEY UPDATE OF sensor
"""
_BY_SERIAL = _LOCK.format(found="sensor.device_serial = ANY(%s)")
_BY_BOTH = _LOCK.format(found="(sensor.device_serial = ANY(%s) OR sensor.address = ANY(%s))")


@dataclass(slots=True)
class LockedSensor:
    """A sensor as it stands while this transaction holds its lock. Times are aware UTC.

    :ivar serial: of its probe; empty for a sensor that is known by its place on a device only
    :ivar address: its place on a device and its quantity; empty for a sensor that is known by its serial only
    :ivar limits: in force; those of a bath that was dumped are not
    :ivar judged_by_id: the parameter that was measured when the last good value came
    :ivar still_after: hours
    """

    id: int
    serial: str
    address: str
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
    judged_by_id: int | None
    last_quality: str | None
    state: SensorState
    last_reason: str | None
    max_jump: float | None
    still_after: float | None
    trust: Trust

    def measures(self, quantity: str) -> bool:
        """Whether values of ``quantity`` are this sensor's."""
        return measures(quantity, parameter=self.quantity, unit=self.device_unit, kind=self.kind)


@dataclass(frozen=True, slots=True)
class LockedSensors:
    """The sensors of a batch, under both of their keys."""

    by_serial: Owned[LockedSensor] = field(default_factory=Owned)
    by_address: Owned[LockedSensor] = field(default_factory=Owned)

    def __bool__(self) -> bool:
        return bool(self.by_serial or self.by_address)

    def of(self, measurement: Measurement) -> LockedSensor | None:
        """The sensor that made this measurement: the one with its serial, else the one in its place.

        Both are looked for in the company that reported it. Where no company did, the serial takes nothing away from
        a place of another company: none is meant then.
        """
        return the_one(self._candidates(measurement), measurement.company)

    def is_ambiguous(self, measurement: Measurement) -> bool:
        """Whether several companies have a sensor that can be meant, and nothing says whose it is."""
        return is_divided(self._candidates(measurement), measurement.company)

    def _candidates(self, measurement: Measurement) -> list[LockedSensor]:
        """Those with its serial, then those in its place; one there with another serial is another probe."""
        company = measurement.company
        found = [
            sensor
            for sensor in self.by_serial.candidates(serial_of(measurement), company)
            if sensor.measures(measurement.quantity)
        ]
        if self.by_address:
            found += [
                sensor
                for sensor in self.by_address.candidates(address_of(measurement), company)
                if not (sensor.serial and measurement.serial)
            ]
        return found


def lock_sensors(cr, measurements: Collection[Measurement]) -> LockedSensors:
    """Lock the active sensors of these measurements until the end of the transaction, in at most one query.

    The lock makes "read the state, decide, write the state" one step whoever else is writing. The order by
    id keeps two batches from waiting for each other, by whichever of its keys each finds a sensor.
    """
    serials = {serial_of(measurement) for measurement in measurements} - {""}
    addresses = {address_of(measurement) for measurement in measurements if measurement.quantity}
    if addresses:
        cr.execute(_BY_BOTH, [list(serials), list(addresses)], log_exceptions=False)
    elif serials:
        cr.execute(_BY_SERIAL, [list(serials)], log_exceptions=False)
    else:
        return LockedSensors()
    found = LockedSensors()
    for row in cr.fetchall():
        sensor = _sensor(row)
        if sensor.serial:
            found.by_serial.add(sensor.serial, sensor.company_id, sensor)
        if sensor.address:
            found.by_address.add(sensor.address, sensor.company_id, sensor)
    return found


def _sensor(row) -> LockedSensor:
    return LockedSensor(
        row[0],
        row[1] or "",
        row[2] or "",
        row[3] or "other",
        row[4] or "",
        *row[5:9],
        row[9] or "",
        row[10] or row[4] or "",
        Limits(*row[11:15]),
        *row[15:18],
        _utc(row[18]),
        _utc(row[19]),
        *row[20:23],
        SensorState(_utc(row[23]), row[24], row[25]),
        *row[26:29],
        Trust(_utc(row[18]), row[22] == "suspect", _utc(row[19]), row[20], _utc(row[29]), *row[30:33]),
    )


def _utc(moment: datetime | None) -> datetime | None:
    return moment and moment.replace(tzinfo=timezone.utc)
