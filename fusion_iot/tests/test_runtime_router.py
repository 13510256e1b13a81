from odoo.tests import BaseCase

from fusion_iot_core.mqtt.router import Router
from fusion_iot_core.protocol.parsers import DeviceInfo, Parsed

from .runtime_common import route


class TestRouter(BaseCase):
    def claimed(self, routes, topic, device="", alias=""):
        router = Router(routes)
        items = (DeviceInfo(device, alias=alias),) if alias else ()
        found = router.claim(router.candidates(topic), Parsed(items, device))
        return found and found.identifier

    def test_wildcards_cover_what_the_specification_says(self):
        router = Router(
            [
                route("a/+/c", "plus", 1),
                route("a/#", "hash", 2),
                route("a/b/c", "exact", 3),
                route("b/#", "other", 4),
            ]
        )
        names = {
            "a/b/c": ["exact", "plus", "hash"],
            "a/x/c": ["plus", "hash"],
            "a": ["hash"],
            "b/": ["other"],
            "c": [],
            "$SYS/a": [],
        }
        for topic, expected in names.items():
            self.assertEqual([item.identifier for item in router.candidates(topic)], expected, topic)

    def test_a_pattern_for_many_devices_claims_only_the_named_one(self):
        routes = [route("tele/+/SENSOR", "tasmota_A", 1), route("tele/+/SENSOR", "tasmota_B", 2)]
        self.assertEqual(self.claimed(routes, "tele/tasmota_B/SENSOR", "tasmota_B"), "tasmota_B")
        self.assertIsNone(self.claimed(routes, "tele/tasmota_C/SENSOR", "tasmota_C"))

    def test_a_pattern_that_spells_the_device_out_claims_under_any_name(self):
        routes = [route("shellies/plus1pm/#", "kiln")]
        self.assertEqual(self.claimed(routes, "shellies/plus1pm/online", "shellies/plus1pm"), "kiln")

    def test_a_device_is_known_by_its_other_name_too(self):
        routes = [route("+/events/rpc", "shellyplus1-aa")]
        self.assertEqual(self.claimed(routes, "hall/events/rpc", "hall", "shellyplus1-AA"), "shellyplus1-aa")

    def test_a_topic_that_names_nobody_belongs_to_the_most_specific_pattern(self):
        routes = [route("factory/#", "hall", 1), route("factory/tank3/#", "tank3", 2)]
        self.assertEqual(self.claimed(routes, "factory/tank3/temp"), "tank3")
        self.assertEqual(self.claimed(routes, "factory/tank4/temp"), "hall")

    def test_names_differ_in_case_only(self):
        self.assertEqual(self.claimed([route("shellies/+/#", "SHELLYEM3-AB")], "x", ""), None)
        routes = [route("shellies/+/#", "SHELLYEM3-AB")]
        self.assertEqual(self.claimed(routes, "shellies/shellyem3-ab/online", "shellyem3-ab"), "SHELLYEM3-AB")

    def test_many_patterns_and_topics(self):
        routes = [route(f"tele/d{number}/#", f"d{number}", number) for number in range(1, 2001)]
        router = Router(routes)
        for number in (1, 1000, 2000):
            self.assertEqual([item.id for item in router.candidates(f"tele/d{number}/SENSOR")], [number])
