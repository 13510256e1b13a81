"""Equipment that is read over Modbus, against a server of its own make."""

import asyncio
import math
import os
import struct
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion_iot_core.connectors import (
    BadAnswer,
    ConnectorError,
    ConnectorFactory,
    Misconfigured,
    TimedOut,
    Unreachable,
)
from fusion_iot_core.connectors.modbus import connector as module
from fusion_iot_core.connectors.modbus.registers import decode, parse_address
from fusion_iot_core.protocol import Quality
from tests.unit.modbus_peer import ModbusPeer, Unit

PATIENT_S, SHORT_S = 60, 1


def registers(form, value):
    packed = struct.pack(f">{form}", value)
    return list(struct.unpack(f">{len(packed) // 2}H", packed))


def table(**values):
    """Registers from ``r100=[...]``."""
    return {int(name[1:]) + at: each for name, found in values.items() for at, each in enumerate(found)}


def connector(port, tags, **options):
    options = {"timeout": PATIENT_S, **options, "tags": tags}
    config = {"endpoint": "127.0.0.1", "port": port, "additional_config": options}
    return ConnectorFactory.create_connector("modbus", "oven-1", config)


def run(units, use, tags, **options):
    async def play():
        peer = ModbusPeer(units)
        async with peer.running():
            made = connector(peer.port, tags, **options)
            try:
                return await use(made, peer), peer
            finally:
                await made.close()

    return asyncio.run(play())


def read(units, *tags, **options):
    """The values of tags."""
    return run(units, lambda made, _peer: made.read(), [*tags], **options)


def tag(name="T", address=100, **more):
    return {"name": name, "address": address, **more}


class TestTypes:
    @pytest.mark.parametrize(
        ("kind", "form", "value"),
        [
            ("int16", "h", -274),
            ("uint16", "H", 65000),
            ("int32", "i", -123456),
            ("uint32", "I", 4_000_000_000),
            ("int64", "q", -(2**40)),
            ("uint64", "Q", 2**40),
            ("float32", "f", 180.5),
            ("float64", "d", 180.123456789),
        ],
    )
    @pytest.mark.parametrize("byte_order", ["big", "little"])
    @pytest.mark.parametrize("word_order", ["big", "little"])
    def test_in_all_four_orders(self, kind, form, value, byte_order, word_order):
        words = registers(form, value)
        if word_order == "little":
            words.reverse()
        if byte_order == "little":
            words = [(each & 0xFF) << 8 | each >> 8 for each in words]
        units = {1: Unit(holding=table(r100=words))}
        (found,), _peer = read(units, tag(type=kind, byte_order=byte_order, word_order=word_order))
        assert (found.value, found.quality) == (value, Quality.GOOD)

    def test_bits_texts_and_tables(self):
        unit = Unit(
            holding=table(r0=[0b1000_0000_0000_0001], r10=[0x4F76, 0x656E, 0x2031, 0]),
            input=table(r5=[7]),
            coil={3: True},
            discrete={4: False},
        )
        found, _peer = read(
            {1: unit},
            tag("low", 0, bit=0),
            tag("second", 0, bit=1),
            tag("high", 0, bit=15),
            tag("swapped", 0, bit=7, byte_order="little"),
            tag("name", 10, type="string", length=4),
            tag("input", 5, table="input"),
            tag("coil", 3, table="coil"),
            tag("discrete", 4, table="discrete"),
            tag("by reference", "40001"),
            tag("long reference", "400011"),
        )
        assert [each.value for each in found] == [
            True,
            False,
            True,
            True,
            "Oven 1",
            7,
            True,
            False,
            0x8001,
            0x4F76,
        ]

    def test_nan_fahrenheit_and_scale(self):
        unit = Unit(holding=table(r0=registers("f", math.nan), r2=[356], r3=[0xFF38]))
        found, _peer = read(
            {1: unit},
            tag("NaN", 0, type="float32", quantity="temperature"),
            tag("F", 2, quantity="temperature", unit="°F", zone="1"),
            tag("C", 3, type="int16", scale=0.1, quantity="temperature"),
        )
        assert [each.value for each in found] == [None, 356.0, pytest.approx(-20.0)]
        assert found[1].tag.stored(found[1].value) == pytest.approx(180.0)

    @given(
        st.sampled_from(["int16", "uint32", "float64", "string"]),
        st.lists(st.integers(0, 65535), min_size=4, max_size=4),
    )
    def test_nothing_raises(self, kind, words):

        address = parse_address({"address": 0, "type": kind, "length": 4}, 1, "tag")
        decode(words[: address.count], address)


