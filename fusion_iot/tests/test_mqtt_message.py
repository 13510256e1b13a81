from datetime import timedelta

from odoo import fields

from .mqtt_common import MqttCase


class TestMessage(MqttCase):
    def log(self, count, age_minutes=0, connection=None):
        now = fields.Datetime.now()
        return self.env["mqtt.message"].create(
            [
                {
                    "connection_id": (connection or self.connection).id,
                    "topic": f"t/{number}",
                    "received_at": now - timedelta(minutes=age_minutes + count - number),
                }
                for number in range(count)
            ]
        )

    def topics(self, connection=None):
        found = self.env["mqtt.message"].search(
            [("connection_id", "=", (connection or self.connection).id)], order="received_at, id"
        )
        return found.mapped("topic")

    def test_kept_by_count(self):
        self.connection.log_keep_count = 3
        other = self.Connection.create({"name": "Other", "host": "other.test"})
        self.log(10)
        self.log(5, connection=other)
        self.assertEqual(self.env["mqtt.message"]._gc_slice(self.connection), 7)
        self.assertEqual(self.topics(), ["t/7", "t/8", "t/9"])
        self.assertEqual(len(self.topics(other)), 5)
        self.assertEqual(self.env["mqtt.message"]._gc_slice(self.connection), 0)

    def test_kept_by_size(self):
        """A hundred of 16 KiB, with what comes with each, are a little more than 1.5 MiB."""
        self.connection.log_keep_mib = 1
        self.log(100).size = 1_000_000
        self.env.flush_all()
        self.env["mqtt.message"]._trim(self.connection.id)
        self.assertEqual(self.topics(), [f"t/{number}" for number in range(37, 100)])

    def test_one_is_kept_whatever_its_size(self):
        self.connection.log_keep_mib = 1
        self.log(2).size = 2_000_000_000
        self.env.flush_all()
        self.env["mqtt.message"]._trim(self.connection.id)
        self.assertTrue(self.topics())

    def test_kept_by_age(self):
        self.connection.log_keep_days = 2
        self.log(2, age_minutes=3 * 24 * 60)
        kept = self.log(2)
        self.env["mqtt.message"]._gc_slice(self.connection)
        self.assertEqual(self.topics(), kept.mapped("topic"))

    def test_messages_of_one_instant(self):
        """Many messages have the same time: exactly so many are kept all the same."""
        self.connection.log_keep_count = 4
        now = fields.Datetime.now()
        self.env["mqtt.message"].create(
            [
                {"connection_id": self.connection.id, "topic": f"t/{number}", "received_at": now}
                for number in range(10)
            ]
        )
        self.env["mqtt.message"]._gc_slice(self.connection)
        self.assertEqual(self.topics(), ["t/6", "t/7", "t/8", "t/9"])

    def test_the_job(self):
        self.connection.log_keep_count = 1
        self.log(3)
        with self.enter_registry_test_mode():
            self.env.ref("fusion_iot.ir_cron_mqtt_message_gc").method_direct_trigger()
        self.assertEqual(self.topics(), ["t/2"])

    def test_they_go_with_their_connection(self):
        messages = self.log(2)
        self.connection.unlink()
        self.assertFalse(messages.exists())

    def test_they_stay_without_their_device(self):
        device = self.make_device("gw")
        (message,) = self.log(1)
        message.device_id = device
        self.env.flush_all()
        device.unlink()
        message.invalidate_recordset()
        self.assertFalse(message.device_id)

    def test_trying_one_again(self):
        (message,) = self.log(1)
        message.payload = "21.5"
        context = message.action_try()["context"]
        self.assertEqual((context["default_topic"], context["default_payload"]), ("t/0", "21.5"))
