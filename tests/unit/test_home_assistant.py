"""What devices tell Home Assistant of the unit of a bare value."""

import pytest

from fusion_iot_core.protocol.parsers import Message, ParserSettings, read
from fusion_iot_core.protocol.parsers.home_assistant import DESCRIPTIONS, ToldUnit, is_description, told_unit
from fusion_iot_core.protocol.topics import matches
from tests.unit.message_cases import NOW, told

TOPIC = "homeassistant/sensor/p1/power_delivered/config"


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        # ESPHome writes short, others write long
        (
            '{"dev_cla":"power","unit_of_meas":"kW","stat_t":"p1/sensor/power_delivered/state","uniq_id":"x"}',
            ("p1/sensor/power_delivered/state", "kW"),
        ),
        ('{"state_topic":"x/y","unit_of_measurement":"°F"}', ("x/y", "°F")),
        ('{"~":"obk1","stat_t":"~/energycounter/get","unit_of_meas":"Wh"}', ("obk1/energycounter/get", "Wh")),
        ('{"stat_t":"x/y"}', ("x/y", "")),
        ('{"stat_t":"x/y","unit_of_meas":"ppm"}', ("x/y", "")),
        # a value inside JSON is not bare
        (
            '{"state_topic":"zigbee2mqtt/plug","value_template":"{{ value_json.power }}","unit_of_measurement":"W"}',
            None,
        ),
        ('{"unit_of_meas":"W"}', None),
        ("", None),
        ("[]", None),
        ("{", None),
        ('{"stat_t":5,"unit_of_meas":null}', None),
    ],
)
def test_descriptions(payload, expected):
    found = told_unit(Message(TOPIC, payload.encode(), NOW, True))
    assert found == (ToldUnit(*expected) if expected else None)


def test_topics():
    assert any(matches(name, TOPIC) for name in DESCRIPTIONS)
    assert is_description(TOPIC)
    assert not is_description("homeassistant/status")
    assert not is_description("p1/sensor/config/state")


@pytest.mark.parametrize(
    ("topic", "payload", "unit", "expected"),
    [
        ("p1/sensor/power_delivered/state", "0.543", "kW", ["power_delivered power 543 W"]),
        ("p1/sensor/total/state", "12.5", "kWh", ["total energy 12500 Wh"]),
        ("p1/sensor/bath_temperature/state", "140", "°F", ["bath_temperature temperature 60 °C"]),
        ("p1/sensor/energy/state", "nan", "kWh", ["energy energy bad Wh"]),
        ("obk6127C87F/energycounter/get", "0.025", "kWh", ["energycounter energy 25 Wh"]),
        ("shop/meter/power", "0.543", "kW", ["power power 543 W"]),
        # what the payload prints knows better
        ("shop/meter/power", "543 W", "kW", ["power power 543 W"]),
    ],
)
def test_a_unit_that_was_told_counts(topic, payload, unit, expected):
    parsed = read(Message(topic, payload.encode(), NOW), settings=ParserSettings(told_unit=unit))
    assert told(parsed) == expected
    assert not any(item.unit_assumed for item in parsed.measurements)
