"""Which kind of probe a message tells of, and what follows for the values of each kind."""

from datetime import datetime, timedelta, timezone

import pytest

from fusion_iot_core.protocol import PROBE_KINDS, Quality, Trust, assess, checks, grade, guess_kind

ROM = "28-00000a1b2c02"
GOOD, SUSPECT, BAD = Quality.GOOD, Quality.SUSPECT, Quality.BAD


@pytest.mark.parametrize(
    ("family", "device", "channel", "serial", "kind", "value"),
    [
        ("tasmota", "tasmota_A1B2C3", "EZO", "", "other", 205.1),
        ("tasmota", "tasmota_A1B2C3", "BME280", "", "other", 126.0),
        ("tasmota", "tasmota_A1B2C3", "ANALOG", "", "other", 130.0),
        ("tasmota", "oven", "MCP9600", "", "thermocouple", 205.1),
        ("tasmota", "oven", "MAX31855", "", "thermocouple", 900.0),
        ("tasmota", "oven", "MAX31865", "", "pt100", 600.0),
        ("tasmota", "t", "NTC", "", "ntc", 140.5),
        ("zigbee2mqtt", "tasmota bath", "", "", "other", 200.5),
        ("plain", "x/shelly_oven", "temperature", "", "other", 200.5),
        ("plain", "bentcorner", "centcom", "", "other", 200.5),
        ("esphome", "oven-pt100", "temperature", "", "pt100", 600.0),
        ("shelly_gen2", "shellyht-1", "temperature:0", "", "other", 126.0),
        ("shelly_gen2", "shellyplus1-1", "voltmeter:100", "", "other", 126.0),
        ("shelly_gen1", "shelly1-1", "temperature", "", "other", 126.0),
        ("", "Shelly Tasmota", "", "", "other", 200.0),
    ],
)
def test_neither_make_nor_name_tells_the_probe(family, device, channel, serial, kind, value):
    assert guess_kind(family, device, channel, serial) == kind
    assert grade(value, kind=kind, quantity="temperature").quality is GOOD


@pytest.mark.parametrize(
    ("family", "device", "channel", "serial", "kind"),
    [
        ("tasmota", "t", "DS18B20-1", "", "tasmota"),
        ("tasmota", "t", "DS18B20", ROM, "tasmota"),
        ("tasmota", "t", "DS18x20", "", "tasmota"),
        ("tasmota", "t", "EZO", ROM, "tasmota"),
        ("", "tasmota_0000AA", "DS18B20-1", ROM, "tasmota"),
        ("shelly_gen2", "bath", "temperature:100", "", "shelly"),
        ("shelly_gen2", "bath", "temperature:101", "", "shelly"),
        ("shelly_gen1", "shelly1-98CDAC24E0AB", "ext_temperature:0", "", "shelly"),
        ("Shelly", "bath", "temperature:100", "", "shelly"),
        ("plain", "a/ds18b20", "temperature", "", "ds18b20"),
        ("plain", "a/DS18B20_2", "temperature", "", "ds18b20"),
        ("plain", "pi", "temperature", ROM, "ds18b20"),
        ("esphome", "bath", "bath_ds18b20", "", "ds18b20"),
    ],
)
def test_a_ds18b20_that_is_told_is_one(family, device, channel, serial, kind):
    assert guess_kind(family, device, channel, serial) == kind
    assert grade(126.0, kind=kind, quantity="temperature").quality is BAD


def judged(kind, values):
    asked, trust, found = checks(PROBE_KINDS[kind], "temperature", 90.0), Trust(), []
    for number, value in enumerate(values):
        at = datetime(2026, 1, 5, tzinfo=timezone.utc) + timedelta(seconds=60 * number)
        verdict, trust = assess(trust, asked, at, value)
        found.append(verdict.quality)
    return found


@pytest.mark.parametrize("kind", ["other", "transmitter"])
def test_the_fault_value_in_fahrenheit_is_also_a_freezer(kind):
    code = (-127.0 - 32.0) / 1.8
    assert judged(kind, [-86.0, -87.0, code, -88.3, -86.0]) == [GOOD] * 5
    assert judged(kind, [41.0, code, code, 41.1]) == [GOOD, SUSPECT, SUSPECT, GOOD]
    assert judged(kind, [code, code, 41.1]) == [SUSPECT, SUSPECT, GOOD]
    assert judged(kind, [-86.0, -127.0, -86.0])[1] is BAD


@pytest.mark.parametrize("kind", ["pt100", "thermocouple"])
def test_the_fault_value_is_also_what_nitrogen_cools(kind):
    assert judged(kind, [-125.0, -127.0, -127.0, -128.5]) == [GOOD] * 4
    assert judged(kind, [21.0, -127.0, -127.0, 21.1]) == [GOOD, SUSPECT, SUSPECT, GOOD]
    assert judged(kind, [-127.0, 21.1]) == [SUSPECT, GOOD]


@pytest.mark.parametrize("channel", ["dallas_temp", "bath_1wire", "onewire_2", "ds18-1", "Dallas Bath"])
def test_a_chip_that_only_a_name_tells(channel):
    """ESPHome says no more of a DS18B20 than what people call it: its 85.0 is doubted all the same."""
    assert guess_kind("esphome", "bath", channel, "") == "ds18b20"
    assert guess_kind("esphome", "bath", "vandallas_1wired", "") == "other"
