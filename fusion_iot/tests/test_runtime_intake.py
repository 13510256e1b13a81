from odoo.addons.fusion_iot.models import iot_device_channel, iot_device_listener, iot_device_presence
from odoo.addons.fusion_iot_base.nudges import board
from odoo.tests import TransactionCase

from fusion_iot_core.mqtt.message_log import MessageLog
from fusion_iot_core.mqtt.reader import Reader

from .runtime_common import RPC, inbound

SENSOR = '{"DS18B20":{"Id":"0000048EC44C","Temperature":%s},"TempUnit":"C"}'


class TestIntake(TransactionCase):
    def setUp(self):
        super().setUp()
        iot_device_channel._noted.forget()
        iot_device_presence._noted.forget()
        self.connection = self.env["mqtt.connection"].create({"name": "Hall", "host": "broker.test"})
        self.device = self.env["mqtt.device"].create(
            {
                "name": "Kiln",
                "connection_id": self.connection.id,
                "device_id": "tasmota_X",
                "topic_pattern": "+/tasmota_X/#",
            }
        )
        self.reader = Reader(self.env["mqtt.device"]._routes([self.connection.id]), discovering=True)

    def take(self, *messages, log_level="all"):
        intake = self.reader.intake(messages)
        log = MessageLog(log_level, 10_000, 64)
        intake.logged = log.choose(intake.readings)
        self.env["mqtt.intake"]._take(self.connection.id, log, intake)
        self.env.invalidate_all()
        return intake

    def logged(self):
        return self.env["mqtt.message"].search([("connection_id", "=", self.connection.id)], order="id")

    def discovered(self):
        return self.env["mqtt.discovery"].search([("connection_id", "=", self.connection.id)])

    def test_channels_presence_and_log(self):
        self.take(inbound("tele/tasmota_X/SENSOR", SENSOR % 55.5))
        [channel] = self.device.channel_ids
        self.assertEqual(
            (channel.channel, channel.quantity, channel.serial, channel.last_value, channel.unit),
            ("DS18B20", "temperature", "28-0000048ec44c", 55.5, "°C"),
        )
        self.assertEqual(self.device.presence, "online")
        self.assertEqual(
            [(row.state, row.device_id, row.measurement_count) for row in self.logged()],
            [("ok", self.device, 1)],
        )
        self.assertFalse(self.discovered())

    def test_a_last_will_and_data_that_overrides_it(self):
        self.take(inbound("tele/tasmota_X/SENSOR", SENSOR % 55.5))
        self.take(inbound("tele/tasmota_X/LWT", "Offline"))
        self.assertEqual(self.device.presence, "offline")
        self.take(inbound("tele/tasmota_X/SENSOR", SENSOR % 55.6))
        self.assertEqual(self.device.presence, "online")

    def test_a_stale_offline_out_of_the_brokers_store_gives_way_to_data(self):
        self.take(
            inbound("tele/tasmota_X/LWT", "Offline", retained=True),
            inbound("tele/tasmota_X/SENSOR", SENSOR % 1),
        )
        self.take(inbound("tele/tasmota_X/SENSOR", SENSOR % 2, seconds=1))
        self.assertEqual(self.device.presence, "online")

    def test_retained_news_does_not_make_a_device_seen(self):
        self.take(inbound("tele/tasmota_X/LWT", "Online", retained=True))
        self.assertEqual(self.device.presence, "online")
        self.assertFalse(self.device.last_seen)

    def test_what_a_device_says_of_itself(self):
        self.take(inbound("tele/tasmota_X/STATE", '{"Wifi":{"RSSI":70,"Signal":-65}}'))
        self.assertEqual(self.device.signal_dbm, -65)
        self.assertEqual(self.device.presence, "online", "who says something is there")

    def test_what_the_broker_has_kept_of_it_does_not_make_a_device_seen(self):
        self.take(inbound("tele/tasmota_X/STATE", '{"Wifi":{"RSSI":70,"Signal":-65}}', retained=True))
        self.assertFalse(self.device.last_seen)

    def test_only_problems_are_logged_unless_asked_for_more(self):
        junk = inbound("tele/tasmota_X/SENSOR", b"{\x00\xff")
        good = inbound("tele/tasmota_X/SENSOR", SENSOR % 20)
        self.take(junk, good, log_level="off")
        self.assertFalse(self.logged())
        self.take(junk, good, log_level="errors")
        [row] = self.logged()
        self.assertEqual((row.state, row.size), ("problem", 3))
        self.assertTrue(row.error)

    def test_a_message_that_cannot_be_processed_is_kept_whatever_is_logged(self):
        reading = self.reader.intake([inbound("tele/tasmota_X/SENSOR", SENSOR % 20)]).readings[0]
        self.env["mqtt.intake"]._bury(
            self.connection.id, MessageLog("off", 10_000, 64), reading, "ValueError: no"
        )
        [row] = self.logged()
        self.assertEqual((row.state, row.error), ("poison", "ValueError: no"))

    def test_discovery_gathers_channels_and_counts(self):
        self.take(inbound("shellyplus1-aa/events/rpc", RPC % 55.1))
        self.reader._discoveries._due = 0.0
        self.take(inbound("shellyplus1-aa/status/humidity:100", '{"id":100,"rh":40.5}', seconds=400))
        [row] = self.discovered()
        self.assertEqual((row.device, row.parser, row.message_count), ("shellyplus1-aa", "shelly_gen2", 2))
        self.assertEqual(row.topic_pattern, "shellyplus1-aa/#")
        self.assertEqual({entry["channel"] for entry in row.channels}, {"temperature:100", "humidity:100"})

    def test_a_discovered_device_is_counted_as_far_as_its_column_goes(self):
        self.take(inbound("shellyplus1-aa/events/rpc", RPC % 55.1))
        self.discovered().sudo().message_count = 2147483647
        self.env.flush_all()
        self.reader._discoveries._due = 0.0
        self.take(inbound("shellyplus1-aa/events/rpc", RPC % 56.2, seconds=400))
        self.assertEqual(self.discovered().message_count, 2147483647)

    def test_a_probe_nobody_knows_is_an_unknown_device_its_power_meter_is_not(self):
        self.take(
            inbound(
                "tele/tasmota_Y/SENSOR", '{"DS18B20":{"Id":"0000048EC44D","Temperature":20},"TempUnit":"C"}'
            ),
            inbound("shellyplug-x/status/switch:0", '{"id":0,"apower":11.5}'),
        )
        unknown = self.env["iot.unknown.device"].search([("source", "=", "mqtt")])
        self.assertEqual(unknown.mapped("serial"), ["28-0000048ec44d"])

    def test_discovery_is_bounded(self):
        self.take(*(inbound(f"one/{number}", "x") for number in range(400)))
        self.reader._discoveries._due = 0.0
        self.take(*(inbound(f"two/{number}", "x", seconds=9) for number in range(400)))
        self.assertEqual(len(self.discovered()), 500)
        self.assertEqual(len(self.discovered().filtered(lambda row: row.device.startswith("two/"))), 400)

    def test_the_number_of_queries_does_not_depend_on_the_number_of_messages(self):
        counts = []
        for size, value in ((1, 0), (2, 1000), (200, 2000)):
            iot_device_channel._noted.forget()
            iot_device_presence._noted.forget()
            self.reader._discoveries._due = 0.0
            board.forget()
            iot_device_listener.forget()
            messages = [
                message
                for number in range(size)
                for message in (
                    inbound("tele/tasmota_X/SENSOR", SENSOR % (value + number)),
                    inbound(f"shelly-{value}-{number}/status/switch:0", '{"id":0,"apower":11.5}'),
                )
            ]
            intake = self.reader.intake(messages)
            log = MessageLog("all", 10_000, 64)
            intake.logged = log.choose(intake.readings)
            before = self.cr.sql_log_count
            self.env["mqtt.intake"]._take(self.connection.id, log, intake)
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2], "the first fills the caches")

    def test_text_that_cannot_be_stored_does_no_harm(self):
        self.take(inbound("a\ud800b", b"\x00\x00"), inbound("c\x00d", '{"power": 3, "x": "\\u0000"}'))
        self.assertEqual(len(self.logged()), 2)
