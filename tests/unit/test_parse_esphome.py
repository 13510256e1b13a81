"""ESPHome: what a person reads in each message, and nothing else."""

import pytest

from fusion_iot_core.protocol.parsers import Rule, detect
from tests.unit.message_cases import parse, told

ESPHOME = "esphome"

VALUES = [
    # object id, payload, expected
    ("temperature", "21.4", ["temperature temperature 21.4 °C"]),
    ("nickel_bath_temperature", "88.31\n", ["nickel_bath_temperature temperature 88.31 °C"]),
    ("tank_temp_f", "185.0", ["tank_temp_f temperature 85 °C"]),
    ("esp32_internal_temperature", "53.3", ["esp32_internal_temperature device_temperature 53.3 °C"]),
    ("room_humidity", "44", ["room_humidity humidity 44 %"]),
    ("power", "-12.5", ["power power -12.5 W"]),
    ("pump_power_kw", "1.25", ["pump_power_kw power 1250 W"]),
    ("apparent_power", "5", ["apparent_power apparent_power 5 VA"]),
    ("power_factor", "0.93", ["power_factor power_factor 0.93"]),
    ("mains_voltage", "231.2", ["mains_voltage voltage 231.2 V"]),
    ("battery_voltage", "3.91", ["battery_voltage voltage 3.91 V"]),
    ("battery_level", "87", ["battery_level battery 87 %"]),
    ("rectifier_current", "412.0", ["rectifier_current current 412 A"]),
    ("mains_frequency", "50.01", ["mains_frequency frequency 50.01 Hz"]),
    ("ph_rinse_2", "6.9", ["ph_rinse_2 ph 6.9 pH"]),
    ("energy_kwh", "12.05", ["energy_kwh energy 12050 Wh"]),
    # devices differ in the unit, and the name does not say it
    ("energy", "12.05", ["energy energy 12.05"]),
    ("pressure", "1013.2", ["pressure pressure 1013.2"]),
    ("pressure_hpa", "1013.2", ["pressure_hpa pressure 1.0132 bar"]),
    ("conductivity", "1.4", ["conductivity conductivity 1.4"]),
    # the name says no quantity, or a setting
    ("tank_1", "21.4", ["tank_1 ? 21.4"]),
    ("temperature_offset", "0.5", ["temperature_offset ? 0.5"]),
    ("energy_today", "3.1", ["energy_today ? 3.1"]),
    # no value
    ("temperature", "nan", ["temperature temperature bad °C"]),
    ("temperature", "None", ["temperature temperature bad °C"]),
    ("tank_1", "nan", ["tank_1 ? bad"]),
    # no number
    ("temperature", "inf", ["temperature temperature bad °C"]),
    ("temperature", "warm", ["problem invalid_value"]),
    ("temperature", "21,4", ["problem invalid_value"]),
    ("temperature", b"\xff\xfe\x00", ["problem invalid_value"]),
    ("temperature", '{"temperature": 3}', ["problem invalid_value"]),
    ("temperature", "1e999", ["problem invalid_value"]),
    ("temperature", "", []),
    # of the board
    ("uptime", "1234", []),
    ("wifi_signal", "-61", ["info signal_dbm=-61"]),
    ("wifi_signal_percent", "78", []),
    ("wifi_signal", "nan", []),
    ("free_heap", "21000", []),
]


@pytest.mark.parametrize(("name", "payload", "expected"), VALUES)
def test_sensors(name, payload, expected):
    topic = f"plating-line/sensor/{name}/state"
    assert detect(topic, payload.encode() if isinstance(payload, str) else payload).name == ESPHOME
    parsed = parse(topic, payload)
    assert parsed.device == "plating-line"
    assert told(parsed) == expected


