from odoo.addons.fusion_iot_base.tests.pace import PatientHttpCase
from odoo.tests import new_test_user, tagged

from fusion_iot_core.protocol import Measurement

SERIAL = "28-00000000f00d"


class TourCase(PatientHttpCase):
    """A tank with a bath in use and a probe in it, and an operator."""

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


@tagged("post_install", "-at_install")
class TestTours(TourCase):
    """What people do on the shop floor, in a browser."""

    def test_tank_live(self):
        self.env["iot.ingest"].ingest([Measurement(device=SERIAL, serial=SERIAL, value=95.5)], source="http")
        self.start_tour("/odoo", "fp_tank_live", login="fp_tour")

    def test_manual_reading(self):
        self.start_tour("/odoo", "fp_manual_reading", login="fp_tour")
        reading = self.env["fp.tank.reading"].search([("sensor_id", "=", self.sensor.id)])
        self.assertEqual((reading.value, reading.source, reading.in_spec), (82.5, "manual", True))
        self.assertEqual(reading.user_id, self.operator)

    def test_a_discovered_probe_becomes_a_sensor(self):
        serial = "28-00000000beef"
        connection = self.env["mqtt.connection"].create({"name": "Tour broker", "host": "127.0.0.1"})
        probe = {
            "channel": "DS18B20",
            "serial": serial,
            "quantity": "temperature",
            "unit": "°C",
            "value": 61.0,
        }
        self.env["mqtt.discovery"].create(
            {
                "connection_id": connection.id,
                "device": "tour-gateway",
                "parser": "tasmota",
                "topic": "tele/tour-gateway/SENSOR",
                "topic_pattern": "+/tour-gateway/#",
                "channels": [{**probe, "quality": "good"}],
            }
        )
        new_test_user(
            self.env, login="fp_manager", password="fp_manager", groups="fusion_plating.group_plating_manager"
        )
        self.start_tour("/odoo", "fp_discovered_sensor", login="fp_manager")
        measurement = Measurement("tour-gateway", 95.0, "temperature", "°C", channel="DS18B20", serial=serial)
        self.assertEqual(self.env["iot.ingest"].ingest([measurement], source="mqtt").accepted, 1)
        self.assertTrue(self.tank.x_fc_has_out_of_spec)

    def test_the_tank_is_chosen_in_new_records(self):
        new_test_user(
            self.env, login="fp_manager", password="fp_manager", groups="fusion_plating.group_plating_manager"
        )
        spare = self.env["fusion.plating.tank"].create({"name": "Spare tank", "code": "TT2"})
        self.env["iot.ingest"].ingest(
            [Measurement("28-0000000000ca", 20.0, serial="28-0000000000ca")], source="http"
        )
        tanks = self.env["fusion.plating.tank"].search_count([])
        self.start_tour("/odoo", "fp_choose_tank", login="fp_manager")
        sensors = self.env["fp.tank.sensor"].search([("name", "in", ["Chosen probe", "28-0000000000ca"])])
        self.assertEqual(sensors.mapped("tank_id"), self.tank)
        self.assertEqual(sensors.mapped("parameter_id"), self.parameter)
        self.assertEqual(
            self.env["fusion.plating.bath"].search([("chemistry", "=", "Chosen bath")]).tank_id, spare
        )
        hold = self.env["fusion.plating.quality.hold"].search([("tank_id", "=", self.tank.id)])
        self.assertEqual(hold.parameter_id, self.parameter)
        self.assertEqual(
            self.env["fusion.plating.tank"].search_count([]), tanks, "none was made of what was typed"
        )

    def test_a_changed_limit_asks_for_a_reason(self):
        new_test_user(
            self.env, login="fp_quality", password="fp_quality", groups="fusion_plating.group_plating_quality"
        )
        self.start_tour("/odoo", "fp_change_limit", login="fp_quality")
        change = self.env["fusion.plating.limit.change"].search([("tank_id", "=", self.tank.id)])
        self.assertEqual((change.new_value, change.reason), (91.0, "New data sheet"))

    def test_a_search_that_finds_nothing_says_no_more(self):
        self.env["iot.ingest"].ingest([Measurement(device=SERIAL, serial=SERIAL, value=95.5)], source="http")
        self.start_tour("/odoo/plating-holds", "fp_search_finds_nothing", login="fp_tour")


@tagged("post_install", "-at_install")
class TestPhone(TourCase):
    """The lists that something is done in are cards on a phone."""

    browser_size = "390x844"
    touch_enabled = True

    def test_cards(self):
        measurements = [
            Measurement("28-0000000000ca", 20.0, serial="28-0000000000ca"),
            Measurement(device=SERIAL, serial=SERIAL, value=95.5),
        ]
        self.env["iot.ingest"].ingest(measurements, source="http")
        new_test_user(
            self.env, login="fp_manager", password="fp_manager", groups="fusion_plating.group_plating_manager"
        )
        strangers = self.env.ref("fusion_iot.iot_unknown_device_action").id
        self.start_tour(f"/odoo/action-{strangers}", "fp_phone_strangers", login="fp_manager")
        self.start_tour("/odoo/tank-sensors", "fp_phone_sensors", login="fp_tour")
        self.start_tour("/odoo/plating-holds", "fp_phone_holds", login="fp_tour")
