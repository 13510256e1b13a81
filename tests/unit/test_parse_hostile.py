"""Whatever arrives: no parser raises, none takes more than linear time, and what they say can be stored."""

import json
import math
import time
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusion_iot_core.protocol import QUANTITIES, Measurement, Quality
from fusion_iot_core.protocol.clock import EARLIEST
from fusion_iot_core.protocol.parsers import (
    DETECT,
    MAX_PAYLOAD_BYTES,
    PARSERS,
    DeviceInfo,
    Message,
    Parsed,
    ParserSettings,
    Presence,
    Problem,
    Rule,
    Switched,
    read,
)
from fusion_iot_core.protocol.parsers.findings import MAX_ITEMS
from tests.unit.message_cases import NOW
from tests.unit.shelly_cases import calls, damaged
from tests.unit.test_parse_detect import FAMILIES

LEVELS = sorted(
    {level for found in FAMILIES.values() for topic, _payload in found for level in topic.split("/")}
)
topics = st.lists(st.sampled_from(LEVELS) | st.text(max_size=8), max_size=7).map("/".join)

KEYS = [
    *("DS18B20", "ENERGY", "ANALOG", "EZO", "ZbReceived", "StatusSNS", "StatusSTS", "Info1", "Time", "Epoch"),
    *("TempUnit", "PressureUnit", "Id", "Address", "Error", "Temperature", "Humidity", "Pressure", "Power"),
    *(
        "Total",
        "Voltage",
        "Factor",
        "pH1",
        "EC",
        "CTEnergy",
        "Energy",
        "Wifi",
        "Signal",
        "Vcc",
        "t",
        "sw",
        "ip",
    ),
    *("temperature", "power_l1", "voltage", "battery", "last_seen", "device", "linkquality", "state"),
    *("temp", "temp_unit", "unit", "value", "type", "ts", "serial", "addr"),
    *("src", "method", "params", "switch:0", "em:0", "id", "apower", "tC", "errors", "hwID"),
]
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["C", "F", "hPa", "2026-11-20T11:00:00", "28ff6406c7cc95b1", "21.5 °C", "NotifyStatus"])
    | st.sampled_from([-127, 127.94, 85, 999, 1e308, 10**400, 1795172400, 0])
)
documents = st.dictionaries(
    st.sampled_from(KEYS) | st.text(max_size=4),
    st.recursive(
        scalars,
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=4), inner, max_size=5)
        ),
        max_leaves=12,
    ),
    max_size=5,
).map(lambda document: json.dumps(document).encode())

REAL = sorted({payload.encode() for messages in FAMILIES.values() for _topic, payload in messages if payload})
SETTINGS = (
    ParserSettings(),
    ParserSettings(
        "Europe/Berlin",
        "ts",
        (
            Rule("temp", "temperature", "°F", 2.0, -1.0, {"ON": 1.0}),
            Rule("*", "power", channel="all", serial_path="*.serial"),
            Rule("a.b[0]", "ph", serial_path="a.*"),
            Rule("", "level", value_map={"x": 1e308}, scale=1e10),
        ),
    ),
)
names = st.sampled_from([DETECT, *PARSERS])


def check(parsed):
    """What must hold of everything a parser finds."""
    assert isinstance(parsed, Parsed)
    assert len(parsed.items) <= MAX_ITEMS + 1
    for item in parsed.items:
        assert item.device == parsed.device or isinstance(item, Problem)
        if isinstance(item, Measurement):
            check_measurement(item)
        elif isinstance(item, Problem):
            assert item.error.isidentifier()
            assert item.message.isprintable()
        else:
            assert isinstance(item, Presence | DeviceInfo | Switched)
            assert item.device


def check_measurement(item):
    assert item.device
    assert not item.quantity or item.quantity in QUANTITIES
    assert not item.unit or item.unit == QUANTITIES[item.quantity].unit
    if item.value is None:
        assert item.quality is Quality.BAD
    else:
        assert type(item.value) is float
        assert math.isfinite(item.value)
        assert item.quality is Quality.GOOD
    assert item.at is None or (item.at.utcoffset() == timedelta(0) and item.at >= EARLIEST)
    assert not (item.at and item.impossible_time)
    assert item.serial.isprintable()
    assert item.channel.isprintable()
    assert item.retained


def read_as(name, topic, payload, setting=0):
    return read(Message(topic, payload, NOW, retained=True), name, SETTINGS[setting])


