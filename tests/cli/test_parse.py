"""`fusion parse` as a user meets it: one message in, JSON lines out, an exit code that says how it went."""

import json
import os
import subprocess

import pytest

from fusion_cli.project import Project
from fusion_cli.testing.pace import patient

FUSION = Project.here().root / "fusion"
TASMOTA = '{"Time":"2026-11-20T11:00:00","DS18B20":{"Id":"0000048EC44C","Temperature":61.4},"TempUnit":"C"}'


def fusion(*arguments, stdin=b"", **env):
    done = subprocess.run(
        [FUSION, "parse", *arguments],
        input=stdin,
        capture_output=True,
        env={**os.environ, **env},
        check=False,
        timeout=patient(60),
    )
    return done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8", "replace")


def lines(out):
    return [json.loads(line) for line in out.splitlines()]


def test_a_measurement_has_everything():
    code, out, err = fusion("--timezone", "Europe/Berlin", "tele/tank1/SENSOR", TASMOTA)
    assert (code, err) == (0, "")
    assert lines(out) == [
        {
            "kind": "measurement",
            "device": "tank1",
            "channel": "DS18B20",
            "serial": "28-0000048ec44c",
            "quantity": "temperature",
            "value": 61.4,
            "unit": "°C",
            "at": "2026-11-20T10:00:00Z",
            "quality": "good",
        }
    ]


def test_without_a_zone_the_clock_is_only_shown():
    code, out, _err = fusion("tele/tank1/SENSOR", TASMOTA)
    assert code == 0
    assert [line["kind"] for line in lines(out)] == ["measurement", "info"]
    assert lines(out)[0]["at"] is None
    assert lines(out)[1] == {"kind": "info", "device": "tank1", "local_time": "2026-11-20T11:00:00"}


def test_presence():
    code, out, _err = fusion("tele/tank1/LWT", "Offline")
    assert code == 0
    assert lines(out) == [{"kind": "presence", "device": "tank1", "online": False}]


def test_a_broken_probe_has_no_value():
    code, out, _err = fusion("tele/tank1/SENSOR", '{"DS18B20":{"Temperature":-127}}')
    assert code == 0
    assert (lines(out)[0]["value"], lines(out)[0]["quality"]) == (None, "bad")


def test_nothing_to_be_measured_is_understood():
    assert fusion("stat/tank1/RESULT", '{"POWER":"ON"}') == (0, "", "")


def test_a_problem_only():
    code, out, err = fusion("tele/tank1/SENSOR", "not json")
    assert (code, err) == (1, "")
    (problem,) = lines(out)
    assert problem.keys() == {"kind", "device", "error", "message"}
    assert (problem["kind"], problem["device"], problem["error"]) == ("problem", "tank1", "invalid_json")


def test_a_problem_beside_a_measurement():
    code, out, _err = fusion("tele/t/SENSOR", '{"AM2301":{"Temperature":"x","Humidity":40}}')
    assert code == 0
    assert [line["kind"] for line in lines(out)] == ["problem", "measurement"]


def test_a_message_of_nobody_known():
    code, out, _err = fusion("tank1/door", "open")
    assert code == 1
    assert lines(out)[0]["error"] == "unrecognised"


@pytest.mark.parametrize("arguments", [("tank1/temperature",), ("tank1/temperature", "-")])
def test_the_payload_comes_from_standard_input(arguments):
    code, out, _err = fusion(*arguments, stdin="70.7 °F\n".encode())
    assert code == 0
    assert (lines(out)[0]["value"], lines(out)[0]["unit"]) == (21.5, "°C")


def test_payloads_are_bytes():
    code, out, _err = fusion("--parser", "tasmota", "tele/t/SENSOR", stdin=b'{"\xff\xfe":{"Temperature":5}}')
    assert code == 0
    assert lines(out)[0]["channel"] == "\ufffd\ufffd"
    code, out, _err = fusion("tele/t/SENSOR", stdin=b"x" * 300_000)
    assert code == 1
    assert lines(out)[0]["error"] == "too_large"


