import json

from odoo.tests import TransactionCase, new_test_user

from fusion_iot_core.mqtt.reader import Reader
from fusion_iot_core.protocol import Measurement

from ..models import iot_device_channel, iot_device_presence
from .runtime_common import inbound

GATEWAY = "tasmota_F00BA2"


class TestDeviceChannels(TransactionCase):
    """A device has a bounded number of channels, whatever names it makes up."""

    def setUp(self):
        super().setUp()
        iot_device_channel._noted.forget()
        iot_device_presence._noted.forget()
        self.connection = self.env["mqtt.connection"].create({"name": "Hall", "host": "broker.test"})
        self.device = (
            self.env["mqtt.device"]
            .create(
                {
                    "name": "Gateway",
                    "connection_id": self.connection.id,
                    "device_id": GATEWAY,
                    "topic_pattern": f"tele/{GATEWAY}/#",
                }
            )
            .iot_device_id
        )

    def publish(self, *payloads):
        reader = Reader(self.env["mqtt.device"]._routes([self.connection.id]), discovering=True)
        messages = [inbound(f"tele/{GATEWAY}/SENSOR", json.dumps(payload)) for payload in payloads]
        self.env["mqtt.intake"]._take(self.connection.id, "off", reader.intake(messages))
        self.env.invalidate_all()

    def invented(self, number, count=150):
        return {f"X{number}-{sensor}": {"Temperature": 20} for sensor in range(count)}

    def test_two_hundred_messages_of_150_invented_sensors(self):
        self.publish({"DS18B20": {"Id": "0000048EC44C", "Temperature": 50.0}, "TempUnit": "C"})
        known = self.device.channel_ids
        for first in range(0, 200, 50):
            self.publish(*(self.invented(number) for number in range(first, first + 50)))
        self.assertEqual(len(self.device.channel_ids), 500)
        self.assertEqual(self.device.channels_left_out, 200 * 150 - 499)
        self.assertIn(known, self.device.channel_ids)

    def test_a_full_list_goes_on_with_what_is_in_it(self):
        self.publish(self.invented(1, 250), self.invented(2, 250))
        self.assertEqual((len(self.device.channel_ids), self.device.channels_left_out), (500, 0))
        iot_device_channel._noted.forget()
        self.publish({"X1-7": {"Temperature": 77}, "Y": {"Temperature": 20}})
        self.assertEqual(len(self.device.channel_ids), 500)
        row = self.device.channel_ids.filtered(lambda row: row.channel == "X1-7")
        self.assertEqual(row.last_value, 77.0)
        self.assertEqual(self.device.channels_left_out, 1)

    def test_counts_of_a_stranger_stay_within_their_columns(self):
        """Whoever invents names must not bring the transaction of everybody else's readings to an error."""
        self.env["iot.ingest"].ingest([Measurement("stranger", 1.0, "temperature", "°C")], source="http")
        self.env.flush_all()
        self.cr.execute(
            "UPDATE iot_device SET channels_left_out = 2147483600 WHERE id = %s", [self.device.id]
        )
        self.cr.execute("UPDATE iot_unknown_device SET message_count = 2147483647 WHERE serial = 'stranger'")
        self.env.invalidate_all()
        self.publish(*(self.invented(number) for number in range(10)))
        self.env["iot.ingest"].ingest([Measurement("stranger", 2.0, "temperature", "°C")], source="http")
        self.env.invalidate_all()
        stranger = self.env["iot.unknown.device"].search([("serial", "=", "stranger")])
        self.assertEqual((self.device.channels_left_out, stranger.message_count), (2147483647, 2147483647))

    def test_the_list_can_be_emptied(self):
        self.publish(self.invented(1, 300), self.invented(2, 300))
        manager = new_test_user(self.env, "a iot manager", "fusion_iot.group_iot_manager")
        self.device.with_user(manager).action_forget_channels()
        self.assertEqual((len(self.device.channel_ids), self.device.channels_left_out), (0, 0))
        self.publish({"X1-7": {"Temperature": 77}})
        self.assertEqual(len(self.device.channel_ids), 1)

    def test_a_flood_of_one_device_leaves_the_others_alone(self):
        other = self.env["iot.device"].create({"name": "Other", "identifier": "other"})
        values = [
            Measurement(name, 20.0, "temperature", "°C", channel=f"c{number}")
            for number in range(600)
            for name in (GATEWAY, *(["other"] if number < 3 else []))
        ]
        self.env["iot.ingest"].ingest(values, source="mqtt")
        self.env.invalidate_all()
        self.assertEqual((len(self.device.channel_ids), self.device.channels_left_out), (500, 100))
        self.assertEqual((len(other.channel_ids), other.channels_left_out), (3, 0))

    def test_what_is_rolled_back_is_noted_the_next_time(self):
        def ingest(env, value):
            env["iot.ingest"].ingest([Measurement(GATEWAY, value, "temperature", "°C")], source="http")

        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            ingest(self.env(cr=cr), 20.0)
            cr.rollback()
        self.env.invalidate_all()
        self.assertFalse(self.device.channel_ids)
        self.assertFalse(self.device.last_seen)
        ingest(self.env, 21.0)
        self.env.invalidate_all()
        self.assertEqual(self.device.channel_ids.last_value, 21.0)
        self.assertTrue(self.device.last_seen)
        ingest(self.env, 22.0)
        self.env.invalidate_all()
        self.assertEqual(self.device.channel_ids.last_value, 21.0, "not again so soon")
