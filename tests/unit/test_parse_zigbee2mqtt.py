"""Zigbee2MQTT: what a person reads in each message, and nothing else."""

import pytest

from fusion_iot_core.protocol.parsers import PARSERS, detect
from tests.unit.message_cases import parse, told

Z2M = "zigbee2mqtt"

STATES = [
    # a plug; what has not been reported yet is null
    (
        '{"child_lock":"UNLOCK","current":0.05,"energy":12.05,"identify":null,"linkquality":40,"power":-3,'
        '"state":"OFF","update":{"state":"idle","installed_version":268449287},"voltage":243}',
        ["- current 0.05 A", "- energy 12050 Wh", "- power 0 W", "- voltage 243 V"],
    ),
    ('{"temperature":null,"humidity":null,"battery":null,"voltage":null,"linkquality":36}', []),
    # battery probes print millivolts
    (
        '{"battery":97,"humidity":44.72,"linkquality":115,"pressure":1004.3,"temperature":-27.34,"voltage":2995}',
        [
            "- battery 97 %",
            "- humidity 44.72 %",
            "- pressure 1.0043 bar",
            "- temperature -27.34 °C",
            "- voltage 2.995 V",
        ],
    ),
    ('{"battery":100,"voltage":3.1}', ["- battery 100 %", "- voltage 3.1 V"]),
    ('{"battery":3,"voltage":950}', ["- battery 3 %", "- voltage 0.95 V"]),
    ('{"battery_voltage":3005}', ["battery voltage 3.005 V"]),
    ('{"voltage":3005}', ["- voltage 3.005 V"]),
    ('{"power":5,"voltage":400.1}', ["- power 5 W", "- voltage 400.1 V"]),
    # heat of the device, a probe at its cable, a thermostat
    ('{"device_temperature":31,"temperature":20}', ["- device_temperature 31 °C", "- temperature 20 °C"]),
    ('{"temperature":20,"temperature_probe":60.5}', ["- temperature 20 °C", "probe temperature 60.5 °C"]),
    (
        '{"local_temperature":23,"current_heating_setpoint":25,"local_temperature_calibration":-1.5,'
        '"max_temperature_limit":null,"preset":"hold"}',
        ["- temperature 23 °C"],
    ),
    (
        '{"soil_moisture":31,"temperature":18.2,"battery":55}',
        ["soil humidity 31 %", "- temperature 18.2 °C", "- battery 55 %"],
    ),
    # a pool or bath
    (
        '{"ph":7.2,"ec":1413,"temperature":26.1,"orp":650}',
        ["- ph 7.2 pH", "- conductivity 1.413 mS/cm", "- temperature 26.1 °C"],
    ),
    ('{"flow":0.6,"liquid_level_percent":45}', ["- flow 10 l/min", "- level 45 %"]),
    # endpoints and phases
    (
        '{"power_l1":10,"power_l2":0,"energy_l1":1.5,"state_l1":"ON","temperature_l2":40.1}',
        ["l1 power 10 W", "l2 power 0 W", "l1 energy 1500 Wh", "l2 temperature 40.1 °C"],
    ),
    (
        '{"power":100,"power_phase_b":-50,"power_phase_c":7,"voltage":230,"voltage_phase_b":231,"current_phase_c":0.1,'
        '"energy":7.5,"produced_energy":2,"ac_frequency":50,"power_factor":0.98,"power_factor_phase_b":-87,'
        '"power_reactive":-5,"power_apparent":101}',
        [
            "- power 100 W",
            "phase_b power -50 W",
            "phase_c power 7 W",
            "- voltage 230 V",
            "phase_b voltage 231 V",
            "phase_c current 0.1 A",
            "- energy 7500 Wh",
            "- energy_returned 2000 Wh",
            "- frequency 50 Hz",
            "- power_factor 0.98",
            "phase_b power_factor -0.87",
            "- reactive_power -5 var",
            "- apparent_power 101 VA",
        ],
    ),
    (
        '{"energy_a":0.3,"energy_produced_b":0.4,"energy_flow_a":"consuming","power_ab":15}',
        ["a energy 300 Wh", "b energy_returned 400 Wh", "ab power 15 W"],
    ),
    # names that only begin like it
    (
        '{"power_outage_memory":"off","power_on_behavior":"on","power_outage_count":3,"temperature_calibration":0.9,'
        '"humidity_sensitivity":1,"energy_today":5,"voltage_max":260,"current_threshold":9,"occupancy":true,'
        '"illuminance":16994,"co2":700,"action":"single","linkquality":18}',
        [],
    ),
    # no number where one is due
    ('{"power":"12","temperature":5}', ["problem invalid_value", "- temperature 5 °C"]),
    ('{"power":true}', ["problem invalid_value"]),
    ('{"power":NaN}', ["- power bad W"]),
    ('{"power":1,"power":2}', ["problem invalid_value"]),
    ('{"energy":1e306}', ["problem invalid_value"]),
    ("{}", []),
    ("{", ["problem invalid_json"]),
    # when, and of what
    (
        '{"last_seen":"2026-11-20T09:41:40+02:00","temperature":5}',
        ["- temperature 5 °C @2026-11-20T07:41:40Z"],
    ),
    (
        '{"last_seen":"2026-11-20T07:41:40.255Z","temperature":5}',
        ["- temperature 5 °C @2026-11-20T07:41:40Z"],
    ),
    ('{"last_seen":1795160500123,"temperature":5}', ["- temperature 5 °C @2026-11-20T07:41:40Z"]),
    ('{"last_seen":"1970-01-01T00:00:00Z","temperature":5}', ["- temperature 5 °C @impossible"]),
    ('{"last_seen":null,"temperature":5}', ["- temperature 5 °C"]),
    (
        '{"temperature":20,"device":{"friendlyName":"x","ieeeAddr":"0x00158d0002e34108","manufacturerName":"LUMI",'
        '"model":"WSDCGQ01LM","softwareBuildID":"3000-0001","networkAddress":32501}}',
        [
            "- temperature 20 °C",
            "info alias=0x00158d0002e34108 manufacturer=LUMI model=WSDCGQ01LM firmware=3000-0001",
        ],
    ),
]


