from datetime import datetime, timedelta, timezone

from odoo.tests import TransactionCase

from fusion_iot_core.protocol import Measurement

SERIAL = "28-0000000000aa"
OTHER_SERIAL = "28-0000000000bb"


class TankCase(TransactionCase):
    """A tank with a bath in use, specified from 70 to 90 °C, and a probe in it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.start = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(hours=1)
        cls.tank = cls.env["fusion.plating.tank"].create({"name": "Test tank"})
        cls.bath = cls.env["fusion.plating.bath"].create({"tank_id": cls.tank.id})
        cls.parameter = cls.env["fusion.plating.bath.parameter"].create(
            {"bath_id": cls.bath.id, "quantity": "temperature", "target_min": 70.0, "target_max": 90.0}
        )
        cls.sensor = cls._make_sensor(SERIAL)

    @classmethod
    def _make_sensor(cls, serial, **values):
        return cls.env["fp.tank.sensor"].create(
            {
                "name": serial,
                "device_serial": serial,
                "device_kind": "ds18b20",
                "tank_id": cls.tank.id,
                "parameter_id": cls.parameter.id,
                **values,
            }
        )

    def measurement(self, value, seconds=None, serial=SERIAL, **values):
        """A measurement ``seconds`` after the start of the test's hour; without, it has no time of its own."""
        at = None if seconds is None else self.start + timedelta(seconds=seconds)
        return Measurement(device=serial, serial=serial, value=value, at=at, **values)

    def ingest(self, *measurements):
        return self.env["iot.ingest"].ingest(list(measurements), source="http")

    def ingest_series(self, *values, start=0, step=30, serial=SERIAL):
        return self.ingest(
            *(self.measurement(value, start + step * index, serial) for index, value in enumerate(values))
        )

    def readings(self, sensor=None):
        sensor = sensor or self.sensor
        return self.env["fp.tank.reading"].search([("sensor_id", "=", sensor.id)], order="read_at, id")

    def holds(self, sensor=None):
        sensor = sensor or self.sensor
        return self.env["fusion.plating.quality.hold"].search([("sensor_id", "=", sensor.id)], order="id")
