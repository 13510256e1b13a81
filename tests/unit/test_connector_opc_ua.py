"""Equipment that is read over OPC UA, against a real server."""

import re
import struct
from contextlib import suppress
from datetime import datetime, timedelta, timezone

import pytest
from asyncua import ua
from hypothesis import given
from hypothesis import strategies as st

from fusion_iot_core.connectors import (
    BadAnswer,
    ConnectorError,
    Misconfigured,
)
from fusion_iot_core.connectors.opc_ua.browse import local
from fusion_iot_core.connectors.opc_ua.values import Unfit, shortest, variant
from fusion_iot_core.protocol import Quality
from tests.unit.opc_ua_cases import LOGIN, node, read, run, tags
from tests.unit.opc_ua_peer import MANY, OTHER, OVEN, OpcUaPeer

ANY_VALUE = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text())


class TestValues:
    def test_types(self):
        found = read(*["Temperature", "Humidity", "Program", "Light", "Recipe", "Since", "Text"])
        assert {name: each.value for name, each in found.items()} == {
            "Temperature": 180.1,
            "Humidity": 65.0,
            "Program": 4.0,
            "Light": True,
            "Recipe": "Baguette",
            "Since": "2026-11-20T08:00:00Z",
            "Text": "baking",
        }
        assert all(each.quality is Quality.GOOD for each in found.values())

    @pytest.mark.parametrize(
        ("name", "reason"),
        [
            ("NotANumber", "not measurements"),
            ("Zones", "an array of 3: say which one with index"),
            ("Bytes", "a string of bytes"),
            ("Range", r"a structure \(Range\)"),
            ("Nothing", "has no value"),
            ("NoSuchNode", "^BadNodeIdUnknown: "),
        ],
    )
    def test_what_is_no_value_leaves_its_neighbours_alone(self, name, reason):
        found = read("Temperature", name, "Humidity")
        assert found[name].quality is Quality.BAD
        assert found[name].value is None
        assert re.search(reason, found[name].reason)
        assert found["Temperature"].value == 180.1
        assert found["Humidity"].value == 65.0

    def test_arrays(self):
        items = [
            *({"name": f"Zone {at}", "node": node("Zones"), "index": at} for at in (0, 2, 3)),
            {"name": "Matrix", "node": node("Matrix"), "index": 0},
            {"name": "Scalar", "node": node("Humidity"), "index": 0},
        ]
        found = read(tags=items)
        assert [found["Zone 0"].value, found["Zone 2"].value] == [210.5, 230.5]
        assert "only 3; there is no index 3" in found["Zone 3"].reason
        assert "several dimensions" in found["Matrix"].reason
        assert "It is no array" in found["Scalar"].reason

    def test_quality(self):
        def prepare(peer):
            peer.set("Temperature", 180.0, ua.StatusCodes.UncertainLastUsableValue)
            peer.set("Humidity", 65.0, ua.StatusCodes.BadSensorFailure)
            peer.set("Speed", 1450.0, 0x00000480)  # good, with bits about limits
            peer.set("Program", 4, 0x80FF0000)

        found = read("Temperature", "Humidity", "Speed", "Program", prepare=prepare)
        assert (found["Temperature"].value, found["Temperature"].quality) == (180.0, Quality.SUSPECT)
        assert found["Temperature"].reason.startswith("UncertainLastUsableValue: ")
        humidity = found["Humidity"]
        assert (humidity.value, humidity.raw, humidity.quality) == (None, 65.0, Quality.BAD)
        assert humidity.reason.startswith("BadSensorFailure: ")
        assert (found["Speed"].value, found["Speed"].quality) == (1450.0, Quality.GOOD)
        assert (found["Program"].quality, found["Program"].reason) == (Quality.BAD, "Bad (0x80FF0000)")

    def test_source_times_are_kept_as_they_are(self):
        now = datetime.now(timezone.utc).replace(microsecond=0)
        hour = timedelta(hours=1)

        def prepare(peer):
            peer.set("Temperature", 1.0, at=now - hour)
            peer.set("Humidity", 1.0, at=now + hour)
            peer.set("Speed", 1.0, at=datetime(1601, 1, 1, tzinfo=timezone.utc))

        found = read("Temperature", "Humidity", "Speed", "Program", prepare=prepare)
        assert [each.at for each in found.values()] == [now - hour, now + hour, None, None]

    def test_units_maps_and_fields(self):
        items = [
            {"name": "F", "node": node("Fahrenheit"), "quantity": "temperature", "unit": "°F", "zone": "1"},
            {"name": "S", "node": node("Program"), "field": "operational_status", "map": {"4": "running"}},
            {"name": "L", "node": node("Light"), "field": "door_status", "map": {"true": "open"}},
        ]

        async def use(made, _peer):
            return await made.get_current_reading(), await made.get_capabilities()

        reading, can = run(use, tags=items)
        assert reading.temperature_zones == {"1": pytest.approx(180.0)}
        assert (reading.get("operational_status"), reading.raw_status) == ("running", "4")
        assert reading.get("door_status") == "open"
        assert can.features[-2:] == ("browse", "write")
        assert can.temperature_zones == 1

    @given(st.floats(width=32, allow_nan=False))
    def test_the_shortest_float_is_the_same_float(self, value):
        assert struct.pack("<f", shortest(value)) == struct.pack("<f", value)
        assert len(repr(shortest(value))) <= len(repr(value))


