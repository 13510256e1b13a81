"""Shelly of the first generation: what a person reads in each message, and nothing else."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fusion_iot_core.protocol.parsers import DeviceInfo, Parsed, Presence, detect
from fusion_iot_core.protocol.parsers.findings import MAX_ITEMS
from tests.unit.shelly_cases import HOSTILE_JSON, calls, damaged, measures, read, topics

GEN1 = "shelly_gen1"

# (topic under shellies/, payload, measurements); the device is the first level
REAL = [
    # 2.5, roller
    ("shellyswitch25-485519032A7E/temperature", "54.69", ["- device_temperature 54.69 °C"]),
    ("shellyswitch25-485519032A7E/roller/0/power", "0.00", ["roller:0 power 0 W"]),
    ("shellyswitch25-485519032A7E/roller/0/pos", "91", []),
    # 1
    ("shelly1/relay/0", "on", []),
    ("shelly1/relay/0", "off", []),
    ("shelly1/input/0", "0", []),
    ("shelly1/input_event/0", '{"event":"","event_cnt":0}', []),
    # 3EM
    ("shellyem3-68C63AFAF952/relay/0", "off", []),
    ("shellyem3-68C63AFAF952/emeter/0/power", "120.11", ["emeter:0 power 120.11 W"]),
    ("shellyem3-68C63AFAF952/emeter/0/pf", "0.71", ["emeter:0 power_factor 0.71"]),
    ("shellyem3-68C63AFAF952/emeter/0/current", "0.71", ["emeter:0 current 0.71 A"]),
    ("shellyem3-68C63AFAF952/emeter/0/voltage", "239.03", ["emeter:0 voltage 239.03 V"]),
    ("shellyem3-68C63AFAF952/emeter/1/power", "116.23", ["emeter:1 power 116.23 W"]),
    ("shellyem3-68C63AFAF952/emeter/2/power", "76.46", ["emeter:2 power 76.46 W"]),
    ("shellyem3-68C63AFAF952/emeter/2/voltage", "240.50", ["emeter:2 voltage 240.5 V"]),
    ("shellyem3-3494546ECFF8/emeter/1/power", "2.35", ["emeter:1 power 2.35 W"]),
    ("shellyem3-3494546ECFF8/emeter/0/total", "21831.1", ["emeter:0 energy 21831.1 Wh"]),
    # EM
    ("shellyem-123456789012/emeter/0/power", "611.53", ["emeter:0 power 611.53 W"]),
    ("shellyem-123456789012/emeter/0/reactive_power", "382.27", ["emeter:0 reactive_power 382.27 var"]),
    ("shellyem-123456789012/emeter/0/voltage", "238.85", ["emeter:0 voltage 238.85 V"]),
    ("shellyem-123456789012/emeter/0/total", "1891.9", ["emeter:0 energy 1891.9 Wh"]),
    ("shellyem-123456789012/emeter/0/total_returned", "0.0", ["emeter:0 energy_returned 0 Wh"]),
    ("shellyem-123456789012/emeter/1/power", "0.00", ["emeter:1 power 0 W"]),
    # Plug S
    ("shellyplug-s-80646F840029/relay/0", "on", []),
    ("shellyplug-s-80646F840029/relay/0/power", "81.17", ["relay:0 power 81.17 W"]),
    ("shellyplug-s-80646F840029/relay/0/energy", "158", ["relay:0 energy 2.63333333333 Wh"]),
    ("shellyplug-s-80646F840029/temperature", "29.41", ["- device_temperature 29.41 °C"]),
    ("shellyplug-s-80646F840029/overtemperature", "0", []),
    ("shellyplug-s-7c87ce/relay/0", "on", []),
    ("shellyswitch25-68C63AF90107/relay/0/power", "122.76", ["relay:0 power 122.76 W"]),
    # H&T
    ("shellyht-208500/sensor/temperature", "17.62", ["sensor temperature 17.62 °C"]),
    ("shellyht-208500/sensor/humidity", "69", ["sensor humidity 69 %"]),
    ("shellyht-208500/sensor/battery", "100", ["sensor battery 100 %"]),
    ("shellyht-208500/sensor/error", "0", []),
    # temperature add-on
    ("shelly1-98CDCC24E0AB/ext_temperature/0", "20.75", ["ext_temperature:0 temperature 20.75 °C"]),
    ("shelly1-98CDCC24E0AB/ext_temperature/1", "21.00", ["ext_temperature:1 temperature 21 °C"]),
    ("shelly1-98CDCC24E0AB/ext_temperature_f/0", "69.35", []),
    (
        "shelly1-98CDCC24E0AB/ext_temperatures",
        '{"0":{"hwID":"28ce46aa3c2001ba","tC":20.75},"1":{"hwID":"28d7d9bbcc20010d","tC":21.00}}',
        ["ext_temperature:0 temperature 20.75 °C", "ext_temperature:1 temperature 21 °C"],
    ),
    ("shelly1-98CDCC24E0AB/ext_temperature/2", "999", ["ext_temperature:2 temperature bad °C"]),
]

# devices of which no message was captured, by Shelly's documentation
DOCUMENTED = [
    # Plug, 1PM, 1L, 4Pro: watt-minutes
    ("shelly1pm-BA1936/relay/0/energy", "600", ["relay:0 energy 10 Wh"]),
    ("shelly1pm-BA1936/temperature_f", "131.0", []),
    ("shelly1pm-BA1936/temperature_status", "Normal", []),
    ("shelly1pm-BA1936/relay/0/overpower_value", "2300", []),
    ("shelly1pm-BA1936/relay/0", "overpower", []),
    ("shelly1pm-BA1936/longpush/0", "1", []),
    ("shelly4pro-06231A/relay/3/power", "12.5", ["relay:3 power 12.5 W"]),
    # 2: one meter for both relays
    ("shellyswitch-55C39A/relay/power", "88.1", ["relay power 88.1 W"]),
    ("shellyswitch-55C39A/relay/energy", "120", ["relay energy 2 Wh"]),
    # 2.5
    ("shellyswitch25-745815/voltage", "231.40", ["- voltage 231.4 V"]),
    ("shellyswitch25-745815/roller/0", "stop", []),
    ("shellyswitch25-745815/roller/0/energy", "30", ["roller:0 energy 0.5 Wh"]),
    ("shellyswitch25-745815/roller/0/command/pos", "50", []),
    # EM, 3EM: the sign is the direction; "energy" is what flowed since the last report, no counter
    ("shellyem-D3B45C/emeter/0/power", "-263.89", ["emeter:0 power -263.89 W"]),
    ("shellyem-D3B45C/emeter/0/reactive_power", "-280.01", ["emeter:0 reactive_power -280.01 var"]),
    ("shellyem3-D8BFC01A7C6B/emeter/2/pf", "-0.98", ["emeter:2 power_factor -0.98"]),
    ("shellyem3-D8BFC01A7C6B/emeter/0/energy", "40", ["emeter:0.interval energy 0.66666666667 Wh"]),
    ("shellyem3-D8BFC01A7C6B/emeter/0/returned_energy", "3", ["emeter:0.interval energy_returned 0.05 Wh"]),
    # Dimmer 2, Duo, Vintage
    ("shellydimmer2-F48C5C/light/0/power", "7.3", ["light:0 power 7.3 W"]),
    ("shellydimmer2-F48C5C/light/0/energy", "90", ["light:0 energy 1.5 Wh"]),
    ("shellydimmer2-F48C5C/light/0/status", '{"ison":true,"mode":"white","brightness":100}', []),
    ("shellydimmer2-F48C5C/loaderror", "0", []),
    # RGBW2, Bulb: "temp" is a colour
    (
        "shellyrgbw2-2CCBCD/color/0/status",
        '{"ison":true,"mode":"color","red":255,"gain":100,"temp":4750,"power":3.52,"overpower":false}',
        ["color:0 power 3.52 W"],
    ),
    (
        "shellyrgbw2-2CCBCD/white/3/status",
        '{"ison":false,"mode":"white","brightness":16,"power":0.00,"overpower":false}',
        ["white:3 power 0 W"],
    ),
    ("shellybulb-3CC533/color/0/status", '{"ison":true,"mode":"white","brightness":90,"temp":5406}', []),
    ("shellyrgbw2-2CCBCD/color/0", "on", []),
    ("shellyrgbw2-2CCBCD/color/0/set", '{"turn":"on","power":9}', []),
    # Uni
    ("shellyuni-98CDAC25/adc/0", "12.34", ["adc:0 voltage 12.34 V"]),
    ("shellyuni-98CDAC25/ext_temperature/4", "-3.5", ["ext_temperature:4 temperature -3.5 °C"]),
    # add-on with DHT22
    ("shelly1pm-BA1936/ext_humidity/0", "51.2", ["ext_humidity:0 humidity 51.2 %"]),
    ("shelly1pm-BA1936/ext_humidity/0", "999", ["ext_humidity:0 humidity bad %"]),
    ("shelly1pm-BA1936/ext_temperature_f/0", "999", []),
    ("shelly1pm-BA1936/ext_temperatures_f", '{"0":{"hwID":"XXXXXXXX","tF":68.9}}', []),
    ("shelly1pm-BA1936/ext_humidities", '{"0":{"hwID":"A","hum":50}}', ["ext_humidity:0 humidity 50 %"]),
    # Flood, Door/Window, Smoke, Gas, Sense, i3, Button
    ("shellyflood-764FF7/sensor/temperature", "21.5", ["sensor temperature 21.5 °C"]),
    ("shellyflood-764FF7/sensor/flood", "true", []),
    ("shellyflood-764FF7/sensor/battery", "87", ["sensor battery 87 %"]),
    ("shellyflood-764FF7/sensor/act_reasons", '["battery"]', []),
    ("shellydw2-4CC59A/sensor/temperature", "null", ["sensor temperature bad °C"]),
    ("shellydw2-4CC59A/sensor/lux", "120", []),
    ("shellydw2-4CC59A/sensor/tilt", "-1", []),
    ("shellydw2-4CC59A/sensor/state", "open", []),
    ("shellydw2-4CC59A/sensor/battery", "-1", ["sensor battery bad %"]),
    ("shellysmoke-2C1A/sensor/smoke", "false", []),
    ("shellygas-7C87/sensor/concentration", "120", []),
    ("shellygas-7C87/valve/0/state", "closed", []),
    ("shellyix3-98CD/input/2", "1", []),
    ("shellybutton1-3C61/input_event/0", '{"event":"S","event_cnt":11}', []),
    ("shellybutton1-3C61/sensor/battery", "71", ["sensor battery 71 %"]),
    # Motion; its "timestamp" is that of the last motion
    (
        "shellymotionsensor-60A423BEB736/status",
        '{"motion":true,"timestamp":1757604717,"active":true,"vibration":false,"lux":70,"bat":67}',
        ["sensor battery 67 %"],
    ),
    (
        "shellymotion2-8CF681A52C6B/status",
        '{"motion":false,"lux":3,"bat":99,"tmp":{"value":21.8,"units":"C","is_valid":true}}',
        ["sensor battery 99 %", "sensor temperature 21.8 °C"],
    ),
    # TRV
    (
        "shellytrv-8CF681E1363A/info",
        '{"wifi_sta":{"connected":true,"ip":"192.168.1.61","rssi":-55},"mac":"8CF681E1363A",'
        '"thermostats":[{"pos":12.4,"target_t":{"enabled":true,"value":20.5,"units":"C"},'
        '"tmp":{"value":19.0,"units":"C","is_valid":true}}],"bat":{"value":83,"voltage":3.8}}',
        ["sensor temperature 19 °C", "sensor battery 83 %"],
    ),
    (
        "shellytrv-8CF681E1363A/status",
        '{"target_t":{"value":69,"units":"F"},"tmp":{"value":68,"units":"F","is_valid":true}}',
        ["sensor temperature 20 °C"],
    ),
    ("shellytrv-8CF681E1363A/status", '{"tmp":{"value":0,"is_valid":false}}', ["sensor temperature bad °C"]),
    # what people publish, and what is in no documentation
    ("shelly1/relay/0/command", "on", []),
    ("command", "announce", []),
    ("shelly1/command", "update", []),
    ("shelly1/settings", "{", []),
    ("shelly1/some/thing/new", "12", []),
]


@pytest.mark.parametrize(("topic", "payload", "expected"), REAL + DOCUMENTED)
def test_what_a_person_reads_in_it(topic, payload, expected):
    parsed = read(GEN1, f"shellies/{topic}", payload)
    measures(parsed, *expected)
    assert not parsed.problems
    for item in parsed.measurements:
        assert (item.device, item.at, item.impossible_time) == (topic.partition("/")[0], None, False)


@pytest.mark.parametrize(("topic", "payload", "_expected"), REAL + DOCUMENTED)
def test_it_is_recognised(topic, payload, _expected):
    assert detect(f"shellies/{topic}", payload.encode()).name == GEN1


@pytest.mark.parametrize(
    ("topic", "device"),
    [
        ("shellies/shellyem3/emeter/0/power", "shellyem3"),
        ("shellies/shellies/shellyem3/emeter/0/power", "shellyem3"),
        ("shellies/Rectifier 2/relay/0/power", "Rectifier 2"),
        ("shellies/hall/line 1/relay/0/power", "hall/line 1"),
        ("works/shellies/shelly1pm-1/relay/0/power", "shelly1pm-1"),
        ("bridge/plug/relay/0/power", "bridge/plug"),
    ],
)
def test_who_speaks(topic, device):
    parsed = read(GEN1, topic, "12.5")
    assert [item.device for item in parsed.measurements] == [device]
    assert parsed.device == device


def test_announce_of_everybody_and_of_one():
    payload = (
        '{"id":"shelly1","model":"SHSW-1","mac":"8CAAB54B98DF","ip":"192.168.8.93","new_fw":false,'
        '"fw_ver":"20220809-123240/v1.12-g99f7e0b"}'
    )
    known = {
        "manufacturer": "Shelly",
        "model": "SHSW-1",
        "firmware": "20220809-123240/v1.12-g99f7e0b",
        "ip_address": "192.168.8.93",
        "mac": "8CAAB54B98DF",
    }
    assert read(GEN1, "shellies/announce", payload).items == (DeviceInfo("shelly1", **known),)
    assert read(GEN1, "shellies/rinse 3/announce", payload).items == (
        DeviceInfo("rinse 3", alias="shelly1", **known),
    )
    assert detect("shellies/announce", payload.encode()).name == GEN1


def test_info_tells_of_the_device_and_not_a_second_time_what_its_topics_say():
    payload = (
        '{"wifi_sta":{"connected":true,"ssid":"works","ip":"192.168.107.71","rssi":-72},"time":"","unixtime":0,'
        '"mac":"244CAB42D00A","is_valid":true,"flood":false,"tmp":{"value":26.25,"units":"C","tC":26.25},'
        '"bat":{"value":100,"voltage":3.03},"meters":[{"power":3.2}],'
        '"update":{"status":"unknown","new_version":"","old_version":"20230913-112632/v1.14.0-gcb84623"}}'
    )
    assert read(GEN1, "shellies/shellyflood-244CAB42D00A/info", payload).items == (
        DeviceInfo(
            "shellyflood-244CAB42D00A",
            manufacturer="Shelly",
            firmware="20230913-112632/v1.14.0-gcb84623",
            ip_address="192.168.107.71",
            mac="244CAB42D00A",
            signal_dbm=-72,
        ),
    )


@pytest.mark.parametrize(("payload", "online"), [("true", True), ("false", False), (" TRUE\n", True)])
def test_birth_and_last_will(payload, online):
    topic = "shellies/shellyplug-s-7c87ce/online"
    assert read(GEN1, topic, payload).items == (Presence("shellyplug-s-7c87ce", online),)
    assert detect(topic, payload.encode()).name == GEN1


def test_probes_are_known_by_what_the_device_calls_them():
    payload = (
        '{"0":{"hwID":"28ce46aa3c2001ba","tC":55.0},'  # the CRC does not fit: an opaque alias
        '"1":{"hwID":"28d7d9bbcc20010d","tC":999},'
        '"2":{"hwID":" DHT22 ","tC":null},'
        '"3":{"hwID":7,"tC":20.5},'
        '"four":{"hwID":"x","tC":20.5},"5":20.5}'
    )
    parsed = read(GEN1, "shellies/shelly1-1/ext_temperatures", payload)
    assert [(item.channel, item.serial, item.value) for item in parsed.measurements] == [
        ("ext_temperature:0", "28ce46aa3c2001ba", 55.0),
        ("ext_temperature:1", "28d7d9bbcc20010d", None),
        ("ext_temperature:2", "DHT22", None),
        ("ext_temperature:3", "", 20.5),
    ]


def test_a_rom_in_the_order_of_the_wire_becomes_the_linux_form():
    # 40:255:100:6:199:204:149:177 of Shelly's HTTP interface, in hexadecimal
    payload = '{"0":{"hwID":"28ff6406c7cc95b1","tC":61.25}}'
    (item,) = read(GEN1, "shellies/shelly1-1/ext_temperatures", payload).measurements
    assert (item.serial, item.value) == ("28-95ccc70664ff", 61.25)


def test_the_probes_alone_and_all_at_once_are_two_voices():
    one = read(GEN1, "shellies/x/ext_temperature/0", "20.75")
    every = read(GEN1, "shellies/x/ext_temperatures", '{"0":{"hwID":"a","tC":20.75}}')
    assert (one.voice, every.voice) == ("ext_temperature", "ext_temperatures")
    assert [item.channel for item in one.measurements] == [item.channel for item in every.measurements]


@pytest.mark.parametrize("payload", ["-127", "-127.00", "127.94", "127.9375", "999", "999.00", "null"])
def test_codes_of_a_broken_probe(payload):
    parsed = read(GEN1, "shellies/x/ext_temperature/0", payload)
    measures(parsed, "ext_temperature:0 temperature bad °C")


@pytest.mark.parametrize("payload", ["nan", "-nan", "inf", "NaN"])
def test_no_number_is_a_fault(payload):
    measures(read(GEN1, "shellies/x/ext_temperature/0", payload), "ext_temperature:0 temperature bad °C")


@pytest.mark.parametrize("payload", ["85", "85.00", "0", "0.00", "125", "-55"])
def test_hot_and_cold_baths_are_no_faults(payload):
    measures(
        read(GEN1, "shellies/x/ext_temperature/0", payload),
        f"ext_temperature:0 temperature {float(payload)} °C",
    )


@pytest.mark.parametrize(
    "payload", ["1e999", "true", "on", "81,17", "1_000", "0x10", "--1", "٨١", "9" * 65, "\xff"]
)
def test_what_is_no_number_is_a_problem_and_no_measurement(payload):
    parsed = read(GEN1, "shellies/x/relay/0/power", payload)
    assert not parsed.measurements
    assert [(item.error, item.device) for item in parsed.problems] == [("invalid_value", "x")]


@pytest.mark.parametrize("topic", ["relay/0/power", "online", "info", "ext_temperatures", "sensor/error"])
@pytest.mark.parametrize("payload", [b"", b" \n"])
def test_an_empty_payload_takes_a_retained_message_back(topic, payload):
    assert read(GEN1, f"shellies/x/{topic}", payload) == Parsed((), "x")


def test_a_sensor_that_reports_an_error_is_a_fault():
    (problem,) = read(GEN1, "shellies/shellyht-208500/sensor/error", "1").problems
    assert (problem.device, problem.error) == ("shellyht-208500", "sensor_fault")


def test_retained_is_passed_on():
    (item,) = read(GEN1, "shellies/x/relay/0/power", "5", retained=True).measurements
    assert item.retained


@pytest.mark.parametrize("topic", ["ext_temperatures", "ext_humidities", "info", "announce", "status"])
@pytest.mark.parametrize("payload", HOSTILE_JSON)
def test_hostile_json_gives_few_items(topic, payload):
    assert len(read(GEN1, f"shellies/x/{topic}", payload).items) <= MAX_ITEMS + 1


def test_a_flood_of_probes_is_cut_off_and_said():
    payload = json.dumps({str(index): {"hwID": "x", "tC": 20} for index in range(1000)})
    parsed = read(GEN1, "shellies/x/ext_temperatures", payload)
    assert len(parsed.measurements) == MAX_ITEMS
    assert [item.error for item in parsed.problems] == ["too_large"]


@pytest.mark.parametrize("unit", [b'"0":{"hwID":"x","tC":20},', b'"tmp":{"value":20},'])
def test_the_work_grows_no_faster_than_the_payload(unit):
    def payload(times):
        return b"{" + unit * times + b'"z":0}'

    for topic in ("ext_temperatures", "status"):
        little, much = (calls(GEN1, f"shellies/x/{topic}", payload(times)) for times in (500, 5000))
        assert much < 12 * little


PAYLOADS = [payload.encode() for _topic, payload, _expected in REAL + DOCUMENTED]
REAL_TOPICS = st.sampled_from([f"shellies/{topic}" for topic, _payload, _expected in REAL + DOCUMENTED])


@given(topics | REAL_TOPICS, st.binary(max_size=200) | damaged(PAYLOADS))
@example("shellies/x/status", b'{"tmp":{"value":1e308,"units":"F"}}')
@example(
    "shellies/x/ext_temperatures",
    '{"²":{"tC":1},"0":{"hwID":"\ud800","tC":1}}'.encode("utf-8", "surrogatepass"),
)
def test_it_never_raises_and_never_invents_a_value(topic, payload):
    parsed = read(GEN1, topic, payload)
    for item in parsed.measurements:
        assert item.value is None or -1e308 < item.value < 1e308
        assert item.channel.isprintable()
        assert item.serial.isprintable()
    detect(topic, payload)