def test_the_output_is_utf_8_wherever_it_goes():
    code, out, _err = fusion("tank1/temperature", "21.5", LC_ALL="C", PYTHONIOENCODING="ascii")
    assert code == 0
    assert "°C" in out


def test_a_negative_number_is_a_payload():
    code, out, _err = fusion("tank1/temperature", "-5.5")
    assert code == 0
    assert lines(out)[0]["value"] == -5.5
    code, out, _err = fusion("tank1/temperature", "--", "-5.5 °C")
    assert lines(out)[0]["value"] == -5.5


def test_the_parser_can_be_chosen():
    _code, out, _err = fusion("zigbee2mqtt/x", '{"temperature":5}')
    assert lines(out)[0]["device"] == "x"
    _code, out, _err = fusion("--parser", "json", "zigbee2mqtt/x", '{"temperature":5}')
    assert lines(out)[0]["device"] == "zigbee2mqtt/x"


def test_a_rule():
    code, out, _err = fusion(
        *(
            "--parser",
            "json",
            "--path",
            "p[*].t",
            "--quantity",
            "temperature",
            "--unit",
            "°F",
            "--scale",
            "0.1",
        ),
        *("--offset", "-10", "--channel", "bath", "--serial-path", "p[*].rom", "--time-path", "ts"),
        *("line1", '{"ts":1795172400,"p":[{"t":1500,"rom":"28FF6406C7CC95B1"}]}'),
    )
    assert code == 0
    assert lines(out) == [
        {
            "kind": "measurement",
            "device": "line1",
            "channel": "bath[0]",
            "serial": "28-95ccc70664ff",
            "quantity": "temperature",
            "value": 60.0,
            "unit": "°C",
            "at": "2026-11-20T11:00:00Z",
            "quality": "good",
        }
    ]


def test_a_rule_is_for_json_or_for_a_plain_number():
    _code, out, _err = fusion("--quantity", "level", "--map", "full=100, empty=0", "tank1/x", "FULL")
    assert (lines(out)[0]["quantity"], lines(out)[0]["value"]) == ("level", 100.0)
    _code, out, _err = fusion("--path", "a.b", "--unit", "kW", "oven", '{"a":{"b":2}}')
    assert (lines(out)[0]["quantity"], lines(out)[0]["value"]) == ("power", 2000.0)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "TOPIC"),
        (("tele/+/SENSOR", "{}"), "without + and #"),
        (
            ("--parser", "knx", "a", "b"),
            "no parser 'knx'; there are: detect, esphome, json, openbeken, plain,",
        ),
        (
            ("--parser", "tasmota", "--path", "a", "t", "p"),
            "takes no rule; these do: esphome, json, openbeken, plain",
        ),
        (("--timezone", "Mars", "t", "p"), "no zone"),
        (("--quantity", "beauty", "t", "p"), "temperature, device_temperature"),
        (("--unit", "bananas", "t", "p"), "not known"),
        (("--quantity", "ph", "--unit", "bar", "t", "p"), "measured in pH"),
        (("--path", "a[", "t", "p"), "--path"),
        (("--time-path", "a..b", "t", "p"), "--time-path"),
        (("--scale", "x", "t", "p"), "--scale"),
        (("--scale", "nan", "t", "p"), "finite"),
        (("--map", "ON", "t", "p"), "WORD=NUMBER"),
        (("a", "b", "c"), "c"),
    ],
)
def test_wrong_arguments(arguments, told):
    code, out, err = fusion(*arguments)
    assert (code, out) == (2, "")
    assert told in err.replace("\n", " ")
    assert "Traceback" not in err


def test_the_families_are_listed():
    code, out, _err = fusion("--list")
    assert code == 0
    names = [line.split()[0] for line in out.splitlines()]
    assert names == [
        "esphome",
        "json",
        "openbeken",
        "plain",
        "shelly_gen1",
        "shelly_gen2",
        "tasmota",
        "zigbee2mqtt",
    ]