class TestNamespaces:
    ITEMS = [
        {"name": "Uri", "node": node("Temperature")},
        {"name": "Index", "node": "ns=2;s=Temperature"},
        {"name": "Other", "node": node("Temperature", "http://example.com/none/")},
        {"name": "Limit", "node": "i=11705"},
    ]

    def test_one_that_is_not_there(self):
        found = read(tags=self.ITEMS)
        assert [each.value for each in found.values()] == [180.1, 180.1, None, 0.0]
        assert found["Other"].reason == "The server has no namespace http://example.com/none/."

    def test_a_restart_shifts_them(self):
        """The tag by URI follows; without a new look at the namespaces it would read another machine's."""

        async def use(made, peer):
            before = await made.read()
            await peer.stop()
            moved = OpcUaPeer(namespaces=(OTHER, "urn:another", OVEN))
            moved.port = peer.port
            await moved.start()
            moved.set("Temperature", 20.0, index=2)
            after = await made.read()
            await moved.stop()
            await peer.start()
            return before, after

        before, after = run(use, tags=self.ITEMS[:1])
        assert [each.value for each in (*before, *after)] == [180.1, 180.1]


class TestManyTags:
    def all_of_them(self, **options):
        async def use(made, peer):
            peer.limit_reads(7, **options)
            peer.reads.clear()
            return await made.read(), await made.read(), peer.reads

        return run(use, tags=tags(*range(1, MANY + 1)))

    def test_as_many_a_request_as_the_server_takes(self):
        first, _again, reads = self.all_of_them()
        assert [each.value for each in first] == [float(number) for number in range(MANY)]
        assert reads[1:] == [7, 7, 7, 7, 2] * 2  # after the first, for the namespaces

    def test_a_server_that_does_not_say_how_many(self):
        first, _again, reads = self.all_of_them(told=False)
        assert [each.value for each in first] == [float(number) for number in range(MANY)]
        assert reads[1:4] == [30, 15, 7]
        assert max(reads[4:]) <= 7, "what was refused is not tried again"

    def test_one_that_the_library_cannot_read(self, monkeypatch):
        """Its neighbours are read all the same."""

        async def use(made, peer):
            peer.set(20, ua.Variant("odd", ua.VariantType.String))
            await made.read()
            session = made._session._line.client.uaclient.session
            plain = session.read_attributes

            async def strict(nodes, attribute):
                values = await plain(nodes, attribute)
                if any(each.Value.Value == "odd" for each in values):
                    raise KeyError(77)
                return values

            monkeypatch.setattr(session, "read_attributes", strict)
            return await made.read()

        found = run(use, tags=tags(*range(1, MANY + 1)))
        assert [each.tag.name for each in found if each.quality is Quality.BAD] == ["20"]
        assert found[19].reason.startswith("BadDecodingError")