class TestBlocks:
    def test_values_beside_each_other_are_one_request(self):
        unit = Unit(holding=table(r100=range(30)))
        _found, peer = read({1: unit}, *(tag(f"T{at}", 100 + at) for at in (9, 0, 3, 29)))
        assert peer.asked == [(1, 3, 100, 10), (1, 3, 129, 1)]

    def test_values_that_overlap(self):
        unit = Unit(holding=table(r0=registers("f", 20.5)))
        found, peer = read({1: unit}, tag("all", 0, type="float32"), tag("low", 1))
        assert [each.value for each in found] == [20.5, 0]
        assert len(peer.asked) == 1

    def test_no_more_than_a_device_takes(self):
        unit = Unit(holding=table(r0=range(100)), most=32)
        found, peer = read({1: unit}, *(tag(f"T{at}", at) for at in range(100)), max_block=32)
        assert [each.value for each in found] == list(range(100))
        assert [count for *_, count in peer.asked] == [32, 32, 32, 4]

    @pytest.mark.parametrize(
        "unit", [Unit(holding=table(r0=[1], r4=[5])), Unit(holding=table(r0=range(1, 6)), most=3)]
    )
    def test_a_block_that_is_refused_is_asked_apart_from_then_on(self, unit):
        async def twice(made, peer):
            first = await made.read()
            peer.asked.clear()
            return first, await made.read()

        (first, second), peer = run({1: unit}, twice, [tag("a", 0), tag("b", 4)])
        assert [each.value for each in first] == [each.value for each in second] == [1, 5]
        assert peer.asked == [(1, 3, 0, 1), (1, 3, 4, 1)]

    def test_one_that_is_not_there_harms_no_other(self):
        found, _peer = read({1: Unit(holding=table(r0=[1]))}, tag("a", 0), tag("b", 4))
        assert [each.quality for each in found] == [Quality.GOOD, Quality.BAD]
        assert found[1].reason == "Exception 2: there is no such address."


class TestUnits:
    def tags(self, *units):
        return [tag(f"T{unit}", unit_id=unit) for unit in units]

    @pytest.mark.parametrize("fault", ["silent", 11])
    def test_a_silent_one_delays_its_neighbours_once(self, fault, monkeypatch):
        units = {number: Unit(holding=table(r100=[number])) for number in (1, 2, 3)}
        units[2].fault = fault
        now = [100.0]
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now[0]))

        async def often(made, peer):
            rounds = []
            for _ in range(4):
                rounds.append([each.value for each in await made.read()])
                now[0] += 7
            asked = [unit for unit, *_ in peer.asked].count(2)
            units[2].fault = None
            now[0] += 7
            return rounds, asked, [each.value for each in await made.read()]

        (rounds, asked, last), _peer = run(units, often, self.tags(1, 2, 3), demotion=30, timeout=SHORT_S)
        assert rounds == [[1, None, 3]] * 4
        assert asked == 1, "it is left out for a while"
        assert last == [1, 2, 3]

    def test_the_only_one_is_the_connection(self):
        with pytest.raises(TimedOut):
            read({}, tag(), timeout=SHORT_S)

    def test_what_comes_too_late_is_no_answer_to_the_next_question(self):
        units = {1: Unit(holding=table(r100=[1], r200=[2]), fault=2.0 * SHORT_S)}

        async def late(made, _peer):
            with pytest.raises(TimedOut):
                await made.read()
            units[1].fault = None
            await asyncio.sleep(2 * SHORT_S)
            return await made.read()

        found, _peer = run(units, late, [tag("a", 100), tag("b", 200)], timeout=SHORT_S)
        assert [each.value for each in found] == [1, 2]

    @pytest.mark.parametrize("fault", ["foreign", "unit"])
    def test_the_answer_to_another_question_is_none(self, fault):
        units = {1: Unit(holding=table(r100=[1]), fault=fault)}
        try:
            (found,), _peer = read(units, tag(), timeout=SHORT_S)
        except ConnectorError:
            return
        assert found.value == 1

    @pytest.mark.parametrize(
        ("code", "words"), [(1, "is the table right"), (6, "busy"), (99, "of the vendor")]
    )
    def test_exceptions(self, code, words):
        (found,), _peer = read({1: Unit(fault=code)}, tag())
        assert found.quality is Quality.BAD
        assert words in found.reason


