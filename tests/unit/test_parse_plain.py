"""Bare numbers: what a person reads in each message, and nothing else."""

import pytest

from fusion_iot_core.protocol.parsers import Rule, detect
from tests.unit.message_cases import parse, told

PLAIN = "plain"

NUMBERS = [
    # last levels of the topic, payload, expected
    ("tank1/temperature", "21.5", "tank1", ["temperature temperature 21.5 °C"]),
    ("hall/tank1/bathTemp", " 21.5\r\n", "hall/tank1", ["bathTemp temperature 21.5 °C"]),
    ("tank1/temp_f", "185", "tank1", ["temp_f temperature 85 °C"]),
    ("tank1/ph", "4.62", "tank1", ["ph ph 4.62 pH"]),
    ("oven/power_kw", "1.5", "oven", ["power_kw power 1500 W"]),
    ("oven/power", "-3e2", "oven", ["power power -300 W"]),
    ("oven/energy", "12", "oven", ["energy energy 12"]),
    ("tank1", "7", "tank1", ["tank1 ? 7"]),
    ("line/count", "7", "line", ["count ? 7"]),
    ("sensors/temperature/3", "20", "sensors/temperature", ["3 temperature 20 °C"]),
    ("node/humidity/value", "55", "node/humidity", ["value humidity 55 %"]),
    # the unit beside it
    ("tank1/temperature", "21.5 °C", "tank1", ["temperature temperature 21.5 °C"]),
    ("tank1/temperature", "70.7°F", "tank1", ["temperature temperature 21.5 °C"]),
    ("tank1/temperature", "70.7 F", "tank1", ["temperature temperature 21.5 °C"]),
    ("tank1/t", "21.5 C", "tank1", ["t temperature 21.5 °C"]),
    ("tank1/t", "294.65 K", "tank1", ["t temperature 21.5 °C"]),
    ("oven/x", "1.5 kW", "oven", ["x power 1500 W"]),
    ("oven/x", "12 kWh", "oven", ["x energy 12000 Wh"]),
    ("oven/energy", "12 kWh", "oven", ["energy energy 12000 Wh"]),
    ("tank1/x", "60 %", "tank1", ["x ? 60"]),
    ("tank1/level", "60 %", "tank1", ["level level 60 %"]),
    ("tank1/conductivity", "1413 µS/cm", "tank1", ["conductivity conductivity 1.413 mS/cm"]),
    # what the probe's wire says
    ("tank1/temperature", "-127", "tank1", ["temperature temperature bad °C"]),
    ("tank1/temperature", "-127.00 °C", "tank1", ["temperature temperature bad °C"]),
    ("tank1/temperature", "85", "tank1", ["temperature temperature 85 °C"]),
    ("tank1/offset", "-127", "tank1", ["offset ? -127"]),
    ("cryo/pt100/temperature", "-127", "cryo/pt100", ["temperature temperature -127 °C"]),
    ("cryo/thermocouple_1", "-127 °C", "cryo", ["thermocouple_1 temperature -127 °C"]),
    # a power factor, as a number and per cent
    ("oven/pf", "1.01", "oven", ["pf power_factor 1.01"]),
    ("oven/pf", "98.5", "oven", ["pf power_factor 0.985"]),
    ("oven/power_factor", "-87 %", "oven", ["power_factor power_factor -0.87"]),
    ("oven/power_factor", "1.0", "oven", ["power_factor power_factor 1"]),
    # refused
    ("tank1/temperature", "1,5", "tank1", ["problem invalid_value"]),
    ("tank1/temperature", "1.500,0", "tank1", ["problem invalid_value"]),
    ("tank1/temperature", "1.5.2", "tank1", ["problem invalid_value"]),
    ("tank1/temperature", "21.5 bananas", "tank1", ["problem invalid_value"]),
    ("tank1/temperature", "21.5 °C 22", "tank1", ["problem invalid_value"]),
    ("tank1/temperature", "21.5 %", "tank1", ["problem invalid_unit"]),
    ("tank1/temperature", "warm", "tank1", ["problem invalid_value"]),
    ("tank1/temperature", "nan", "tank1", ["temperature temperature bad °C"]),
    ("tank1/temperature", "Infinity", "tank1", ["temperature temperature bad °C"]),
    ("tank1/temperature", "1e999", "tank1", ["problem invalid_value"]),
    ("tank1/temperature", "0x1f", "tank1", ["problem invalid_value"]),
    ("tank1/temperature", "1_000", "tank1", ["problem invalid_value"]),
    ("tank1/temperature", "٣", "tank1", ["problem invalid_value"]),
    ("tank1/temperature", "true", "tank1", ["problem invalid_value"]),
    ("tank1/temperature", "9" * 70, "tank1", ["problem invalid_value"]),
    ("tank1/temperature", b"\x00\xff21", "tank1", ["problem invalid_value"]),
    ("tank1/temperature", '{"a":1}', "tank1", ["problem invalid_value"]),
    # a last will
    ("tank1/status", "online", "tank1", ["online"]),
    ("tank1/LWT", "Offline", "tank1", ["offline"]),
    ("tank1/temperature", "offline", "tank1", ["problem invalid_value"]),
    # orders to a device
    ("tank1/set", "21", "tank1", []),
    ("tank1/temperature", "", "tank1", []),
]


