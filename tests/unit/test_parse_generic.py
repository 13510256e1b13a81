"""JSON of any make: what a person reads in each message, and nothing else; names, paths, units and times."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion_iot_core.protocol import QUANTITIES, units_for
from fusion_iot_core.protocol.parsers import Rule, detect
from fusion_iot_core.protocol.parsers.amounts import quantity_in, unit_named
from fusion_iot_core.protocol.parsers.device_clock import zone_named
from fusion_iot_core.protocol.parsers.findings import MAX_ITEMS
from fusion_iot_core.protocol.parsers.json_path import PathError, find, parse_path, shown_path
from fusion_iot_core.protocol.parsers.words import guess
from tests.unit.message_cases import parse, told

JSON = "json"

GLANCES = [
    ('{"temperature":21.5}', ["temperature temperature 21.5 °C"]),
    ('{"Temp":21.5,"hum":44}', ["Temp temperature 21.5 °C", "hum humidity 44 %"]),
    ('{"tempC":21.5,"tempF":70.7}', ["tempC temperature 21.5 °C", "tempF temperature 21.5 °C"]),
    ('{"bath":{"temp":61.2,"pH":4.6},"fw":"1.2"}', ["bath.temp temperature 61.2 °C", "bath.pH ph 4.6 pH"]),
    ('{"sensors":{"bath1":{"temp":61.2}}}', ["sensors.bath1.temp temperature 61.2 °C"]),
    ('{"a":{"b":{"c":{"temp":61.2}}}}', []),
    ('[{"temp":1},{"temp":2}]', ["[0].temp temperature 1 °C", "[1].temp temperature 2 °C"]),
    ('{"temps":[20.5,21.5]}', ["temps[0] temperature 20.5 °C", "temps[1] temperature 21.5 °C"]),
    ('{"power_w":5,"power_kw":5}', ["power_w power 5 W", "power_kw power 5000 W"]),
    (
        '{"apparentPower":5,"powerFactor":0.5}',
        ["apparentPower apparent_power 5 VA", "powerFactor power_factor 0.5"],
    ),
    (
        '{"energy":5,"energy_wh":5,"energy_kwh":5}',
        ["energy energy 5", "energy_wh energy 5 Wh", "energy_kwh energy 5000 Wh"],
    ),
    ('{"pressure":1013,"pressure_hpa":1013}', ["pressure pressure 1013", "pressure_hpa pressure 1.013 bar"]),
    ('{"current_temperature":21}', ["current_temperature temperature 21 °C"]),
    ('{"cpu_temp":51}', ["cpu_temp device_temperature 51 °C"]),
    # text that is a number, and with its unit
    (
        '{"temperature":"21.5","humidity":" 44 % "}',
        ["temperature temperature 21.5 °C", "humidity humidity 44 %"],
    ),
    ('{"temp":"70.7 °F"}', ["temp temperature 21.5 °C"]),
    # a unit beside it
    ('{"temperature":70.7,"unit":"F"}', ["temperature temperature 21.5 °C"]),
    (
        '{"temperature":70.7,"temperature_unit":"°F","humidity":4}',
        ["temperature temperature 21.5 °C", "humidity humidity 4 %"],
    ),
    ('{"temp":70.7,"temp_str":"70.70°F"}', ["temp temperature 21.5 °C"]),
    (
        '{"pressure":2,"unit":"bar","temperature":3}',
        ["pressure pressure 2 bar", "temperature temperature 3 °C"],
    ),
    # value, and what it is elsewhere
    ('{"value":21.5,"unit":"°C"}', ["value temperature 21.5 °C"]),
    ('{"type":"humidity","value":44}', ["value humidity 44 %"]),
    ('{"temperature":{"value":70.7,"unit":"F"}}', ["temperature.value temperature 21.5 °C"]),
    (
        '{"battery":{"percent":80,"voltage":3.7}}',
        ["battery.percent battery 80 %", "battery.voltage voltage 3.7 V"],
    ),
    ('{"value":7}', []),
    ('{"value":7,"unit":"%"}', []),
    # settings, statistics, states
    (
        '{"temp_max":90,"temperature_offset":1,"target_temp":60,"avg_power":5,"energy_today":3,"temp_str":"x",'
        '"power":"ON","level":"info","humidity":true,"errors":0,"wifi_signal_level":-60}',
        [],
    ),
    # faults
    ('{"temperature":null,"humidity":44}', ["temperature temperature bad °C", "humidity humidity 44 %"]),
    ('{"temperature":-127}', ["temperature temperature bad °C"]),
    ('{"temperature":NaN}', ["temperature temperature bad °C"]),
    ('{"power":1,"power":2}', ["problem invalid_value"]),
    ('{"power_kw":1e307}', ["problem invalid_value"]),
    # probes
    ('{"serial":"28ff6406c7cc95b1","temp":5}', ["temp temperature 5 °C #28-95ccc70664ff"]),
    ('{"rom":"28:ff:64:06:c7:cc:95:b1","temp":5}', ["temp temperature 5 °C #28-95ccc70664ff"]),
    ('{"id":"28-95CCC70664FF","temp":5}', ["temp temperature 5 °C #28-95ccc70664ff"]),
    ('{"address":"b1-95-cc-c7-06-64-ff-28","temp":5}', ["temp temperature 5 °C #28-95ccc70664ff"]),
    ('{"serial":"PT100-7","temp":5}', ["temp temperature 5 °C #PT100-7"]),
    ('{"id":"gateway","address":"192.168.1.7","temp":5}', ["temp temperature 5 °C"]),
    ('{"serial":7,"id":null,"addr":{},"temp":5}', ["temp temperature 5 °C"]),
    # times that say where they are
    ('{"timestamp":"2026-11-20T11:00:00Z","temp":5}', ["temp temperature 5 °C @2026-11-20T11:00:00Z"]),
    ('{"ts":1795172400,"temp":5}', ["temp temperature 5 °C @2026-11-20T11:00:00Z"]),
    ('{"ts":1795172400123,"temp":5}', ["temp temperature 5 °C @2026-11-20T11:00:00Z"]),
    ('{"ts":"1795172400","temp":5}', ["temp temperature 5 °C @2026-11-20T11:00:00Z"]),
    ('{"ts":"1795172400123","temp":5}', ["temp temperature 5 °C @2026-11-20T11:00:00Z"]),
    ('{"ts":"1000000007","temp":5}', ["temp temperature 5 °C @impossible"]),
    ('{"ts":"154981","temp":5}', ["temp temperature 5 °C"]),
    ('{"time":"2026-11-20 11:00:00","temp":5}', ["temp temperature 5 °C"]),
    ('{"time":154981,"temp":5}', ["temp temperature 5 °C"]),
    ('{"time":"1970-01-01T00:00:07Z","temp":5}', ["temp temperature 5 °C @impossible"]),
    (
        '{"ts":1795172400,"probes":[{"temp":5},{"temp":6,"ts":1795172460}]}',
        [
            "probes[0].temp temperature 5 °C @2026-11-20T11:00:00Z",
            "probes[1].temp temperature 6 °C @2026-11-20T11:01:00Z",
        ],
    ),
    # no JSON, or nothing in it
    ("{}", []),
    ("[]", []),
    ("7", ["problem invalid_json"]),
    ("not json", ["problem invalid_json"]),
    ("", []),
]


@pytest.mark.parametrize(("payload", "expected"), GLANCES)
def test_at_a_glance(payload, expected):
    parsed = parse("line1/data", payload, JSON)
    assert parsed.device == "line1/data"
    assert told(parsed) == expected


def test_six_bytes_are_not_a_rom():
    """A firmware that prints six of the eight bytes of a ROM, the last first: the seventh cannot be known."""
    payload = '{"sensor":[{"addr":"21:12:a9:6e:e3:28","temp":33.1875,"temp_str":"33.19°C"}]}'
    assert told(parse("x", payload, JSON)) == ["sensor[0].temp temperature 33.1875 °C #21:12:a9:6e:e3:28"]


DOCUMENT = (
    '{"line":{"probes":[{"t":140,"rom":"28ff6406c7cc95b1","at":1795172400},{"t":null,"rom":"x","at":1795172460}],'
    '"pump":"RUN","level.cm":30,"on":true},"n":[1,[2,3]],"twice":1,"twice":2,"big":1e300}'
)
RULES = [
    (Rule("line.probes[0].t", "temperature", "°F"), ["line.probes[0].t temperature 60 °C"]),
    (Rule("$.line.probes[0].t", "temperature"), ["line.probes[0].t temperature 140 °C"]),
    (Rule("line.probes.0.t", "temperature", channel="nickel"), ["nickel temperature 140 °C"]),
    (
        Rule("line.probes[*].t", "temperature", "°F", serial_path="line.probes[*].rom"),
        ["line.probes[0].t temperature 60 °C #28-95ccc70664ff", "line.probes[1].t temperature bad °C #x"],
    ),
    (
        Rule("line.probes.*.t", "temperature", channel="p"),
        ["p[0] temperature 140 °C", "p[1] temperature bad °C"],
    ),
    (Rule("line.probes[0].t", serial_path="line.pump"), ["line.probes[0].t ? 140 #RUN"]),
    (Rule("line.pump", "power", "kW", value_map={"RUN": 1.5, "STOP": 0.0}), ["line.pump power 1500 W"]),
    (Rule("line.on", "level", value_map={"TRUE": 100.0}), ["line.on level 100 %"]),
    (Rule("line.on", "level"), ["problem invalid_value"]),
    (Rule("line.pump", "level"), ["problem invalid_value"]),
    (Rule("line.probes", "level"), ["problem invalid_value"]),
    (Rule("", "level"), ["problem invalid_value"]),
    (Rule('line["level.cm"]', "level", scale=2.0, offset=1.0), ["line.level.cm level 61 %"]),
    (Rule("n[1][0]", "ph"), ["n[1][0] ph 2 pH"]),
    (Rule("n[*]", "ph"), ["n[0] ph 1 pH", "problem invalid_value"]),
    (Rule("twice", "ph"), ["problem invalid_value"]),
    (Rule("big", "power", scale=1e300), ["problem invalid_value"]),
    # what is not in the message is not measured
    (Rule("line.probes[7].t", "temperature"), []),
    (Rule("line.nothing", "temperature"), []),
    (Rule("n.x.y", "temperature"), []),
    # rules that cannot be
    (Rule("line..x", "temperature"), ["problem invalid_rule"]),
    (Rule("line[", "temperature"), ["problem invalid_rule"]),
    (Rule("n[0]", "beauty"), ["problem invalid_rule"]),
    (Rule("n[0]", "ph", "bar"), ["problem invalid_unit"]),
]


@pytest.mark.parametrize(("rule", "expected"), RULES)
def test_rules(rule, expected):
    assert told(parse("x", DOCUMENT, JSON, rule)) == expected


def test_several_rules():
    rules = (Rule("line.probes[0].t", "temperature", "°F"), Rule("n[0]", "ph"), Rule("none", "ph"))
    assert told(parse("x", DOCUMENT, JSON, *rules)) == ["line.probes[0].t temperature 60 °C", "n[0] ph 1 pH"]


def test_a_name_with_dots_in_it():
    assert told(parse("x", '{"a.b":{"c":1},"a.b.c":5}', JSON, Rule("a.b.c", "ph"))) == ["a.b.c ph 5 pH"]


@pytest.mark.parametrize(
    ("path", "zone", "expected"),
    [
        ("line.probes[*].at", "", ["@2026-11-20T11:00:00Z", "@2026-11-20T11:01:00Z"]),
        ("line.probes[1].at", "", ["@2026-11-20T11:01:00Z", "@2026-11-20T11:01:00Z"]),
        ("when", "", ["", ""]),
        ("when", "Europe/Berlin", ["@2026-11-20T10:00:00Z", "@2026-11-20T10:00:00Z"]),
        ("line.pump", "", ["", "", "problem invalid_time"]),
        ("line.nothing", "", ["", "", "problem missing_field"]),
        ("line..", "", ["", "", "problem invalid_rule"]),
    ],
)
def test_a_path_to_the_time(path, zone, expected):
    document = DOCUMENT[:-1] + ',"when":"2026-11-20 11:00:00"}'
    rule = Rule("line.probes[*].t", "temperature", channel="p")
    lines = told(parse("x", document, JSON, rule, zone=zone, time_path=path))
    values = ["p[0] temperature 140 °C", "p[1] temperature bad °C"]
    times = [f"{value} {time}".strip() for value, time in zip(values, expected, strict=False)]
    assert lines == times + expected[2:]


def test_a_path_to_the_time_at_a_glance():
    payload = '{"temp":5,"ts":1795172400,"sent":"2026-11-20T11:30:00+01:00"}'
    assert told(parse("x", payload, JSON, time_path="sent")) == [
        "temp temperature 5 °C @2026-11-20T10:30:00Z"
    ]


def test_never_more_than_a_bounded_number_of_items():
    payload = "[" + ",".join('{"temp":1}' for _ in range(10_000)) + "]"
    parsed = parse("x", payload, JSON)
    assert len(parsed.items) == MAX_ITEMS + 1
    assert parsed.problems[0].error == "too_large"
    assert len(parse("x", payload, JSON, Rule("[*].temp", "temperature")).items) == MAX_ITEMS + 1


@pytest.mark.parametrize(
    ("payload", "known"),
    [
        (b'{"temp":5}', True),
        (b' [{"humidity":"5"}]', True),
        (b'{"temp":null}', False),
        (b'{"a":5}', False),
        (b"{}", False),
        (b"{", False),
        (b"5", False),
        (b'"temp"', False),
    ],
)
def test_detected_when_something_can_be_read(payload, known):
    parser = detect("some/where", payload)
    assert (parser is not None and parser.name == JSON) is known
    assert detect("$SYS/some", payload) is None or not known or payload == b"5"


@pytest.mark.parametrize(
    ("name", "quantity", "unit"),
    [
        ("bath_ph", "ph", "pH"),
        ("pH1", "ph", "pH"),
        ("energyKWh", "energy", "kWh"),
        ("total_kwh", "energy", "kWh"),
        ("powerKW", "power", "kW"),
        ("flow_l_min", "flow", "l/min"),
        ("flow", "flow", None),
        ("ec_us_cm", "conductivity", "µS/cm"),
        ("battery_voltage", "voltage", "V"),
        ("battery_current", "current", "A"),
        ("battery_level", "battery", "%"),
        ("water_level", "level", None),
        ("flow_temperature", "temperature", "°C"),
        ("power_supply_voltage", "voltage", "V"),
        ("current_power", "power", "W"),
        ("CPUTemp", "device_temperature", "°C"),
        ("voltage_a", "voltage", "V"),
        ("current_density", "current_density", None),
        ("phase", "", None),
        # a word that is a unit knows better than the noun
        ("battery_mV", "voltage", "mV"),
        ("bat_volts", "voltage", "V"),
        ("battery_A", "current", "A"),
        ("battery_temp_F", "temperature", "°F"),
        ("power_kwh", "energy", "kWh"),
        ("kwh_power_meter", "energy", "kWh"),
        ("energy_W", "power", "W"),
        ("tank_level_mA", "current", "mA"),
        ("ph_mV", "voltage", "mV"),
        ("pressure_V", "voltage", "V"),
        ("supplyMillivoltsVoltage", "voltage", "mV"),
        ("wattage", "power", "W"),
        # a percentage of something is not it
        ("power_percent", "", None),
        ("voltage_pct", "", None),
        ("battery_pct", "battery", "%"),
        # letters that name phases and probes, words that only look like units
        ("current_c", "current", "A"),
        ("power_a", "power", "W"),
        ("temp_a", "temperature", "°C"),
        ("voltage_ph1", "voltage", "V"),
        ("temp_bar", "temperature", "°C"),
        ("temp_var", "temperature", "°C"),
        # a letter with a number, at the beginning, or of a unit that the noun cannot have, is a part of a name
        ("w1_temp", "temperature", "°C"),
        ("temperature_w1", "temperature", "°C"),
        ("temp_W", "temperature", "°C"),
        ("temp_v", "temperature", "°C"),
        ("temp_wh", "temperature", "°C"),
        ("temperature_V2", "temperature", "°C"),
        ("f1_temp", "temperature", "°C"),
        ("power_v2", "power", "W"),
        ("v2_power", "power", "W"),
        ("batteryA", "battery", "%"),
        ("battery_C", "battery", "%"),
        ("battery_V", "voltage", "V"),
        ("battery_v", "voltage", "V"),
        ("battery_W", "power", "W"),
        ("temperature_F", "temperature", "°F"),
        ("tempF", "temperature", "°F"),
        ("temp_f_bath", "temperature", "°F"),
        ("temperature_C", "temperature", "°C"),
        ("temp_°F", "temperature", "°F"),
        # what is called by a word that is a setting elsewhere
        ("sp2_temp", "temperature", "°C"),
        ("flag_temp", "temperature", "°C"),
        ("unit1_temp", "temperature", "°C"),
        ("temperament", "", None),
        ("x" * 100 + "_temp", "", None),
    ],
)
def test_names(name, quantity, unit):
    meant = guess(name)
    assert (meant.quantity, meant.unit, meant.setting) == (quantity, unit, False)


@pytest.mark.parametrize(
    "name",
    [
        *("battery_ok", "bat_ok", "lowBattery", "battery_low", "battery_status", "batteryState"),
        *("temperature_alarm", "humidity_warning", "power_ok_flag", "voltage_fault"),
        *("sp_temp", "temp_unit", "temp_flag", "temp_sp2", "unit_temp"),
        *("selFlowTemp", "temp_sp", "tempSoll", "boilerSetTemp"),
    ],
)
def test_flags_and_set_points_are_no_measurements(name):
    assert guess(name).setting


@pytest.mark.parametrize(
    ("name", "assumed"),
    [
        ("power", True),
        ("temp", True),
        ("power_w", False),
        ("temp_c", False),
        ("humidity", False),
        ("energy", False),
    ],
)
def test_a_unit_that_nothing_says_is_assumed(name, assumed):
    assert guess(name).assumed is assumed


@given(st.text(max_size=200))
def test_a_name_means_a_quantity_and_a_unit_of_it(name):
    meant = guess(name)
    if meant.quantity:
        assert meant.unit is None or meant.unit in units_for(meant.quantity)


def test_units_by_any_spelling():
    for quantity in QUANTITIES:
        for unit in filter(None, units_for(quantity)):
            assert unit_named(unit) == unit_named(f" {unit.upper()}") == unit
    assert [unit_named(text) for text in ("degC", "℉", "uS/cm", "kwh", "ppm", "")] == [
        "°C",
        "°F",
        "µS/cm",
        "kWh",
        "",
        "",
    ]
    assert [quantity_in(unit) for unit in ("°F", "kWh", "%", "psi", "")] == [
        "temperature",
        "energy",
        "",
        "pressure",
        "",
    ]


@pytest.mark.parametrize("text", ["", "a", "a.b", "a[0]", "[0]", "a[*].b", "a.*", '["a.b"]', "a.0"])
def test_paths(text):
    path = parse_path(text)
    assert shown_path(parse_path(shown_path(path))) == shown_path(path)


@pytest.mark.parametrize("text", ["a..b", "a[", "a]", "a.[x]", "a[-1]", ".".join("x" * 17), "a[999999]"])
def test_no_paths(text):
    with pytest.raises(PathError):
        parse_path(text)


@given(
    st.text(max_size=50),
    st.recursive(
        st.none() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner)
    ),
)
def test_a_path_is_refused_or_leads_somewhere_or_nowhere(text, document):
    try:
        path = parse_path(text)
    except PathError:
        return
    for place, value in find(document, path):
        node = document
        for step in place:
            node = node[step]
        assert node is value


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("Europe/Berlin", True),
        ("UTC", True),
        ("+02:00", True),
        ("-0930", True),
        ("UTC+2", True),
        ("+25:00", False),
        ("", False),
        ("Mars/Base", False),
        ("../../etc/passwd", False),
        ("Europe/../../x", False),
        ("/etc/localtime", False),
        ("Europe", False),
    ],
)
def test_zones(name, known):
    assert (zone_named(name) is not None) is known


def test_what_stands_beside_the_rom_of_a_probe():
    rom = "28-00000a1b2c02"
    assert told(parse("pi/28-00000a1b2c03", '{"28-00000a1b2c03_age":3}', "json")) == []
    for word in ("age", "rssi", "lastread", "errors", "interval"):
        assert told(parse("pi/w1", f'{{"{rom}_{word}":3,"{word}_{rom}":3}}', "json")) == []
        assert told(parse("pi/w1", f'{{"{rom}_{word}":{{"value":3}}}}', "json")) == []
        assert told(parse("pi/w1", f'{{"id":"{rom}","type":"{word}","value":3}}', "json")) == []
        assert told(parse(f"pi/{rom}/{word}", '{"value":3}', "json")) == []
    for name in (f"{rom}_F", f"{rom}_temp_f", f"{rom} °F", f"{rom}_degF"):
        lines = told(parse("pi/w1", f'{{"{name}":142}}', "json"))
        assert [line.rpartition(" temperature ")[2] for line in lines] == [f"61.11111111 °C #{rom}"]
    for name in (rom, f"{rom}_value", f"{rom}_temperature", f"t_{rom}", f"{rom}_C"):
        lines = told(parse("pi/w1", f'{{"{name}":61}}', "json"))
        assert [line.rpartition(" temperature ")[2] for line in lines] == [f"61 °C #{rom}"]
    for kind in ("DS18B20", "temperature", ""):
        lines = told(parse("pi/w1", f'{{"id":"{rom}","type":"{kind}","value":3}}', "json"))
        assert lines == [f"value temperature 3 °C #{rom}"]