class TestConnections:
    def test_one_that_was_closed_meanwhile_is_opened_again(self):
        async def use(made, peer):
            await made.read()
            peer.drop()
            await asyncio.sleep(0.05)
            return await made.read()

        (found,), _peer = run({1: Unit(holding=table(r100=[5]))}, use, [tag()])
        assert found.value == 5

    def test_one_that_closes_instead_of_an_answer(self):
        """That is noticed at once, not at the deadline, which is a minute here."""
        with pytest.raises(Unreachable, match="has closed the connection"):
            read({1: Unit(fault="close")}, tag())

    def test_junk(self):
        with pytest.raises(ConnectorError):
            read({1: Unit(fault="junk")}, tag(), timeout=SHORT_S)

    def test_nobody_listens(self):
        async def play():
            server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
            port = server.sockets[0].getsockname()[1]
            server.close()
            await server.wait_closed()
            made = connector(port, [tag()])
            with pytest.raises(Unreachable, match="Nothing accepts connections"):
                await made.read()
            test = await made.test_connection()
            await made.close()
            return test

        test = asyncio.run(play())
        assert (test.success, test.status) == (False, "disconnected")
        assert [(each.name, each.ok) for each in test.steps] == [("resolve", True), ("tcp", False)]

    def test_a_test(self):
        test, _peer = run(
            {1: Unit(holding=table(r100=[20]))},
            lambda made, _peer: made.test_connection(),
            [tag(quantity="temperature", field="temperature")],
        )
        assert test.success, test.error_details
        assert [each.name for each in test.steps] == ["resolve", "tcp", "read"]
        assert test.supported_features == ("temperature", "browse", "write")
        test, _peer = run({1: Unit()}, lambda made, _peer: made.test_connection(), [tag()])
        assert (test.success, test.error_details) == (False, "Exception 2: there is no such address.")

    def test_closing_leaves_nothing_open(self):
        async def many(_made, peer):
            before = len(os.listdir("/proc/self/fd")), len(asyncio.all_tasks())
            for _ in range(100):
                made = connector(peer.port, [tag()])
                await made.read()
                await made.close()
                await made.close()
            while peer.open:
                await asyncio.sleep(0.01)
            return before, (len(os.listdir("/proc/self/fd")), len(asyncio.all_tasks()))

        (before, after), _peer = run({1: Unit(holding=table(r100=[5]))}, many, [tag()])
        assert after <= before