@pytest.mark.parametrize(
    ("topic", "payload", "device", "expected"),
    [
        ("node/status", "online", "node", ["online"]),
        ("node/status", "offline", "node", ["offline"]),
        ("plant/hall 2/node/status", "offline", "plant/hall 2/node", ["offline"]),
        ("plant/node/sensor/temp/state", "1", "plant/node", ["temp temperature 1 °C"]),
        ("sensor/sensor/temp/state", "1", "sensor", ["temp temperature 1 °C"]),
        ("node/binary_sensor/door/state", "ON", "node", []),
        ("node/switch/pump/state", "OFF", "node", []),
        ("node/switch/pump/command", "ON", "node", []),
        ("node/number/setpoint/state", "60.0", "node", []),
        ("node/select/mode/state", "Auto", "node", []),
        ("node/light/lamp/state", '{"state":"ON","brightness":255}', "node", []),
        ("node/climate/bath/mode/state", "heat", "node", []),
        ("node/climate/bath/target_temperature/state", "60", "node", []),
        (
            "node/climate/bath/current_temperature/state",
            "59.2",
            "node",
            ["bath/current_temperature temperature 59.2 °C"],
        ),
        ("node/text_sensor/ip_address/state", "10.0.0.9", "node", ["info ip_address=10.0.0.9"]),
        ("node/text_sensor/esphome_version/state", "2024.10.2", "node", ["info firmware=2024.10.2"]),
        ("node/text_sensor/mac_address/state", "AA:BB:CC:00:11:22", "node", ["info mac=AA:BB:CC:00:11:22"]),
        ("node/text_sensor/batch/state", "A-17", "node", []),
        ("node/debug", "[D][dallas.sensor:143]: 'tank 1': Got Temperature=21.4°C", "node", []),
        ("node/debug", "\x1b[0;36m[D][sensor:094]: 'x': Sending state 5 °C\x1b[0m", "node", []),
        (
            "esphome/discover/node",
            '{"ip":"10.0.0.9","name":"node","port":6053,"version":"2024.10.2","mac":"a0b1c2d3e4f5","board":"esp32dev"}',
            "node",
            ["info model=esp32dev firmware=2024.10.2 ip_address=10.0.0.9 mac=a0b1c2d3e4f5"],
        ),
        # what devices tell Home Assistant, and what Home Assistant tells them
        (
            "homeassistant/sensor/node/temp/config",
            '{"dev_cla":"temperature","unit_of_meas":"°C","stat_t":"node/sensor/temp/state","temperature":5}',
            "",
            [],
        ),
        ("homeassistant/sensor/node/temp/config", "", "", []),
        ("homeassistant/status", "online", "", []),
    ],
)
def test_other_topics(topic, payload, device, expected):
    assert detect(topic, payload.encode()).name == ESPHOME
    parsed = parse(topic, payload)
    assert parsed.device == device
    assert told(parsed) == expected


@pytest.mark.parametrize(
    ("rule", "name", "payload", "expected"),
    [
        (Rule("energy", "energy", "kWh"), "energy", "12.05", ["energy energy 12050 Wh"]),
        (Rule("tank_1", "temperature", "°F"), "tank_1", "185", ["tank_1 temperature 85 °C"]),
        (Rule("tank_1", "temperature", channel="nickel"), "tank_1", "nan", ["nickel temperature bad °C"]),
        (Rule("flow", "flow", "l/h", scale=2.0, offset=60.0), "flow", "30", ["flow flow 2 l/min"]),
        (Rule("other", "temperature"), "tank_1", "5", ["tank_1 ? 5"]),
    ],
)
def test_rules_say_what_names_do_not(rule, name, payload, expected):
    assert told(parse(f"node/sensor/{name}/state", payload, ESPHOME, rule)) == expected


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("node/status", ["problem invalid_value"]),
        ("node", []),
        ("node/sensor/temp", []),
        ("/sensor/temp/state", []),
        ("sensor/temp/state", []),
        ("a/b/c/d", []),
    ],
)
def test_topics_that_are_none(topic, expected):
    assert [line for line in told(parse(topic, "7", ESPHOME)) if line] == expected