class TestWriting:
    def write(self, name, value, prepare=None, **more):
        async def use(made, peer):
            await made.read()
            if prepare:
                prepare(peer)
            after = await made.write(name, value)
            stored = peer.inner.aspace[ua.NodeId(name, peer.index)].attributes[ua.AttributeIds.Value].value
            return after, stored.Value

        return run(use, tags=tags(name, **more))

    @pytest.mark.parametrize(
        ("name", "value", "kind"),
        [
            ("SetPoint", 190, ua.VariantType.Float),
            ("SetPoint", "190.5", ua.VariantType.Float),
            ("Program", 7.0, ua.VariantType.Int16),
            ("Speed", 900, ua.VariantType.UInt32),
            ("Light", False, ua.VariantType.Boolean),
            ("Recipe", "Ciabatta", ua.VariantType.String),
        ],
    )
    def test_in_the_type_of_the_node(self, name, value, kind):
        after, stored = self.write(name, value)
        assert stored.VariantType is kind
        assert str(after.value) in (str(value), f"{value}.0")
        assert after.reason == ""

    def test_a_node_without_a_value_yet(self):
        _after, stored = self.write("SetPoint", 5, lambda peer: peer.set("SetPoint", None))
        assert (stored.Value, stored.VariantType) == (5.0, ua.VariantType.Float)

    def test_map_scale_and_offset_backwards(self):
        after, stored = self.write("Program", "cleaning", map={"4": "running", "9": "cleaning"})
        assert (after.value, stored.Value) == ("cleaning", 9)
        after, stored = self.write("Program", 21.5, scale=0.1, offset=1.5)
        assert (after.value, stored.Value) == (pytest.approx(21.5), 200)

    def test_clamped(self):
        after, _stored = self.write("SetPoint", 400, lambda peer: peer.clamp("SetPoint", 300.0))
        assert (after.value, after.quality) == (300.0, Quality.GOOD)
        assert after.reason == "It has 300 afterwards, not 400."

    @pytest.mark.parametrize(
        ("name", "value", "more", "text"),
        [
            ("Temperature", 1, {}, "This user may not write it"),
            ("Program", 40_000, {}, "out of the range of Int16: -32768 to 32767"),
            ("Program", 1.5, {}, "no whole number"),
            ("Speed", -1, {}, "out of the range of UInt32"),
            ("SetPoint", 1e300, {}, "beyond the range of a Float"),
            ("SetPoint", float("nan"), {}, "no number"),
            ("SetPoint", "hot", {}, "no number"),
            ("Light", "perhaps", {}, "neither true nor false"),
            ("Program", "paused", {"map": {"4": "running"}}, "none of its values: running"),
            ("Zones", 5, {}, "an array"),
            ("Zones", 5, {"index": 1}, "single element"),
            ("Range", 5, {}, "cannot be written"),
        ],
    )
    def test_what_cannot_be(self, name, value, more, text):
        with pytest.raises(ConnectorError, match=text):
            self.write(name, value, **more)

    def test_what_is_refused_leaves_the_connection_alone(self):
        async def use(made, _peer):
            await made.read()
            first = made._session
            for name, value in (("Temperature", 1), ("Program", 40_000)):
                with pytest.raises(ConnectorError):
                    await made.write(name, value)
            await made.read()
            return made._session is first

        assert run(use, tags=tags("Temperature", "Program"))

    def test_what_is_not_there(self):
        async def use(made, _peer):
            for name, text in (("Tempo", "no tag 'Tempo'"), ("Elsewhere", "no namespace urn:none")):
                with pytest.raises(ConnectorError, match=text):
                    await made.write(name, 1)
            with pytest.raises(ConnectorError, match="does not have it"):
                await made.write("NoSuchNode", 1)
            return await made.read()

        items = [*tags("NoSuchNode", "Temperature"), {"name": "Elsewhere", "node": "nsu=urn:none;i=1"}]
        assert run(use, tags=items)[1].value == 180.1

    @given(st.sampled_from(list(ua.VariantType)), ANY_VALUE)
    def test_it_never_fails_otherwise(self, kind, value):
        with suppress(Unfit):
            assert variant(value, kind).VariantType is kind


class TestBrowsing:
    def browse(self, node="", **options):
        async def use(made, _peer):
            return await made.browse(node)

        return {each.name: each for each in run(use, **options)}

    def test_the_top(self):
        found = self.browse()
        assert {"Server", "Oven", "Many"} <= found.keys()
        assert found["Server"].address == {"node": "i=2253"}
        assert found["Oven"].has_children

    def test_a_folder(self):
        found = self.browse(node("Oven"))
        item = found["SetPoint"]
        assert item.address == {"node": node("SetPoint")}
        assert (item.value, item.type, item.access, item.has_children) == (
            "200.0",
            "Float",
            "read, write",
            False,
        )
        assert found["Temperature"].access == "read"
        assert (found["Zones"].value, found["Zones"].type) == ("[210.5, 220.5, 230.5]", "Float[]")
        assert found["Range"].value == ""

    def test_what_is_picked_can_be_read(self):
        found = self.browse(node("Many"))
        values = read(tags=[{"name": each.name, **each.address} for each in found.values()])
        assert [each.value for each in values.values()] == [float(number) for number in range(MANY)]

    def test_a_node_may_be_told_by_its_namespace(self):
        told = ua.ExpandedNodeId("Oven", 0, NamespaceUri=OVEN)
        assert local(told, ["urn:a", "urn:b", OVEN]) == ua.NodeId("Oven", 2)

    def test_no_more_than_so_many(self, monkeypatch):
        monkeypatch.setattr("fusion_iot_core.connectors.opc_ua.browse.MOST_ITEMS", 10)
        assert len(self.browse(node("Many"))) == 10

    def test_what_is_not_there(self):
        with pytest.raises(BadAnswer, match="nothing to list"):
            self.browse(node("NoSuchNode"))
        for wrong in ("oven", "nsu=urn:none;i=1"):
            with pytest.raises(Misconfigured, match="node: "):
                self.browse(wrong)


class TestTheTest:
    def test_each_step(self):
        async def use(made, _peer):
            return await made.test_connection()

        test = run(use, tags=tags("Temperature", quantity="temperature"))
        assert [(each.name, each.ok, each.text) for each in test.steps][2:] == [
            ("login", True, ""),
            ("read", True, "1 values"),
        ]
        assert (test.success, test.status) == (True, "connected")
        assert test.supported_features == ("temperature", "browse", "write")

    def test_a_wrong_password(self):
        async def use(made, _peer):
            return await made.test_connection()

        test = run(use, {**LOGIN, "password": "wrong"}, OpcUaPeer(users=True))
        assert (test.success, test.status) == (False, "error")
        assert [(each.name, each.ok) for each in test.steps][-1] == ("login", False)
        assert "BadUserAccessDenied" in test.error_details
