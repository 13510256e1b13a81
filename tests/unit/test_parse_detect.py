"""Which family a message is of, by its topic and payload: none takes another's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion_iot_core.protocol.parsers import MAX_PAYLOAD_BYTES, PARSERS, detect
from tests.unit.message_cases import parse, told

FAMILIES = {
    "shelly_gen1": [
        ("shellies/shellyplug-s-80646F/relay/0/power", "81.17"),
        ("shellies/shellyht-208500/sensor/temperature", "17.62"),
        ("shellies/shelly1-98CDCC/ext_temperature/0", "20.75"),
        ("shellies/shelly1-98CDCC/online", "true"),
        (
            "shellies/announce",
            '{"id":"shelly1-98CDCC","model":"SHSW-1","mac":"98CDCC24E0AB","ip":"10.0.0.8"}',
        ),
    ],
    "shelly_gen2": [
        (
            "shellyplus1pm-a8032abe2f18/events/rpc",
            '{"src":"shellyplus1pm-a8032abe2f18","method":"NotifyStatus","params":{"switch:0":{"apower":1}}}',
        ),
        ("hall/oven/events/rpc", '{"src":"shellypro3em-1","method":"NotifyStatus","params":{"em:0":{}}}'),
        ("shellypmminig3-84fce638d818/status/pm1:0", '{"id":0,"apower":5,"voltage":230}'),
        ("shellyplusht-c049ef8bc088/status/temperature:0", '{"id": 0,"tC":29.1, "tF":84.4}'),
        ("shellyplus1pm-a8032abe2f18/online", "false"),
        ("shellyplusi4-c4d8d554ad6c/debug/log", "shellyplusi4 427 1733777582.752 1|shos_dns_sd_respond"),
    ],
    "tasmota": [
        ("tele/tank1/SENSOR", '{"DS18B20":{"Temperature":1}}'),
        ("tank1/tele/STATE", '{"Vcc":3.2}'),
        ("stat/tank1/STATUS10", '{"StatusSNS":{}}'),
        ("tele/tank1/LWT", "Online"),
        ("tele/zigbee2mqtt/SENSOR", '{"DS18B20":{"Temperature":1}}'),
        ("tele/bridge/SENSOR", '{"ZbReceived":{"0x1":{"Temperature":1,"LinkQuality":9}}}'),
        ("cmnd/tank1/POWER", "1"),
    ],
    "esphome": [
        ("tank1/sensor/temperature/state", "21.4"),
        ("tank1/sensor/temperature/state", "nan"),
        ("tank1/binary_sensor/door/state", "ON"),
        ("tank1/status", "online"),
        ("hall/tank1/debug", "[W][component:157]: Component dallas took a long time"),
        ("homeassistant/sensor/tank1/temperature/config", '{"stat_t":"x","temperature":1}'),
    ],
    "zigbee2mqtt": [
        ("zigbee2mqtt/plug", '{"power":5}'),
        ("zigbee2mqtt/plug/power", "5"),
        ("zigbee2mqtt/plug/availability", "online"),
        ("zigbee2mqtt/bridge/state", "online"),
        ("zigbee2mqtt/hall/sensor/probe/state", "ON"),
        ("funk/plug", '{"power":5,"linkquality":78}'),
        ("funk/hall/plug/availability", '{"state":"offline"}'),
    ],
    "openbeken": [
        ("obk6127C87F/power/get", "2.86"),
        ("DVES_BK7231_N1/voltage/get", "226.035308"),
        ("hall/plug/energycounter/get", "25.634321"),
        ("obk6127C87F/connected", "online"),
        ("obk6127C87F/1/get", "1"),
        ("obk6127C87F/uptime", "12345"),
    ],
    "json": [
        ("hall/tank1", '{"temperature":21.5}'),
        ("sensor/stat/onewire", '{"sensor":[{"addr":"21:12:a9:6e:e3:28","temp":33.1875}]}'),
        ("tank1/status", '{"temp":21.5}'),
    ],
    "plain": [
        ("hall/tank1/temperature", "21.5"),
        ("tank1/temperature", "70.7 °F"),
        ("tele/tank1/counter", "7"),
        ("tank1/status", "7"),
    ],
    None: [
        ("hall/tank1/door", "open"),
        ("hall/tank1", '{"door":"open","count":7}'),
        ("hall/tank1", "{"),
        ("hall/tank1", ""),
        ("", ""),
        ("/", "x"),
        ("$SYS/broker/uptime", "33 seconds"),
        ("$SYS/broker/clients/connected", "7"),
        ("tank1/log", "[door] opened"),
        ("tank1/status", "brewing"),
    ],
}


@pytest.mark.parametrize(
    ("family", "topic", "payload"),
    [(family, topic, payload) for family, messages in FAMILIES.items() for topic, payload in messages],
)
def test_families(family, topic, payload):
    found = detect(topic, payload.encode())
    assert (found.name if found else None) == family
    if family is None:
        assert told(parse(topic, payload)) == ["problem unrecognised"]


def test_every_family_is_tried():
    assert set(PARSERS) == set(FAMILIES) - {None}
    for name, parser in PARSERS.items():
        assert parser.name == name
        assert parser.label
        assert parser.topics
        assert all("{device}" in topic for topic in parser.topics)
        assert parser.offline_after >= 3 * parser.expected_interval


def test_what_is_too_large_is_refused_unread():
    payload = b'{"DS18B20":{"Temperature":1}}'.ljust(MAX_PAYLOAD_BYTES + 1)
    parsed = parse("tele/tank1/SENSOR", payload)
    assert told(parsed) == ["problem too_large"]
    assert told(parse("tele/tank1/SENSOR", payload[:-1])) == ["DS18B20 temperature 1 °C"]
    assert detect("tele/tank1/SENSOR", payload).name == "tasmota"


def test_a_parser_nobody_has():
    with pytest.raises(KeyError):
        parse("a", "b", "knx")


@given(st.text(max_size=60), st.binary(max_size=60))
def test_anything_is_of_some_family_or_of_none(topic, payload):
    for parser in PARSERS.values():
        assert 0 <= parser.recognise(topic, payload) <= 100
    found = detect(topic, payload)
    assert found is None or found.recognise(topic, payload) > 0
    assert detect(topic, payload) is found
