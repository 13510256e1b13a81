from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import OTHER_SERIAL, TankCase

STATE = {
    "excursion_raised": True,
    "excursion_since": "2026-11-29 00:00:00",
    "excursion_worst": 71.0,
    "state_at": "2036-01-01 00:00:00",
    "last_reading_value": 70.0,
    "last_reading_at": "2036-01-01 00:00:00",
    "judged_by_id": 1,
    "last_quality": "good",
    "last_received_at": "2036-01-01 00:00:00",
    "address": "elsewhere",
}


@tagged("post_install", "-at_install")
class TestKept(TankCase):
    """The state of a sensor is what its readings have made it, whoever would have it otherwise."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.quality = new_test_user(cls.env, "kept quality", "fusion_plating.group_plating_quality")
        cls.manager = new_test_user(
            cls.env, "kept manager", "fusion_plating.group_plating_manager,base.group_system"
        )
        cls.people = cls.quality, cls.manager

    def values(self, **values):
        return {
            "name": "Another",
            "tank_id": self.tank.id,
            "device_serial": OTHER_SERIAL,
            "parameter_id": self.parameter.id,
            **values,
        }

    def test_a_hold_cannot_be_kept_from_being_raised(self):
        for user in self.people:
            sensor = self.sensor.with_user(user)
            for name, value in STATE.items():
                with self.subTest(user=user.name, name=name), self.assertRaises(AccessError):
                    sensor.write({name: value})
        self.ingest_series(80.0, 95.0)
        self.assertEqual(len(self.holds()), 1)

    def test_what_is_refused_is_told_with_its_keeper(self):
        with self.assertRaisesRegex(AccessError, r"state_at.*the readings that come in"):
            self.sensor.with_user(self.quality).state_at = False

    def test_no_way_by_web_save_and_the_parent(self):
        for user in self.people:
            with self.assertRaises(AccessError):
                self.sensor.with_user(user).web_save({"excursion_raised": True}, {"name": {}})
        sensors = [Command.update(self.sensor.id, {"excursion_raised": True})]
        with self.assertRaises(AccessError):
            self.tank.with_user(self.manager).write({"x_fc_sensor_ids": sensors})

    def test_no_way_by_the_context(self):
        context = {
            "default_state_at": "2036-01-01",
            "install_mode": True,
            "import_file": True,
            "kept": False,
            "su": True,
        }
        sensors = self.env["fp.tank.sensor"].with_user(self.manager).with_context(**context)
        with self.assertRaises(AccessError):
            sensors.browse(self.sensor.id).write({"state_at": "2036-01-01 00:00:00"})
        self.assertFalse(sensors.create(self.values()).state_at)

    def test_no_way_by_a_default_of_ones_own(self):
        self.env["ir.default"].with_user(self.manager).set(
            "fp.tank.sensor", "state_at", "2036-01-01 00:00:00", user_id=self.manager.id
        )
        sensors = self.env["fp.tank.sensor"].with_user(self.manager)
        self.assertNotIn("state_at", sensors.default_get(["state_at", "expected_interval"]))
        self.assertFalse(sensors.create(self.values()).state_at)

    def test_no_way_by_creating_or_copying(self):
        sensors = self.env["fp.tank.sensor"].with_user(self.manager)
        for name, value in {**STATE, "replaced_by_id": self.sensor.id}.items():
            with self.subTest(name=name), self.assertRaises(AccessError):
                sensors.create(self.values(**{name: value}))
        self.ingest_series(80.0)
        self.sensor.sudo().replaced_by_id = self.sensor
        sensor = self.sensor.with_user(self.manager)
        with self.assertRaises(AccessError):
            sensor.copy({"device_serial": OTHER_SERIAL, "state_at": "2036-01-01 00:00:00"})
        copy = sensor.copy({"device_serial": OTHER_SERIAL})
        self.assertFalse(copy.state_at or copy.replaced_by_id)

    def test_no_way_by_an_import(self):
        sensors = self.env["fp.tank.sensor"].with_user(self.manager)
        result = sensors.load(
            ["name", "tank_id/.id", "device_serial", "state_at"],
            [["Imported", str(self.tank.id), OTHER_SERIAL, "2036-01-01 00:00:00"]],
        )
        self.assertFalse(result["ids"])
        self.assertIn("state_at", result["messages"][0]["message"])
        result = sensors.load(
            ["name", "tank_id/.id", "device_serial"], [["Imported", str(self.tank.id), OTHER_SERIAL]]
        )
        self.assertTrue(result["ids"])

    def test_a_reading_says_what_was_read_and_nothing_else(self):
        readings = self.env["fp.tank.reading"].with_user(self.manager)
        for name, value in {"in_spec": True, "source": "http", "spec_max": 200.0, "quality": "good"}.items():
            with self.subTest(name=name), self.assertRaises(AccessError):
                readings.create({"sensor_id": self.sensor.id, "value": 95.0, name: value})

    def test_evidence_of_a_hold(self):
        self.ingest_series(95.0, 80.0)
        hold = self.holds()
        for user in self.people:
            for values in (
                {"hours_out": 0.001},
                {"hours_to_decision": 0.001},
                {"sensor_id": False},
                {"company_id": False},
                {"worst_value": 91.0},
            ):
                with self.subTest(user=user.name, values=values), self.assertRaises(AccessError):
                    hold.with_user(user).write(values)
        other = self.env["fusion.plating.tank"].create({"name": "Another tank"}).with_user(self.manager)
        with self.assertRaises(AccessError):
            other.write({"hold_ids": [Command.link(hold.id)]})
        with self.assertRaises(AccessError):
            self.env["fusion.plating.quality.hold"].with_user(self.manager).create(
                {"tank_id": self.tank.id, "sensor_id": self.sensor.id}
            )
        self.assertTrue(hold.hours_out)

    def test_parameters_follow_their_bath(self):
        other = self.env["fusion.plating.tank"].create({"name": "Another tank"})
        parameter = self.parameter.with_user(self.quality)
        for values in ({"tank_id": other.id}, {"bath_state": "dumped"}, {"line_id": False}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                parameter.write(values)
        # What a view opened from a tank has in its context is no attempt.
        made = parameter.with_context(default_tank_id=other.id).create(
            {"bath_id": self.bath.id, "quantity": "ph"}
        )
        self.assertEqual(made.tank_id, self.tank)

    def test_a_probe_is_still_replaced(self):
        replacing = self.env["fp.probe.replace"].with_user(self.manager)
        wizard = replacing.create({"sensor_id": self.sensor.id, "device_serial": OTHER_SERIAL})
        new = self.env["fp.tank.sensor"].browse(wizard.action_replace()["res_id"])
        self.assertEqual((new.replaces_id, self.sensor.replaced_by_id), (self.sensor, new))