@pytest.mark.parametrize(
    ("topic", "payload", "quality"),
    [
        ("tele/t/SENSOR", '{"DS18B20":{"Temperature":nan}}', "bad"),
        ("tank1/temperature", "-127", "bad"),
        ("tank1/temperature", "-300", "bad"),
        ("ds18b20/28-00000a1b2c02", "127.94", "bad"),
        ("shellies/shelly1-98CDAC24E0AB/ext_temperature/0", "999", "bad"),
        ("zigbee2mqtt/probe", '{"temperature":-127,"linkquality":9}', "bad"),
        ("tank1/temperature", "85", "good"),
        ("tank1/temperature", "0.0", "good"),
        ("tank1/temperature", "-40", "good"),
    ],
)
def test_the_quality_that_the_value_alone_tells(topic, payload, quality):
    _code, out, _err = fusion(topic, payload)
    assert [line["quality"] for line in lines(out) if line["kind"] == "measurement"] == [quality]


def test_a_unit_that_is_assumed_is_said():
    _code, out, _err = fusion("p1/sensor/power_delivered/state", "0.543")
    assert (lines(out)[0]["unit"], lines(out)[0]["unit_assumed"]) == ("W", True)
    _code, out, _err = fusion("p1/sensor/power_delivered_kw/state", "0.543")
    assert "unit_assumed" not in lines(out)[0]


def test_a_relay_that_is_off_is_told():
    code, out, _err = fusion("stat/washer/POWER", "OFF")
    told = {"kind": "switch", "device": "washer", "meter": "ENERGY", "relay": "", "on": False}
    assert (code, lines(out)) == (0, [told])


def test_it_needs_nothing_but_python():
    """No Odoo, no database, no state folder: only the standard library and the core."""
    code = (
        "import sys; sys.path[:0] = sys.argv[1:]; from fusion_cli.main import main;"
        "code = main(['parse', 'tank1/temperature', '5']);"
        "print(code, sorted({'odoo', 'psycopg2', 'paho', 'lxml'} & set(sys.modules)))"
    )
    done = subprocess.run(
        ["python3", "-I", "-c", code, FUSION.parent, FUSION.parent / "core"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "0 []"


@pytest.mark.parametrize(
    ("topic", "payload", "quality"),
    [
        ("shellies/shelly1-98CDAC24E0AB/ext_temperature/0", "1000", "bad"),
        ("tele/tank1/SENSOR", '{"DS18B20":{"Id":"0000048EC44C","Temperature":341.0},"TempUnit":"C"}', "bad"),
        ("tele/tank1/SENSOR", '{"DS18B20":{"Id":"0000048EC44C","Temperature":-196.6},"TempUnit":"F"}', "bad"),
        (
            "tele/oven/SENSOR",
            '{"MAX31855":{"ProbeTemperature":200.1,"Temperature":200.1},"TempUnit":"C"}',
            "good",
        ),
        ("tele/tank1/SENSOR", '{"DS18B20":{"Id":"0000048EC44C","Temperature":85.0},"TempUnit":"C"}', "good"),
        ("tele/tank1/SENSOR", '{"DS18B20":{"Id":"0000048EC44C","Temperature":-40.0},"TempUnit":"C"}', "good"),
        ("zigbee2mqtt/freezer", '{"temperature":-100,"linkquality":98}', "bad"),
        ("zigbee2mqtt/freezer", '{"temperature":-40,"linkquality":98}', "good"),
        ("zigbee2mqtt/meter", '{"power":1e308,"linkquality":98}', "bad"),
    ],
)
def test_the_quality_is_that_of_the_suite_where_the_value_alone_tells_it(topic, payload, quality):
    code, out, _err = fusion(topic, payload)
    assert code == 0
    assert {line["quality"] for line in lines(out) if line["kind"] == "measurement"} == {quality}