@pytest.mark.parametrize(("topic", "payload", "device", "expected"), NUMBERS)
def test_numbers(topic, payload, device, expected):
    parsed = parse(topic, payload, PLAIN)
    assert parsed.device == device
    assert told(parsed) == expected


@pytest.mark.parametrize(
    ("rule", "payload", "expected"),
    [
        (Rule(quantity="temperature"), "21.5", ["x temperature 21.5 °C"]),
        (Rule(quantity="temperature", unit="°F"), "70.7", ["x temperature 21.5 °C"]),
        (Rule(quantity="temperature", scale=0.1), "215", ["x temperature 21.5 °C"]),
        (Rule(quantity="temperature", scale=0.1, offset=-40.0), "615", ["x temperature 21.5 °C"]),
        (Rule(quantity="pressure", unit="kPa", channel="boiler"), "150", ["boiler pressure 1.5 bar"]),
        (Rule(quantity="level", value_map={"HIGH": 90.0, "LOW": 10.0}), "high", ["x level 90 %"]),
        (Rule(quantity="level", value_map={"HIGH": 90.0}), "40", ["x level 40 %"]),
        (Rule(quantity="level", value_map={"HIGH": 90.0}), "middle", ["problem invalid_value"]),
        (Rule(quantity="level", value_map={"online": 1.0}, scale=100.0), "online", ["x level 100 %"]),
        (Rule(quantity="level", value_map={"1": 55.0}), "1", ["x level 55 %"]),
        # the payload prints its unit
        (Rule(quantity="temperature"), "70.7 °F", ["x temperature 21.5 °C"]),
        (Rule(quantity="temperature", unit="°C"), "21.5 C", ["x temperature 21.5 °C"]),
        (Rule(unit="°F"), "70.7", ["x temperature 21.5 °C"]),
        # by the last level
        (Rule(path="x", quantity="ph"), "7", ["x ph 7 pH"]),
        (Rule(path="y", quantity="ph"), "7", ["x ? 7"]),
        # rules that cannot be
        (Rule(quantity="temperature", unit="bar"), "7", ["problem invalid_unit"]),
        (Rule(quantity="beauty"), "7", ["problem invalid_rule"]),
        (Rule(quantity="power", scale=1e300), "1e300", ["problem invalid_value"]),
    ],
)
def test_rules(rule, payload, expected):
    assert told(parse("tank1/x", payload, PLAIN, rule)) == expected


def test_the_first_rule_counts():
    rules = (Rule(quantity="ph"), Rule(quantity="temperature"))
    assert told(parse("tank1/x", "7", PLAIN, *rules)) == ["x ph 7 pH"]