@pytest.mark.parametrize(("payload", "expected"), STATES)
def test_states(payload, expected):
    parsed = parse("zigbee2mqtt/probe", payload)
    assert (parsed.device, parsed.voice) == ("probe", "json" if payload != "{" else "")
    assert told(parsed) == expected


@pytest.mark.parametrize(
    ("topic", "payload", "device", "expected"),
    [
        ("zigbee2mqtt/z1/power", "0", "z1", ["- power 0 W"]),
        ("zigbee2mqtt/z1/energy", "12.05", "z1", ["- energy 12050 Wh"]),
        ("zigbee2mqtt/z1/voltage", "3005", "z1", ["- voltage 3.005 V"]),
        ("zigbee2mqtt/z1/temperature_l2", "40.1", "z1", ["l2 temperature 40.1 °C"]),
        ("zigbee2mqtt/hall/z1/temperature", "40.1", "hall/z1", ["- temperature 40.1 °C"]),
        ("zigbee2mqtt/z1/power", "null", "z1", []),
        ("zigbee2mqtt/z1/power", "lots", "z1", ["problem invalid_value"]),
        ("zigbee2mqtt/z1/state", "ON", "z1", []),
        ("zigbee2mqtt/z1/update-state", "idle", "z1", []),
        ("zigbee2mqtt/z1/linkquality", "40", "z1", []),
    ],
)
def test_attributes_are_another_voice(topic, payload, device, expected):
    assert detect(topic, payload.encode()).name == Z2M
    parsed = parse(topic, payload)
    assert (parsed.device, parsed.voice) == (device, "attribute")
    assert PARSERS[Z2M].echoes["attribute"] == "json"
    assert told(parsed) == expected


@pytest.mark.parametrize(
    ("topic", "payload", "device", "expected"),
    [
        ("zigbee2mqtt/z1/availability", '{"state":"online"}', "z1", ["online"]),
        ("zigbee2mqtt/z1/availability", '{"state":"offline"}', "z1", ["offline"]),
        ("zigbee2mqtt/z1/availability", "offline", "z1", ["offline"]),
        ("zigbee2mqtt/z1/availability", "perhaps", "z1", ["problem invalid_value"]),
        ("zigbee2mqtt/z1/availability", '{"state":1}', "z1", ["problem invalid_value"]),
        ("zigbee2mqtt/hall/2/z1/availability", "online", "hall/2/z1", ["online"]),
        ("zigbee2mqtt/bridge/state", '{"state":"online"}', "", []),
        ("zigbee2mqtt/bridge/state", "offline", "", []),
        ("zigbee2mqtt/bridge/devices", '[{"friendly_name":"z1","temperature":5}]', "", []),
        ("zigbee2mqtt/bridge/logging", '{"level":"info","message":"x"}', "", []),
        ("zigbee2mqtt/z1/set", '{"state":"ON"}', "", []),
        ("zigbee2mqtt/z1/get", '{"power":""}', "", []),
        ("zigbee2mqtt/z1/set/state", "ON", "", []),
        ("zigbee2mqtt/z1", "", "", []),
    ],
)
def test_around_the_devices(topic, payload, device, expected):
    assert detect(topic, payload.encode()).name == Z2M
    parsed = parse(topic, payload)
    assert parsed.device == device
    assert told(parsed) == expected


@pytest.mark.parametrize(
    ("topic", "device"),
    [
        ("zigbee2mqtt/z1", "z1"),
        ("zigbee2mqtt/hall/tank 3/z1", "hall/tank 3/z1"),
        ("zigbee2mqtt-hall/z1", "z1"),
        ("plant/zigbee2mqtt/hall/z1", "hall/z1"),
        ("plant/Z2M/z1", "z1"),
        ("home/zigbee/z1", "z1"),
        ("funk/z1", "z1"),
        ("funk/hall/z1", "hall/z1"),
    ],
)
def test_whatever_the_base_topic(topic, device):
    payload = '{"temperature":5,"linkquality":9}'
    assert detect(topic, payload.encode()).name == Z2M
    parsed = parse(topic, payload)
    assert parsed.device == device
    assert told(parsed) == ["- temperature 5 °C"]


def test_a_base_topic_alone_is_nobody():
    assert parse("zigbee2mqtt", '{"temperature":5}', Z2M).items == ()
