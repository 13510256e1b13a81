import threading

from odoo import SUPERUSER_ID, api
from odoo.addons.fusion_iot_base.tests.pace import patient
from odoo.addons.fusion_iot_base.tests.waiting import WaitingMixin
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged

from fusion_iot_core.protocol import Measurement

from ..ingest import lock_sensors

DEVICE = "lock-order-device"


@tagged("post_install", "-at_install")
class TestLockOrder(WaitingMixin, BaseCase):
    """Two batches never wait for each other: each locks its sensors by id, by whichever key it finds them."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self.registry.cursor() as cr:
            self._make(api.Environment(cr, SUPERUSER_ID, {}))
        self.addCleanup(self._remove)

    def _make(self, env):
        self.device = env["iot.device"].create({"name": "Device", "identifier": DEVICE}).id
        self.tank = env["fusion.plating.tank"].create({"name": "Lock order"}).id
        self.parameter = env["fusion.plating.bath.parameter"].create({"quantity": "temperature"}).id
        shared = {"tank_id": self.tank, "parameter_id": self.parameter}
        place = {"iot_device_id": self.device, "device_channel": "t"}
        self.sensors = (
            env["fp.tank.sensor"]
            .create(
                [
                    {"name": "1", "device_serial": "lock-order-1", **shared},
                    {"name": "2", **place, **shared},
                    {"name": "3", "device_serial": "lock-order-3", **shared},
                ]
            )
            .ids
        )

    def _remove(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["fp.tank.sensor"].browse(self.sensors).unlink()
            env["fusion.plating.bath.parameter"].browse(self.parameter).unlink()
            env["fusion.plating.tank"].browse(self.tank).unlink()
            env["iot.device"].browse(self.device).unlink()

    def _lock_all(self, done):
        with self.registry.cursor() as cr:
            done["pid"] = cr._cnx.get_backend_pid()
            found = lock_sensors(
                cr,
                [
                    Measurement("gateway", 1.0, "temperature", channel="x", serial="lock-order-3"),
                    Measurement(DEVICE, 1.0, "temperature", channel="t"),
                    Measurement("gateway", 1.0, "temperature", channel="y", serial="lock-order-1"),
                ],
            )
            done["ids"] = [sensor.id for sensor in (*found.by_serial, *found.by_address)]

    def test_who_waits_for_a_sensor_holds_none_with_a_higher_id(self):
        lock = "SELECT id FROM fp_tank_sensor WHERE id = %s FOR NO KEY UPDATE NOWAIT"
        for position, sensor in enumerate(self.sensors):
            done = {}
            thread = threading.Thread(target=self._lock_all, args=(done,), name="fusion.test.lock-order")
            with self.registry.cursor() as cr, self.registry.cursor() as other:
                cr.execute(lock, [sensor])
                thread.start()
                self.waits_for_a_lock(other, done)
                for higher in self.sensors[position + 1 :]:
                    other.execute(lock, [higher])
            thread.join(patient(5))
            self.assertCountEqual(done["ids"], self.sensors)