@pytest.mark.parametrize(
    ("topic", "payload", "known"),
    [
        ("a/b", b"7", True),
        ("a/b", b" 7.5 kW\n", True),
        ("a/b", b"7 apples", False),
        ("a/b", b"ON", False),
        ("a/b", b"", False),
        ("a/set", b"7", False),
        ("$SYS/broker/uptime", b"7", False),
        ("$SYS/broker/load", b"12 seconds", False),
    ],
)
def test_detected_when_it_is_a_number(topic, payload, known):
    parser = detect(topic, payload)
    assert (parser is not None and parser.name == PLAIN) is known


ROM = "28-00000a1b2c02"


@pytest.mark.parametrize(
    ("topic", "payload", "expected"),
    [
        # the ROM alone, or with words for a value and a temperature
        (f"ds18b20/{ROM}", "55", [f"{ROM} temperature 55 °C #{ROM}"]),
        (f"ds18b20/{ROM}/value", "55", [f"value temperature 55 °C #{ROM}"]),
        (f"ds18b20/{ROM}/state", "55", [f"state temperature 55 °C #{ROM}"]),
        (f"ds18b20/{ROM}/temp", "55", [f"temp temperature 55 °C #{ROM}"]),
        (f"ds18b20/{ROM}/t", "55", [f"t temperature 55 °C #{ROM}"]),
        (f"ds18b20/{ROM}/celsius", "55", [f"celsius temperature 55 °C #{ROM}"]),
        (f"ds18b20/{ROM}/F", "142", [f"F temperature 61.11111111 °C #{ROM}"]),
        (f"ds18b20/{ROM}/temperature_f", "185", [f"temperature_f temperature 85 °C #{ROM}"]),
        (f"ds18b20/{ROM}/bath_temp", "55", [f"bath_temp temperature 55 °C #{ROM}"]),
        (f"{ROM}/bath/temperature", "55", [f"temperature temperature 55 °C #{ROM}"]),
        (f"dallas_{ROM}", "55", [f"dallas_{ROM} temperature 55 °C #{ROM}"]),
        # anything else of the probe
        *(
            (f"ds18b20/{ROM}/{last}", "55", [f"{last} ? 55"])
            for last in ("uptime", "errors", "rssi", "interval", "count", "mode", "temp_age", "target_temp")
        ),
        (f"ds18b20/{ROM}/battery", "55", ["battery battery 55 %"]),
        (f"ds18b20/{ROM}_rssi", "55", [f"{ROM}_rssi ? 55"]),
        (f"ds18b20/{ROM}_age/value", "55", ["value ? 55"]),
    ],
)
def test_what_stands_at_the_rom_of_a_probe(topic, payload, expected):
    assert told(parse(topic, payload, PLAIN)) == expected


COMMANDS = [
    f"x/set/{ROM}/temperature",
    "x/set/temperature",
    "x/get/temperature",
    "W/c0619ab1/temperature/24/Temperature",
    "shop/set/boiler",
    "shop/boiler/set/x",
    "house/boiler/set/temperature",
    "house/boiler/command/temperature",
    "house/boiler/temperature/SET",
    "house/boiler/temperature/write",
    "house/boiler/temperature/target",
    "Cmnd/boiler/temperature",
]


@pytest.mark.parametrize("topic", COMMANDS)
def test_what_a_device_is_told_is_no_state(topic):
    assert parse(topic, "95").measurements == parse(topic, '{"val":60}').measurements == ()
    assert told(parse(topic, "95", PLAIN)) == []
    assert told(parse(topic, '{"temperature":60}', "json")) == []


@pytest.mark.parametrize(
    "topic",
    [
        *("x/set1/temperature", "setup/x/temperature", "x/settings/temperature", "w/x/temperature/value"),
        *("x/temperature/get", "W/temperature", "target/x/temperature", "x/getter/temperature"),
    ],
)
def test_what_only_looks_like_a_command(topic):
    assert [item.value for item in parse(topic, "60").measurements] == [60.0]


def test_a_device_called_like_a_command_in_json():
    assert len(parse("x/set1", '{"temperature":60,"target_temperature":70}').measurements) == 1
    assert len(parse("x/target_temperature/status", '{"set":1,"temperature":60}').measurements) == 1
