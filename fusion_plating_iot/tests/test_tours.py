from odoo.addons.fusion_iot_base.protocol import Measurement
from odoo.tests import HttpCase, new_test_user, tagged

SERIAL = "28-00000000f00d"


@tagged("post_install", "-at_install")
class TestTours(HttpCase):
    """What an operator does on the shop floor, in a browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.operator = new_test_user(
            cls.env,
            login="fp_tour",
            password="fp_tour",
            groups="fusion_plating.group_plating_operator",
        )
        cls.tank = cls.env["fusion.plating.tank"].create({"name": "Tour tank", "code": "TT1"})
        cls.bath = cls.env["fusion.plating.bath"].create({"tank_id": cls.tank.id})
        cls.parameter = cls.env["fusion.plating.bath.parameter"].create(
            {"bath_id": cls.bath.id, "quantity": "temperature", "target_min": 70.0, "target_max": 90.0}
        )
        cls.sensor = cls.env["fp.tank.sensor"].create(
            {
                "name": "Tour probe",
                "device_serial": SERIAL,
                "tank_id": cls.tank.id,
                "parameter_id": cls.parameter.id,
                "expected_interval": 3600,
            }
        )

    def test_tank_live(self):
        self.env["iot.ingest"].ingest([Measurement(device=SERIAL, serial=SERIAL, value=95.5)], source="http")
        self.start_tour("/odoo", "fp_tank_live", login="fp_tour")

    def test_manual_reading(self):
        self.start_tour("/odoo", "fp_manual_reading", login="fp_tour")
        reading = self.env["fp.tank.reading"].search([("sensor_id", "=", self.sensor.id)])
        self.assertEqual((reading.value, reading.source, reading.in_spec), (82.5, "manual", True))
        self.assertEqual(reading.user_id, self.operator)