class TestWriting:
    def write(self, unit, value, made_tag=None, **options):
        return run({1: unit}, lambda made, _peer: made.write("T", value), [made_tag or tag()], **options)

    @pytest.mark.parametrize(
        ("kind", "form", "value"),
        [("uint16", "H", 185), ("int16", "h", -5), ("float32", "f", 185.5), ("int32", "i", -70000)],
    )
    def test_in_the_type_of_the_tag(self, kind, form, value):
        unit = Unit()
        found, _peer = self.write(unit, value, tag(type=kind, word_order="little"))
        assert found.value == value
        assert [unit.holding[100 + at] for at in range(len(unit.holding))] == registers(form, value)[::-1]

    def test_scale_map_coil_and_text(self):
        unit = Unit()
        found, _peer = self.write(unit, 18.5, tag(scale=0.1))
        assert (unit.holding[100], found.value) == (185, pytest.approx(18.5))
        found, _peer = self.write(unit, "running", tag(map={"1": "idle", "4": "running"}))
        assert (unit.holding[100], found.value) == (4, "running")
        found, _peer = self.write(unit, True, tag(table="coil"))
        assert (unit.coil[100], found.value) == (True, True)
        found, _peer = self.write(unit, "off", tag(table="coil", map={"true": "on", "false": "off"}))
        assert (unit.coil[100], found.value) == (False, "off")
        found, _peer = self.write(unit, "Bun", tag(type="string", length=4))
        assert found.value == "Bun"

    def test_it_says_what_there_is_afterwards(self):
        found, _peer = self.write(Unit(clamp=250), 300)
        assert found.value == 250

    def test_it_is_sent_once(self):
        async def use(made, peer):
            with pytest.raises(TimedOut):
                await made.write("T", 5)
            return [function for _unit, function, *_ in peer.asked]

        asked, _peer = run({1: Unit(fault="silent")}, use, [tag()], timeout=SHORT_S)
        assert asked == [6]

    @pytest.mark.parametrize(
        ("value", "made_tag", "words"),
        [
            (70000, tag(), "does not fit into uint16"),
            (math.nan, tag(), "does not fit"),
            ("hot", tag(), "a number is needed"),
            (None, tag(), "a number is needed"),
            ("off", tag(map={"4": "running"}), "none of its values: running"),
            (1, tag(table="input"), "only read"),
            (1, tag(bit=3), "only read"),
            (1, tag(scale=0), "othing can be written"),
            ("123456789", tag(type="string", length=4), "8 bytes at most"),
        ],
    )
    def test_what_cannot_be(self, value, made_tag, words):
        with pytest.raises(Misconfigured, match=words):
            self.write(Unit(), value, made_tag)

    def test_refused(self):
        with pytest.raises(BadAnswer, match="T: Exception 4"):
            self.write(Unit(fault=4), 5)


class TestBrowsing:
    def test_the_four_orders(self):
        unit = Unit(holding=table(r100=registers("f", 180.0)[::-1]))
        items, _peer = run({1: unit}, lambda made, _peer: made.browse("1:holding:100:float32"), [])
        assert len(items) == 4
        (right,) = [each for each in items if each.value == "180.0"]
        assert right.name == "bytes big, words little"
        found, _peer = read({1: unit}, {"name": "T", **right.address})
        assert found[0].value == 180.0

    @pytest.mark.parametrize("node", ["", "1:holding:100", "x:holding:1:float32", "1:drawer:1:float32"])
    def test_what_cannot_be(self, node):
        with pytest.raises(Misconfigured):
            run({1: Unit()}, lambda made, _peer: made.browse(node), [])


class TestSettings:
    @pytest.mark.parametrize(
        ("made_tag", "key"),
        [
            (tag(address=None), "address"),
            (tag(address=-1), "address"),
            (tag(address=65536), "address"),
            (tag(address=65535, type="float32"), "address"),
            (tag(address="50001"), "address"),
            (tag(address="40000"), "address"),
            (tag(address="40001", table="input"), "table"),
            (tag(table="drawer"), "table"),
            (tag(type="real"), "type"),
            (tag(type="float32", bit=3), "type"),
            (tag(table="coil", type="uint16"), "type"),
            (tag(bit=16), "bit"),
            (tag(type="string"), "length"),
            (tag(unit_id=256), "unit_id"),
            (tag(byte_order="middle"), "byte_order"),
            (tag(node="x"), "node"),
        ],
    )
    def test_what_cannot_be(self, made_tag, key):
        with pytest.raises(Misconfigured) as caught:
            connector(502, [made_tag])
        assert caught.value.path == f"additional_config.tags[0].{key}"

    @pytest.mark.parametrize(
        "options", [{"max_block": 126}, {"max_gap": -1}, {"unit_id": "1"}, {"speed": 9600}]
    )
    def test_options(self, options):
        with pytest.raises(Misconfigured) as caught:
            connector(502, [tag()], **options)
        assert caught.value.path == f"additional_config.{next(iter(options))}"

    def test_without_tags_there_is_nothing_to_read(self):
        with pytest.raises(Misconfigured, match="say in tags"):
            run({}, lambda made, _peer: made.read(), [])
