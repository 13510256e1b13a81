"""A shop full of probes: one MQTT connection, a thousand Tasmota gateways with a DS18B20 each, their tank sensors."""

from __future__ import annotations

import itertools
import json
import time

from ...stack import Stack
from ..records import Records
from .publisher import Sent

SENSORS = 1_000
CREATED_AT_ONCE = 200
OURS, BARE = "tele", "bare"
"""Prefix of the topics that the runtime listens to, and of those of the bare client: neither hears the other's."""
STEP = 0.001

WATCHED = SENSORS + 1
"""Number of the sensor that somebody looks at; it measures in another tank."""

_SENSORS = """
    INSERT INTO fp_tank_sensor (name, device_serial, device_kind, tank_id, bath_id, parameter_id, company_id,
                                active, deadband, delay, expected_interval)
    SELECT 'Bench MQTT ' || number, '28-' || lpad(to_hex(number), 12, '0'), 'ds18b20', tank.id, tank.bath_id,
           parameter.id, tank.company_id, true, 0, 0, 60
      FROM generate_series({first}, {last}) number,
           (SELECT tank.id, tank.bath_id, tank.company_id
              FROM fusion_plating_tank tank
             WHERE EXISTS (SELECT 1 FROM fusion_plating_bath_parameter
                            WHERE bath_id = tank.bath_id AND quantity = 'temperature')
             ORDER BY id OFFSET {tank} LIMIT 1) tank
      JOIN fusion_plating_bath_parameter parameter
        ON parameter.bath_id = tank.bath_id AND parameter.quantity = 'temperature'
    ON CONFLICT DO NOTHING
"""
_SENSOR = """
    SELECT sensor.tank_id, target_min, target_max FROM fusion_plating_bath_parameter parameter
      JOIN fp_tank_sensor sensor ON sensor.parameter_id = parameter.id
     WHERE sensor.device_serial = '28-{number:012x}'
"""


class Line(Records):
    """The records in the database, and what such a line publishes. The connection is up after the constructor.

    The connection has the settings that a new one has, but discovers below `tele` only.
    """

    def __init__(self, stack: Stack) -> None:
        if stack.broker is None:
            raise AssertionError("The stack has no broker.")
        super().__init__(stack)
        self.port = stack.broker.port
        stack.sql(_SENSORS.format(first=1, last=SENSORS, tank=0))
        stack.sql(_SENSORS.format(first=WATCHED, last=WATCHED, tank=1))
        _tank, self._lowest, highest = self.sensor(1)
        self._steps = int((highest - self._lowest) / STEP)
        self._numbers = itertools.count(1)
        values = {"name": "Bench", "host": "127.0.0.1", "port": self.port, "discovery_filter": f"{OURS}/#"}
        (self.connection,) = self.create("mqtt.connection", [values])
        for first in range(1, WATCHED + 1, CREATED_AT_ONCE):
            self._create_gateways(range(first, min(first + CREATED_AT_ONCE, WATCHED + 1)))
        ((window,),) = stack.sql(f"SELECT inflight_window FROM mqtt_connection WHERE id = {self.connection}")
        self.window = int(window)
        self.start()
        self.wait_until_up()

    def start(self) -> None:
        """Start the connection; it is up a little later."""
        self.call("mqtt.connection", "action_start", [self.connection])

    def wait_until_up(self) -> None:
        """Wait until the connection is up."""
        self.wait_for_connection(self.connection, "connected")

    def stop(self) -> None:
        """Stop the connection; the broker keeps what is published from now on."""
        self.call("mqtt.connection", "action_stop", [self.connection])
        self.wait_for_connection(self.connection, "stopped")

    def sensor(self, number: int) -> tuple[int, float, float]:
        """The tank of a sensor, and the limits that it is judged by."""
        ((tank, lowest, highest),) = self.stack.sql(_SENSOR.format(number=number))
        return int(tank), float(lowest), float(highest)

    def values(self, count: int) -> list[float]:
        """Values within the limits, so that nothing but the way of a reading is measured.

        Tens of thousands in a row differ from each other, whichever sensors they go to.
        """
        numbers = itertools.islice(self._numbers, count)
        return [round(self._lowest + number * 7_919 % self._steps * STEP, 3) for number in numbers]

    def messages(self, count: int, sensors: int, prefix: str = OURS) -> list[Sent]:
        """Telemetry of the first `sensors` gateways in turn."""
        values = self.values(count)
        return [message(index % sensors + 1, value, prefix) for index, value in enumerate(values)]

    def _create_gateways(self, numbers: range) -> None:
        gateways: list[dict[str, object]] = [
            {
                "name": f"Bench gateway {number}",
                "device_id": f"bench-{number:04d}",
                "connection_id": self.connection,
                "topic_pattern": f"{OURS}/bench-{number:04d}/#",
                "parser_type": "tasmota",
            }
            for number in numbers
        ]
        self.create("mqtt.device", gateways)


def message(number: int, value: float, prefix: str = OURS) -> Sent:
    """What Tasmota sends of one DS18B20, some 120 bytes with its topic."""
    document = {
        "Time": time.strftime("%Y-%m-%dT%H:%M:%S"),
        "DS18B20": {"Id": f"{number:012X}", "Temperature": value},
        "TempUnit": "C",
    }
    return f"{prefix}/bench-{number:04d}/SENSOR", json.dumps(document, separators=(",", ":")).encode()
