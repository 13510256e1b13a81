from unittest.mock import patch

from odoo.tests import BaseCase

from fusion_iot_core.mqtt import reader as reader_module
from fusion_iot_core.mqtt.discovered import Discoveries, suggest_pattern
from fusion_iot_core.mqtt.reader import Reader
from fusion_iot_core.protocol.parsers import PARSERS, ParserSettings, Rule

from .runtime_common import RPC, inbound, route

TASMOTA = '{"DS18B20":{"Id":"0000048EC44C","Temperature":%s},"TempUnit":"C"}'


class TestReader(BaseCase):
    def values(self, intake):
        return [
            (item.device, item.channel, item.value)
            for reading in intake.readings
            for item in reading.measurements
        ]

    def test_measurements_get_the_registered_name_and_their_own_receipt(self):
        reader = Reader([route("tele/tasmota_X/#", "kiln")], discovering=False)
        intake = reader.intake(
            [
                inbound("tele/tasmota_X/SENSOR", TASMOTA % 20),
                inbound("tele/tasmota_X/SENSOR", TASMOTA % 21, seconds=3),
            ]
        )
        self.assertEqual(self.values(intake), [("kiln", "DS18B20", 20.0), ("kiln", "DS18B20", 21.0)])
        received = [reading.measurements[0].received_at for reading in intake.readings]
        self.assertEqual((received[1] - received[0]).total_seconds(), 3)
        self.assertEqual(intake.received_at, received[1])

    def test_the_mistake_of_one_parser_holds_nobody_up(self):
        routes = [route("tele/tasmota_X/#", "kiln"), route("shellyplus1-aa/#", "shellyplus1-aa", 2)]
        reader = Reader(routes, discovering=False)

        def read(message, name, *more):
            if name == "tasmota":
                raise RecursionError
            return PARSERS[name].read(message, *more)

        with (
            patch.object(reader_module, "read", read),
            self.assertLogs(reader_module.__name__, "ERROR"),
        ):
            intake = reader.intake(
                [
                    inbound("tele/tasmota_X/SENSOR", TASMOTA % 20),
                    inbound("shellyplus1-aa/events/rpc", RPC % 55.1),
                ]
            )
        self.assertEqual(self.values(intake), [("shellyplus1-aa", "temperature:100", 55.1)])
        self.assertIn("could not be read", intake.readings[0].error)

    def test_a_probe_on_an_unregistered_gateway_is_measured_too(self):
        reader = Reader([], discovering=True)
        intake = reader.intake([inbound("tele/tasmota_X/SENSOR", TASMOTA % 20)])
        self.assertEqual(self.values(intake), [("tasmota_X", "DS18B20", 20.0)])
        self.assertEqual([item.device for item in intake.discovered], ["tasmota_X"])

    def test_what_a_shelly_says_twice_counts_once_and_the_voice_is_learnt(self):
        reader = Reader([route("shellyplus1-aa/#", "shellyplus1-aa", 7)], discovering=False)
        intake = reader.intake(
            [
                inbound("shellyplus1-aa/events/rpc", RPC % 55.1),
                inbound("shellyplus1-aa/status/temperature:100", '{"id":100,"tC":55.1}'),
            ]
        )
        self.assertEqual(self.values(intake), [("shellyplus1-aa", "temperature:100", 55.1)])
        self.assertEqual(intake.voices, {7: "rpc"})

    def test_a_learnt_voice_counts_from_the_first_message(self):
        reader = Reader([route("shellyplus1-aa/#", "shellyplus1-aa", main_voice="rpc")], discovering=False)
        intake = reader.intake([inbound("shellyplus1-aa/status/temperature:100", '{"id":100,"tC":55.1}')])
        self.assertEqual(self.values(intake), [])
        self.assertEqual(intake.voices, {})

    def test_the_settings_of_the_claiming_device_count(self):
        rule = Rule(path="t", quantity="temperature", unit="°F")
        routes = [
            route("hall/+", "many", 1, parser="plain"),
            route("hall/oven", "oven", 2, parser="json", settings=ParserSettings(rules=(rule,))),
        ]
        intake = Reader(routes, discovering=False).intake([inbound("hall/oven", '{"t": 212}')])
        [(device, _channel, value)] = self.values(intake)
        self.assertEqual((device, round(value, 6)), ("oven", 100.0))

    def test_a_registered_device_that_talks_junk_is_a_problem(self):
        reader = Reader([route("tele/tasmota_X/#", "kiln", parser="tasmota")], discovering=False)
        intake = reader.intake([inbound("tele/tasmota_X/SENSOR", b"\xff\x00{{{")])
        self.assertTrue(intake.readings[0].error)
        self.assertEqual(intake.problems, 1)

    def test_a_topic_nobody_knows_is_no_problem(self):
        intake = Reader([], discovering=True).intake([inbound("some/thing", "junk")])
        self.assertFalse(intake.readings[0].error)
        self.assertEqual([(item.device, item.parser) for item in intake.discovered], [("some/thing", "")])

    def test_presence_and_information(self):
        reader = Reader([route("tele/tasmota_X/#", "kiln")], discovering=False)
        intake = reader.intake([inbound("tele/tasmota_X/LWT", "Offline", retained=True)])
        self.assertEqual(intake.presences, {1: (False, True)})
        intake = reader.intake([inbound("tele/tasmota_X/LWT", "Online")])
        self.assertEqual(intake.presences, {1: (True, False)})

    def test_information_is_told_when_it_is_new(self):
        reader = Reader([route("tele/tasmota_X/#", "kiln")], discovering=False)
        state = inbound("tele/tasmota_X/STATE", '{"Wifi":{"RSSI":70,"Signal":-65}}')
        self.assertEqual(reader.intake([state]).infos[1].signal_dbm, -65)
        self.assertEqual(reader.intake([state]).infos, {})

    def test_what_was_not_stored_is_told_again(self):
        reader = Reader([route("shellyplus1-aa/#", "shellyplus1-aa", 7)], discovering=False)
        message = inbound("shellyplus1-aa/events/rpc", RPC % 55.1)
        first = reader.intake([message])
        self.assertEqual((first.voices, reader.intake([message]).voices), ({7: "rpc"}, {}))
        reader.tell_again()
        again = reader.intake([message])
        self.assertEqual((again.voices, again.infos), (first.voices, first.infos))
        self.assertEqual(self.values(again), self.values(first))

    def test_a_relay_that_is_off_is_0_w_of_its_meter(self):
        reader = Reader([route("+/washer/#", "washer")], discovering=False)
        intake = reader.intake(
            [
                inbound("tele/washer/SENSOR", '{"ENERGY":{"Power":954}}'),
                inbound("stat/washer/POWER", "OFF", seconds=14),
                inbound("stat/washer/POWER", "ON", seconds=20),
            ]
        )
        self.assertEqual(self.values(intake), [("washer", "ENERGY", 954.0), ("washer", "ENERGY", 0.0)])
        off = intake.readings[1]
        self.assertEqual(off.measurements[0].received_at, off.inbound.message.received_at)
        self.assertFalse(intake.problems)

    def test_a_meter_that_is_known_from_before_is_switched_off_too(self):
        for channels, expected in ((("relay:0",), [("plug", "relay:0", 0.0)]), ((), [])):
            known = route("shellies/plug/#", "plug", power_channels=channels)
            intake = Reader([known], discovering=False).intake([inbound("shellies/plug/relay/0", "off")])
            self.assertEqual(self.values(intake), expected)

    def test_what_is_told_of_a_unit_counts(self):
        reader = Reader([route("p1/#", "p1", parser="esphome")], discovering=False)
        topic = "p1/sensor/power_delivered/state"
        described = f'{{"stat_t":"{topic}","unit_of_meas":"kW"}}'
        config = "homeassistant/sensor/p1/power_delivered/config"
        intake = reader.intake(
            [
                inbound(topic, "0.543"),
                inbound(config, described, retained=True),
                inbound(topic, "0.543"),
            ]
        )
        values = [
            (item.value, item.unit_assumed) for reading in intake.readings for item in reading.measurements
        ]
        self.assertEqual(values, [(0.543, True), (543.0, False)])
        self.assertFalse(intake.problems)
        # the broker was told to forget it
        taken_back = f'{{"stat_t":"{topic}"}}'
        intake = reader.intake([inbound(config, taken_back, retained=True), inbound(topic, "0.543")])
        self.assertEqual(intake.readings[1].measurements[0].value, 0.543)

    def test_only_devices_of_bare_values_need_descriptions(self):
        reader = Reader([route("p1/#", "p1", parser="tasmota")], discovering=False)
        self.assertEqual(reader.router.descriptions, ())
        reader.use([route("p1/#", "p1", parser="esphome")])
        self.assertIn("homeassistant/sensor/+/+/config", reader.router.descriptions)

    def test_what_is_not_understood_is_said_of_the_discovered(self):
        status = '{"id":202,"value":17.2}'
        reader = Reader([], discovering=True)
        [found] = reader.intake([inbound("shellyplus2pm-1/status/bthomesensor:202", status)]).discovered
        self.assertIn("bthomesensor:202", found.remark)

    def test_a_device_is_claimed_by_its_rom_in_any_notation(self):
        reader = Reader([route("pi/#", "28-00000a1b2c02")], discovering=False)
        intake = reader.intake([inbound("pi/28022C1B0A00006F", "21.5")])
        self.assertEqual(intake.readings[0].measurements[0].serial, "28-00000a1b2c02")

    def test_halves_lose_nothing(self):
        reader = Reader([], discovering=True)
        intake = reader.intake([inbound("tele/x/SENSOR", TASMOTA % value) for value in range(5)])
        first, second = intake.halves()
        self.assertEqual(first.readings + second.readings, intake.readings)
        self.assertEqual((first.discovered, second.discovered), (intake.discovered, []))


