import threading

from odoo import SUPERUSER_ID, api
from odoo.addons.fusion_iot_base.tests.pace import patient
from odoo.addons.fusion_iot_base.tests.waiting import WaitingMixin
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged

from fusion_iot_core.mqtt.message_log import MessageLog
from fusion_iot_core.mqtt.reader import Reader
from fusion_iot_core.protocol import Measurement

from ..models import iot_device_channel, iot_device_presence
from .runtime_common import inbound

NAMES = ("lock-order-1", "lock-order-2", "lock-order-3")


@tagged("post_install", "-at_install")
class TestDeviceLockOrder(WaitingMixin, BaseCase):
    """Two batches never wait for each other: what a batch waits for it locks first, in the order of ids."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        for throttle in (iot_device_channel._noted, iot_device_presence._noted):
            throttle.forget()
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            self.connection = env["mqtt.connection"].create({"name": "Lock order", "host": "broker.test"}).id
            publishers = env["mqtt.device"].create(
                [
                    {
                        "name": name,
                        "connection_id": self.connection,
                        "device_id": name,
                        "topic_pattern": f"tele/{name}/#",
                    }
                    for name in NAMES
                ]
            )
            self.devices = sorted(publishers.iot_device_id.ids)
            env["iot.device.channel"].create(
                [{"device_id": device, "channel": "ENERGY", "quantity": "power"} for device in self.devices]
            )
        self.addCleanup(self._remove)

    def _remove(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["mqtt.device"].search([("connection_id", "=", self.connection)]).unlink()
            env["iot.device"].browse(self.devices).exists().unlink()
            env["mqtt.connection"].browse(self.connection).unlink()

    def _take_messages(self, env):
        """In another order than that of the ids; one device after the other says what it measures and how it is."""
        messages = []
        for name in reversed(NAMES):
            messages.append(inbound(f"tele/{name}/SENSOR", '{"ENERGY":{"Power":20}}'))
            messages.append(inbound(f"tele/{name}/STATE", '{"Wifi":{"RSSI":70,"Signal":-65}}'))
        reader = Reader(env["mqtt.device"]._routes([self.connection]), discovering=False)
        intake = reader.intake(messages)
        self.assertEqual(sorted(intake.infos), self.devices)
        env["mqtt.intake"]._take(self.connection, MessageLog("off", 10_000, 64), intake)

    def _take_batteries(self, env):
        env["iot.ingest"].ingest(
            [Measurement(name, 50.0, "battery", "%") for name in reversed(NAMES)], source="http"
        )

    def _run(self, take, done):
        with self.registry.cursor() as cr:
            done["pid"] = cr._cnx.get_backend_pid()
            take(api.Environment(cr, SUPERUSER_ID, {}))
        done["over"] = True

    def check(self, take):
        lock = "SELECT id FROM iot_device WHERE id = %s FOR NO KEY UPDATE NOWAIT"
        for position, device in enumerate(self.devices):
            for throttle in (iot_device_channel._noted, iot_device_presence._noted):
                throttle.forget()
            done = {}
            thread = threading.Thread(target=self._run, args=(take, done), name="fusion.test.lock-order")
            with self.registry.cursor() as cr, self.registry.cursor() as other:
                cr.execute(lock, [device])
                thread.start()
                self.addCleanup(thread.join, patient(10))
                self.waits_for_a_lock(other, done)
                for higher in self.devices[position + 1 :]:
                    other.execute(lock, [higher])
                other.execute(
                    "SELECT id FROM iot_device_channel WHERE device_id = ANY(%s) FOR UPDATE NOWAIT",
                    [self.devices],
                )
            thread.join(patient(10))
            self.assertTrue(done.get("over"))

    def test_a_batch_of_messages(self):
        self.check(self._take_messages)

    def test_a_batch_of_batteries(self):
        self.check(self._take_batteries)
