"""Shelly of the second to fourth generation: what a person reads in each message, and nothing else."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fusion_iot_core.protocol.parsers import PARSERS, DeviceInfo, Parsed, Presence, Switched, detect
from fusion_iot_core.protocol.parsers.findings import MAX_ITEMS
from tests.unit.shelly_cases import HOSTILE_JSON, calls, damaged, instant, measures, read, topics
from tests.unit.shelly_gen2_cases import GEN2, REAL, notify
from tests.unit.shelly_gen2_documented import DOCUMENTED, FAULTS


@pytest.mark.parametrize(("topic", "payload", "time", "expected"), REAL)
def test_what_a_person_reads_in_it(topic, payload, time, expected):
    parsed = read(GEN2, topic, payload)
    measures(parsed, *expected)
    assert not parsed.problems
    for item in parsed.measurements:
        assert item.device == topic.partition("/events")[0].partition("/status")[0]
        assert (item.at, item.impossible_time) == (None if time is None else instant(time), False)


@pytest.mark.parametrize(("topic", "payload", "_time", "_expected"), REAL)
def test_it_is_recognised(topic, payload, _time, _expected):
    assert detect(topic, payload.encode()).name == GEN2


@pytest.mark.parametrize(("component", "status", "expected"), DOCUMENTED)
def test_a_status_and_a_notification_of_it_say_the_same(component, status, expected):
    parsed = read(GEN2, f"line 3/status/{component}", status)
    measures(parsed, *expected)
    assert (parsed.device, parsed.voice) == ("line 3", "status")

    whole = notify({"ts": 1700000000.5, component: json.loads(status)}, "line 3")
    parsed = read(GEN2, "line 3/events/rpc", whole)
    measures(parsed, *expected)
    assert (parsed.device, parsed.voice) == ("line 3", "rpc")
    assert {item.at for item in parsed.measurements} <= {instant(1700000000.5)}


def test_the_status_is_an_echo_of_the_notification():
    assert PARSERS[GEN2].echoes == {"status": "rpc"}


@pytest.mark.parametrize(("component", "status", "expected", "errors"), FAULTS)
def test_faults(component, status, expected, errors):
    parsed = read(GEN2, f"x/status/{component}", status)
    measures(parsed, *expected)
    assert [item.error for item in parsed.problems] == errors


@pytest.mark.parametrize(
    ("payload", "error"),
    [
        ("not json", "invalid_json"),
        ('{"method":"NotifyStatus","params":"nope"}', "invalid_value"),
        (
            '{"method":"NotifyStatus","params":{"switch:abc":{"output":true},"switch:0":"on","sys":{"uptime":3}}}',
            "invalid_value",
        ),
    ],
)
def test_a_bad_frame_is_a_problem_and_no_measurement(payload, error):
    parsed = read(GEN2, "shellies/x/events/rpc", payload)
    assert not parsed.measurements
    assert [(item.device, item.error) for item in parsed.problems] == [("shellies/x", error)]
    assert detect("shellies/x/events/rpc", payload.encode()).name == GEN2


def test_a_request_to_a_device_says_nothing():
    payload = '{"id":1,"src":"shellies/x/sporeprint","method":"Switch.Set","params":{"id":0,"on":true}}'
    assert read(GEN2, "shellies/x/rpc", payload) == Parsed()
    assert detect("shellies/x/rpc", payload.encode()).name == GEN2


def test_an_answer_that_is_an_error_says_nothing():
    topic = "NCELRND1279_shellyplus1-08b61fd9333c/rpc"
    payload = (
        '{"dst":"NCELRND1279_shellyplus1-08b61fd9333c","error":{"code":-109,"message":"shutting down in 952 ms"},'
        '"id":0,"result":{"methods":null},"src":"shellyplus1-08b61fd9333c"}'
    )
    assert not read(GEN2, topic, payload).items
    assert detect(topic, payload.encode()).name == GEN2


GET_STATUS = (
    '{"id":1,"src":"shellypro3em-ec6260890b50","dst":"shellypro3em-ec6260890b50-GetStatus","result":{"ble":{},'
    '"cloud":{"connected":true},"em:0":{"id":0,"a_current":3.761,"a_voltage":121.7,"a_act_power":342.8,'
    '"a_aprt_power":457.5,"a_pf":-0.80,"b_current":8.109,"b_voltage":121.0,"b_act_power":957.3,'
    '"b_aprt_power":980.7,"b_pf":-0.98,"c_current":0.025,"c_voltage":121.7,"c_act_power":0.2,'
    '"c_aprt_power":3.1,"c_pf":-1.00,"n_current":null,"total_current":11.896,"total_act_power":1300.252,'
    '"total_aprt_power":1441.226, "user_calibrated_phase":[]},"emdata:0":{"id":0,'
    '"a_total_act_energy":1075513.08,"a_total_act_ret_energy":0.00,"b_total_act_energy":1776542.72,'
    '"b_total_act_ret_energy":0.00,"c_total_act_energy":0.01,"c_total_act_ret_energy":0.00,'
    '"total_act":2852055.81, "total_act_ret":0.00},"eth":{"ip":null},"modbus":{},"mqtt":{"connected":true}}}'
)


def test_an_answer_to_get_status_is_measured_by_the_one_who_answers():
    topic = "shellypro3em-ec6260890b50-GetStatus/rpc"
    parsed = read(GEN2, topic, GET_STATUS)
    measures(
        parsed,
        "em:0.a current 3.761 A",
        "em:0.a voltage 121.7 V",
        "em:0.a power 342.8 W",
        "em:0.a apparent_power 457.5 VA",
        "em:0.a power_factor -0.8",
        "em:0.b current 8.109 A",
        "em:0.b voltage 121 V",
        "em:0.b power 957.3 W",
        "em:0.b apparent_power 980.7 VA",
        "em:0.b power_factor -0.98",
        "em:0.c current 0.025 A",
        "em:0.c voltage 121.7 V",
        "em:0.c power 0.2 W",
        "em:0.c apparent_power 3.1 VA",
        "em:0.c power_factor -1",
        "em:0 current 11.896 A",
        "em:0 power 1300.252 W",
        "em:0 apparent_power 1441.226 VA",
        "emdata:0.a energy 1075513.08 Wh",
        "emdata:0.a energy_returned 0 Wh",
        "emdata:0.b energy 1776542.72 Wh",
        "emdata:0.b energy_returned 0 Wh",
        "emdata:0.c energy 0.01 Wh",
        "emdata:0.c energy_returned 0 Wh",
        "emdata:0 energy 2852055.81 Wh",
        "emdata:0 energy_returned 0 Wh",
    )
    assert len(parsed.items) == 26
    assert {(item.device, item.at) for item in parsed.measurements} == {("shellypro3em-ec6260890b50", None)}
    assert parsed.voice not in ("rpc", "status")  # an answer that was asked for repeats nobody
    assert detect(topic, GET_STATUS.encode()).name == GEN2


def test_an_answer_has_the_time_of_the_device():
    answer = {
        "id": 1,
        "src": "shellyproem50-08f9e0e67204",
        "result": {
            "em1:0": {"id": 0, "act_power": 0.0},
            "switch:0": {"id": 0, "output": True, "temperature": {"tC": 31.6, "tF": 88.8}},
            "sys": {"mac": "08F9E0E67204", "time": "18:47", "unixtime": 1707932870},
            "wifi": {"sta_ip": "192.168.8.9", "status": "got ip", "rssi": -61},
        },
    }
    parsed = read(GEN2, "evcc/rpc", json.dumps(answer))
    measures(parsed, "em1:0 power 0 W", "switch:0 device_temperature 31.6 °C")
    assert {item.at for item in parsed.measurements} == {instant(1707932870)}
    assert parsed.items[-1] == DeviceInfo(
        "shellyproem50-08f9e0e67204",
        manufacturer="Shelly",
        ip_address="192.168.8.9",
        mac="08F9E0E67204",
        signal_dbm=-61,
    )


def test_an_answer_below_the_prefix_belongs_to_the_prefix():
    answer = (
        '{"id":5,"src":"shellyplus1-7c87ce","dst":"rinse/status","result":{"temperature:100":{"tC":20.5}}}'
    )
    parsed = read(GEN2, "rinse/status/rpc", answer)
    measures(parsed, "temperature:100 temperature 20.5 °C")
    assert parsed.device == "rinse"


def test_an_answer_about_one_component_does_not_say_which_one():
    answer = '{"id":5,"src":"shellyplus1pm-1","result":{"id":0,"source":"init","output":true,"apower":8.9}}'
    assert not read(GEN2, "me/rpc", answer).items


def test_a_full_status():
    payload = (
        '{"src":"shellyplusplugs-80646fd031f8","dst":"shellyplusplugs-80646fd031f8/events",'
        '"method":"NotifyFullStatus","params":{"ts":1698999954.77,"ble":{},"cloud":{"connected":true},'
        '"mqtt":{"connected":true},"plugs_ui":{},"script:1":{"id":1,"running":true,"mem_used":2786},'
        '"switch:0":{"id":0, "source":"init", "output":true, "apower":0.0, "voltage":229.1, "current":0.000, '
        '"aenergy":{"total":30473.355,"by_minute":[0.000,0.000,0.000],"minute_ts":1698999953},'
        '"temperature":{"tC":34.8, "tF":94.7}},"sys":{"mac":"80646FD031F8","restart_required":false,'
        '"time":"09:25","unixtime":1698999954,"uptime":21,"available_updates":{"stable":{"version":"1.0.8"}}},'
        '"wifi":{"sta_ip":"192.168.178.72","status":"got ip","ssid":"works","rssi":-73},"ws":{"connected":false}}}'
    )
    parsed = read(GEN2, "shellyplusplugs-80646fd031f8/events/rpc", payload)
    measures(
        parsed,
        "switch:0 power 0 W",
        "switch:0 voltage 229.1 V",
        "switch:0 current 0 A",
        "switch:0 energy 30473.355 Wh",
        "switch:0 device_temperature 34.8 °C",
    )
    assert {item.at for item in parsed.measurements} == {instant(1698999954.77)}
    assert parsed.items[-1] == DeviceInfo(
        "shellyplusplugs-80646fd031f8",
        manufacturer="Shelly",
        ip_address="192.168.178.72",
        mac="80646FD031F8",
        signal_dbm=-73,
    )


def test_a_sleeping_device_tells_all_when_it_wakes():
    params = {
        "ts": 1680962879.62,
        "devicepower:0": {"id": 0, "battery": {"V": 5.41, "percent": 71}, "external": {"present": False}},
        "ht_ui": {},
        "humidity:0": {"id": 0, "rh": 42.2},
        "temperature:0": {"id": 0, "tC": 19.8, "tF": 67.6},
        "sys": {"mac": "B8D61A8B17CC", "unixtime": None, "wakeup_period": 600},
    }
    parsed = read(GEN2, "shellyhtg3-b8d61a8b17cc/events/rpc", notify(params, method="NotifyFullStatus"))
    measures(
        parsed,
        "devicepower:0 battery 71 %",
        "devicepower:0 voltage 5.41 V",
        "humidity:0 humidity 42.2 %",
        "temperature:0 temperature 19.8 °C",
    )


def test_another_name_of_a_device_is_its_alias():
    for params in (
        {"ts": 1.61, "mqtt": {"connected": True}},
        {"ts": 1700000000, "switch:0": {"output": True}},
    ):
        parsed = read(GEN2, "shellies/plus1pm/events/rpc", notify(params, "shellyplus1pm-4417939341dc"))
        assert tuple(item for item in parsed.items if not isinstance(item, Switched)) == (
            DeviceInfo("shellies/plus1pm", "shellyplus1pm-4417939341dc", manufacturer="Shelly"),
        )


def test_available_updates_are_not_the_firmware():
    params = {"ts": 1661517398.5, "sys": {"available_updates": {"beta": {"version": "0.11.0-beta3"}}}}
    assert read(GEN2, "x/events/rpc", notify(params, "x")).items == ()


def test_what_a_device_says_of_itself():
    payload = (
        '{"name":null,"id":"shellyplus1pm-a8032abe54dc","mac":"A8032ABE54DC","model":"SNSW-001P16EU","gen":2,'
        '"fw_id":"20231107-164738/1.0.8-g","ver":"1.0.8","app":"Plus1PM","auth_en":false}'
    )
    known = {"manufacturer": "Shelly", "model": "SNSW-001P16EU", "firmware": "1.0.8", "mac": "A8032ABE54DC"}
    device = "shellyplus1pm-a8032abe54dc"
    for topic, info in (
        ("shellies/announce", DeviceInfo(device, **known)),
        (f"{device}/announce", DeviceInfo(device, **known)),
        ("rinse/announce", DeviceInfo("rinse", alias=device, **known)),
    ):
        assert read(GEN2, topic, payload).items == (info,)
        assert detect(topic, payload.encode()).name == GEN2
    answer = f'{{"id":1,"src":"{device}","result":{payload}}}'
    assert read(GEN2, "me/rpc", answer).items == (DeviceInfo(device, **known),)


@pytest.mark.parametrize(
    ("topic", "device", "family"),
    [
        ("shelly1minig3-54320464f17c/online", "shelly1minig3-54320464f17c", GEN2),
        ("shellies/plus1pm/online", "shellies/plus1pm", GEN2),
        ("shellies/shellypro4pm-f008d1d8b8b8/online", "shellies/shellypro4pm-f008d1d8b8b8", GEN2),
        ("ShellyLichtGarten/online", "ShellyLichtGarten", GEN2),
        ("shellies/shelly4pro-06231A/online", "shelly4pro-06231A", "shelly_gen1"),
        ("shellies/shellyplug-s-7c87ce/online", "shellyplug-s-7c87ce", "shelly_gen1"),
        ("shellies/shelly1/online", "shelly1", "shelly_gen1"),
        ("shellies/rinse/online", "rinse", "shelly_gen1"),
    ],
)
@pytest.mark.parametrize("online", [True, False])
def test_birth_and_last_will(topic, device, family, online):
    payload = json.dumps(online)
    assert detect(topic, payload.encode()).name == family
    assert read(family, topic, payload).items == (Presence(device, online),)


@pytest.mark.parametrize(
    ("time", "at", "impossible"),
    [
        (1788945292.88, instant(1788945292.88), False),
        (1788945292, instant(1788945292), False),
        (1.61, None, True),
        (0, None, True),
        (-5, None, True),
        (1577836799, None, True),
        (1577836800, instant(1577836800), False),
        (1e300, None, True),
    ],
)
def test_the_time_of_the_device(time, at, impossible):
    (item,) = read(GEN2, "x/events/rpc", notify({"ts": time, "switch:0": {"apower": 1}}, "x")).items
    assert (item.at, item.impossible_time) == (at, impossible)


@pytest.mark.parametrize("time", ['"2023-11-03"', "true", "[]", "{}", "NaN", "1e999"])
def test_a_time_that_is_none_is_a_problem_and_the_measurement_stays(time):
    payload = f'{{"src":"x","method":"NotifyStatus","params":{{"ts":{time},"switch:0":{{"apower":1}}}}}}'
    parsed = read(GEN2, "x/events/rpc", payload)
    measures(parsed, "switch:0 power 1 W")
    assert [item.error for item in parsed.problems] == ["invalid_time"]
    assert (parsed.measurements[0].at, parsed.measurements[0].impossible_time) == (None, False)


def test_a_component_that_went_away_is_not_measured():
    assert not read(GEN2, "x/events/rpc", notify({"ts": 1700000000, "temperature:101": None}, "x")).items


def test_retained_is_passed_on():
    (item,) = read(GEN2, "x/status/temperature:100", '{"tC":20}', retained=True).measurements
    assert item.retained


@pytest.mark.parametrize(
    "topic", ["events/rpc", "status/switch:0", "status/sys", "online", "rpc", "announce"]
)
def test_an_empty_payload_takes_a_retained_message_back(topic):
    assert not read(GEN2, f"x/{topic}", b"").items


@pytest.mark.parametrize(
    "topic", ["x/command/switch:0", "x/command", "x/events/ble", "status/x", "online", "rpc"]
)
def test_topics_that_say_nothing_of_a_device(topic):
    assert not read(GEN2, topic, '{"apower":1}').items


def test_a_measurement_of_nobody_is_none():
    payload = '{"method":"NotifyStatus","params":{"ts":1700000000,"switch:0":{"apower":1}}}'
    assert not read(GEN2, "me/rpc", payload).items
    assert not read(GEN2, "/events/rpc", payload).items


@pytest.mark.parametrize(
    "topic", ["x/events/rpc", "x/rpc", "x/status/switch:0", "x/status/sys", "x/announce"]
)
@pytest.mark.parametrize("payload", HOSTILE_JSON)
def test_hostile_json_gives_few_items(topic, payload):
    assert len(read(GEN2, topic, payload).items) <= MAX_ITEMS + 1
    detect(topic, payload)


def test_a_flood_of_components_is_cut_off_and_said():
    params = {f"switch:{number}": {"apower": number} for number in range(1000)}
    parsed = read(GEN2, "x/events/rpc", notify(params, "x"))
    assert len(parsed.measurements) == MAX_ITEMS
    assert [item.error for item in parsed.problems] == ["too_large"]


@pytest.mark.parametrize(
    "unit",
    [b'"switch:0":{"apower":1},', b'"switch:%d":{"output":true},', b'"x":[[[[[[[[]]]]]]]],', b'"a":9999,'],
)
def test_the_work_grows_no_faster_than_the_payload(unit):
    def payload(times):
        parts = b"".join(unit % number if b"%d" in unit else unit for number in range(times))
        return b'{"src":"x","method":"NotifyStatus","params":{' + parts + b'"z":0}}'

    little, much = (calls(GEN2, "x/events/rpc", payload(times)) for times in (500, 5000))
    assert much < 12 * little


PAYLOADS = [payload.encode() for _topic, payload, _time, _expected in REAL]
PAYLOADS += [GET_STATUS.encode(), *(status.encode() for _component, status, *_rest in DOCUMENTED + FAULTS)]
REAL_TOPICS = st.sampled_from(
    [topic for topic, *_rest in REAL] + ["x/rpc", "shellies/announce", "x/announce"]
)


@given(topics | REAL_TOPICS, st.binary(max_size=200) | damaged(PAYLOADS))
@example("x/events/rpc", b'{"method":["NotifyStatus"],"src":["x"],"params":{}}')
@example(
    "x/events/rpc", b'{"src":"\\ud800","method":"NotifyStatus","params":{"ts":1e15,"wifi":{"rssi":1e300}}}'
)
@example("x/rpc", b'{"src":"x","result":{"id":[],"mac":{},"sys":[],"wifi":7,"eth":"e"}}')
def test_it_never_raises_and_never_invents_a_value(topic, payload):
    parsed = read(GEN2, topic, payload)
    for item in parsed.measurements:
        assert item.value is None or -1e308 < item.value < 1e308
        assert item.channel.isprintable()
    for item in parsed.items:
        if isinstance(item, DeviceInfo):
            assert (item.alias + item.mac + item.model + item.firmware + item.ip_address).isprintable()
    detect(topic, payload)


COMPONENT_NAMES = [
    "switch:0",
    "em:0",
    "temperature:100",
    "input:1",
    "devicepower:0",
    "sys",
    "wifi",
    "eth",
    "ts",
]
FIELD_NAMES = [
    "apower",
    "tC",
    "errors",
    "a_errors",
    "a_voltage",
    "percent",
    "battery",
    "V",
    "temperature",
    "aenergy",
    "total",
    "unixtime",
    "mac",
    "rssi",
    "sta_ip",
    "ip",
]
STATUSES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.sampled_from(FIELD_NAMES), children, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(COMPONENT_NAMES), STATUSES))
def test_it_never_raises_whatever_stands_where(params):
    parsed = read(GEN2, "x/events/rpc", notify(params, "x"))
    for item in parsed.measurements:
        assert item.value is None or -1e308 < item.value < 1e308