@given(names, topics, st.binary(max_size=80), st.integers(0, 1))
def test_anything(name, topic, payload, setting):
    check(read_as(name, topic, payload, setting))


@settings(max_examples=300)
@given(names, topics, documents, st.integers(0, 1))
def test_any_json(name, topic, payload, setting):
    check(read_as(name, topic, payload, setting))


@settings(max_examples=300)
@given(names, topics, damaged(REAL), st.integers(0, 1))
def test_damaged_messages(name, topic, payload, setting):
    check(read_as(name, topic, payload, setting))


@settings(max_examples=300)
@given(
    st.sampled_from([(topic, payload) for found in FAMILIES.values() for topic, payload in found]),
    st.data(),
)
def test_real_topics_with_damaged_payloads(message, data):
    topic, payload = message
    damage = data.draw(damaged([payload.encode() or b"{}"]))
    for name in (DETECT, *PARSERS):
        check(read_as(name, topic, damage))


HALF = MAX_PAYLOAD_BYTES // 2


def repeated(before, piece, after=b"", between=b","):
    """Payloads of half and of whole the greatest size."""
    count = (HALF - len(before) - len(after)) // (len(piece) + len(between))
    return tuple(before + between.join([piece] * n) + after for n in (count, 2 * count))


GROWING = {
    "brackets": (b"[" * HALF, b"[" * 2 * HALF),
    "objects": repeated(b"", b'{"a":', between=b""),
    "closed": (b"[" * 500 + b"]" * 500, b"[" * 900 + b"]" * 900),
    "digits": (b"9" * HALF, b"9" * 2 * HALF),
    "number": (b"1" * HALF + b"x", b"1" * (2 * HALF - 1) + b"x"),
    "spaces": (b" " * HALF, b" " * 2 * HALF),
    "nul": (b"\0" * HALF, b"\0" * 2 * HALF),
    "not utf-8": (b"\xff" * HALF, b"\xff" * 2 * HALF),
    "one key": repeated(b'{"ENERGY":{"Power":1,', b'"Power":1', b"}}"),
    "sensors": repeated(b'{"x":{"Temperature":1},', b'"DS18B20":{"Temperature":1}', b"}"),
    "phases": repeated(b'{"ENERGY":{"Power":[', b"1", b"]}}"),
    "chips": repeated(b'{"INA3221":[', b'{"Voltage":1}', b"]}"),
    "probes": repeated(b'{"sensor":[', b'{"addr":"x","temp":1,"ts":1}', b"]}"),
    "list": repeated(b"[", b'{"temp":{"value":1,"unit":"F"}}', b"]"),
    "temps": repeated(b'{"temps":[', b"1", b"]}"),
    "texts": repeated(b'{"temp":"', b"1", b'"}', between=b""),
    "states": repeated(b'{"linkquality":1,"a":[', b'"x"', b"]}"),
    "rpc": repeated(b'{"src":"x","method":"NotifyStatus","params":{"a":[', b'{"apower":1}', b"]}}"),
    "long name": repeated(b'{"', b"temp", b'":1}', between=b"_"),
    "colons": repeated(b'{"addr":"', b"28", b'","temp":1}', between=b":"),
}
TOPICS = (
    "tele/t/SENSOR",
    "x/sensor/temperature/state",
    "zigbee2mqtt/x",
    "zigbee2mqtt/x/power",
    "x/temperature",
    "shellies/x/relay/0/power",
    "x/events/rpc",
    "x/status",
    "x/debug",
    "/" * 30_000,
    "tele/" * 13_000,
    "zigbee" * 10_000,
)


@pytest.mark.parametrize("case", GROWING, ids=GROWING.keys())
def test_no_payload_of_the_greatest_size_takes_long(case):
    """A reader that takes quadratic time would need minutes for so many bytes."""
    payload = GROWING[case][1]
    assert len(payload) <= MAX_PAYLOAD_BYTES
    for topic in TOPICS:
        for name, parser in PARSERS.items():
            started = time.process_time()
            check(read_as(name, topic, payload))
            assert 0 <= parser.recognise(topic, payload) <= 100
            assert time.process_time() - started < 5


@pytest.mark.parametrize("case", ["sensors", "chips", "probes", "list", "temps", "one key", "rpc"])
@pytest.mark.parametrize("name", PARSERS)
def test_the_number_of_steps_grows_with_the_number_of_bytes(name, case):
    half, whole = GROWING[case]
    topic = "tele/t/SENSOR"
    assert calls(name, topic, whole) <= 2.2 * calls(name, topic, half) + 1000