class TestDiscoveries(BaseCase):
    def test_bounded_and_not_more_often_than_every_two_seconds(self):
        now = [100.0]
        discoveries = Discoveries(clock=lambda: now[0])
        reader = Reader([], discovering=True)
        reader._discoveries = discoveries
        messages = [inbound(f"junk/{number}", "x") for number in range(700)]
        self.assertEqual(len(reader.intake(messages).discovered), 500)
        self.assertEqual(reader.intake([inbound("junk/1", "x")]).discovered, [])
        now[0] += 2.0
        [found] = reader.intake([inbound("junk/1", "x")]).discovered
        self.assertEqual(found.count, 2)

    def test_a_suggested_pattern_covers_all_of_the_device(self):
        for parser, device, topic, expected in (
            ("tasmota", "tasmota_X", "tele/tasmota_X/SENSOR", "+/tasmota_X/#"),
            ("shelly_gen2", "shellyplus1-aa", "shellyplus1-aa/status/switch:0", "shellyplus1-aa/#"),
            ("shelly_gen2", "hall/plug", "hall/plug/online", "hall/plug/#"),
            ("shelly_gen1", "shelly1-aa", "shellies/shelly1-aa/relay/0", "shellies/shelly1-aa/#"),
            ("tasmota", "kiln", "shop/tele/kiln/SENSOR", "shop/tele/kiln/#"),
            ("", "a/b", "a/b", "a/b"),
        ):
            with self.subTest(topic=topic):
                self.assertEqual(suggest_pattern(parser, device, topic), expected)

    def test_what_a_relay_is_is_told_when_it_is_another(self):
        plug = route("+/plug/#", "plug", parser="tasmota", switches=((7, "tasmota", ""), (8, "tasmota", "2")))
        odd = route("+/odd/#", "odd", 2, parser="tasmota", switches=((9, "tasmota", "none"),))
        reader = Reader([plug, odd], discovering=False)

        def relays(*said, seconds=0):
            messages = [inbound(*each[:2], retained=len(each) > 2, seconds=seconds) for each in said]
            return reader.intake(messages).relays

        both = ("tele/plug/STATE", '{"POWER1":"ON","POWER2":"OFF"}')
        self.assertEqual(relays(both), {7: (True, False), 8: (False, False)})
        self.assertEqual(relays(both, ("stat/plug/POWER2", "OFF")), {})
        self.assertEqual(relays(("stat/plug/POWER2", "ON"), ("stat/plug/POWER2", "OFF")), {8: (False, False)})
        self.assertEqual(relays(("stat/plug/POWER", "OFF", "retained")), {7: (False, True)})
        reader.tell_again()
        self.assertEqual(relays(both), {7: (True, False), 8: (False, False)})
        self.assertEqual(relays(both, seconds=50), {})
        self.assertEqual(
            relays(both, seconds=61), {7: (True, False), 8: (False, False)}, "once a minute again"
        )
        reader.use([odd])
        self.assertEqual(relays(both), {})

    def test_the_relays_of_a_stranger_are_listed(self):
        reader = Reader([], discovering=True)
        told = [
            inbound("shellyplus1-aa/status/switch:0", '{"id":0,"output":true,"temperature":{"tC":44.0}}'),
            inbound("tele/lamps/STATE", '{"POWER1":"ON","POWER2":"OFF"}'),
            inbound("tele/tasmota_X/SENSOR", TASMOTA % 20),
        ]
        found = {item.device: item.relays for item in reader.intake(told).discovered}
        self.assertEqual(
            found,
            {"shellyplus1-aa": {"0": True}, "lamps": {"1": True, "2": False}, "tasmota_X": {}},
        )
