"""Switching relays: what each family is sent, and what counts as its answer."""

import json
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion_iot_core.commands import (
    FAMILIES,
    CannotSwitch,
    Order,
    Target,
    ears,
    order,
    register,
    registry,
    relays_in,
)
from fusion_iot_core.protocol.parsers import PARSERS, Message, Switched
from fusion_iot_core.protocol.parsers import read as read_message
from fusion_iot_core.protocol.topics import matches

SENT = [
    # family, device, pattern, relay, topic, payload of "on"
    ("shelly_gen1", "shelly1-a8", "shellies/shelly1-a8/#", "", "shellies/shelly1-a8/relay/0/command", "on"),
    (
        "shelly_gen1",
        "shelly25-a8",
        "shellies/shelly25-a8/#",
        "1",
        "shellies/shelly25-a8/relay/1/command",
        "on",
    ),
    ("shelly_gen1", "shelly1-a8", "hall/shelly1-a8/#", "relay:0", "hall/shelly1-a8/relay/0/command", "on"),
    ("shelly_gen1", "shelly1-a8", "shellies/#", "0", "shellies/shelly1-a8/relay/0/command", "on"),
    ("tasmota", "plug", "+/plug/#", "", "cmnd/plug/POWER", "ON"),
    ("tasmota", "plug", "+/plug/#", "1", "cmnd/plug/POWER1", "ON"),
    ("tasmota", "plug", "tele/plug/SENSOR", "2", "cmnd/plug/POWER2", "ON"),
    ("tasmota", "plug", "home/plug/+/#", "", "home/plug/cmnd/POWER", "ON"),
    ("tasmota", "plug", "+/cellar/plug/#", "", "cmnd/cellar/plug/POWER", "ON"),
    ("tasmota", "plug", "cellar/#", "", "cmnd/plug/POWER", "ON"),
    ("esphome", "pump", "pump/#", "relay_1", "pump/switch/relay_1/command", "ON"),
    ("esphome", "hall/pump", "hall/pump/#", "relay_1", "hall/pump/switch/relay_1/command", "ON"),
    ("zigbee2mqtt", "plug", "zigbee2mqtt/plug/#", "", "zigbee2mqtt/plug/set", {"state": "ON"}),
    ("zigbee2mqtt", "hall/plug", "z2m/hall/plug/#", "l1", "z2m/hall/plug/set", {"state_l1": "ON"}),
    ("zigbee2mqtt", "plug", "zigbee2mqtt/+", "state_left", "zigbee2mqtt/plug/set", {"state_left": "ON"}),
    (
        "shelly_gen2",
        "shellyplus1-a8",
        "shellyplus1-a8/#",
        "",
        "shellyplus1-a8/rpc",
        {"id": 7, "src": "shellyplus1-a8/status", "method": "Switch.Set", "params": {"id": 0, "on": True}},
    ),
    (
        "shelly_gen2",
        "hall/saw",
        "hall/saw/#",
        "switch:2",
        "hall/saw/rpc",
        {"id": 7, "src": "hall/saw/status", "method": "Switch.Set", "params": {"id": 2, "on": True}},
    ),
]
NOTIFIED = '{"method":"NotifyStatus","params":{"switch:0":%s}}'
ANSWERED = [
    # family, relay, topic, payload, what "on" makes of it, and what "off" does: done, refused, nothing
    ("shelly_gen1", "", "shellies/d/relay/0", "on", "done", None),
    ("shelly_gen1", "", "shellies/d/relay/0", "off", None, "done"),
    ("shelly_gen1", "", "shellies/d/relay/0", "overpower", "refused", "refused"),
    ("shelly_gen1", "1", "shellies/d/relay/1", " ON\n", "done", None),
    ("tasmota", "", "stat/d/RESULT", '{"POWER":"ON"}', "done", None),
    ("tasmota", "", "stat/d/RESULT", '{"POWER1":"OFF"}', None, "done"),
    ("tasmota", "", "stat/d/POWER", "ON", "done", None),
    ("tasmota", "1", "stat/d/POWER1", "OFF", None, "done"),
    ("tasmota", "2", "stat/d/RESULT", '{"POWER":"ON"}', None, None),
    ("tasmota", "2", "stat/d/RESULT", '{"POWER2":"ON"}', "done", None),
    ("tasmota", "2", "stat/d/POWER2", '{"POWER2":"ON"}', "done", None),
    ("tasmota", "9", "stat/d/RESULT", '{"Command":"Unknown","Input":"POWER9"}', "refused", "refused"),
    ("tasmota", "9", "stat/d/RESULT", '{"Command":"Unknown","Input":"POWER8"}', None, None),
    ("tasmota", "", "stat/d/RESULT", '{"TelePeriod":10}', None, None),
    ("tasmota", "", "stat/d/RESULT", '["POWER"]', None, None),
    ("esphome", "r", "d/switch/r/state", "ON", "done", None),
    ("esphome", "r", "d/switch/r/state", "OFF", None, "done"),
    ("esphome", "r", "d/switch/r/state", "nan", None, None),
    ("zigbee2mqtt", "", "zigbee2mqtt/d", '{"state":"ON","power":12}', "done", None),
    ("zigbee2mqtt", "", "zigbee2mqtt/d", '{"power":12}', None, None),
    ("zigbee2mqtt", "", "zigbee2mqtt/d/state", "OFF", None, "done"),
    ("zigbee2mqtt", "l2", "zigbee2mqtt/d", '{"state_l1":"ON","state_l2":"OFF"}', None, "done"),
    ("shelly_gen2", "", "d/status/rpc", '{"id":7,"src":"s","dst":"d/status","result":{"was_on":true}}', "done", "done"),
    ("shelly_gen2", "", "d/status/rpc", '{"id":7,"error":{"code":-105,"message":"no"}}', "refused", "refused"),
    ("shelly_gen2", "", "d/status/rpc", '{"id":7,"error":{"code":401,"message":"{}"}}', "refused", "refused"),
    ("shelly_gen2", "", "d/status/rpc", '{"id":8,"src":"s","result":{"was_on":true}}', None, None),
    ("shelly_gen2", "", "d/status/rpc", '{"id":7,"method":"Switch.Set"}', None, None),
    ("shelly_gen2", "", "d/events/rpc", NOTIFIED % '{"output":true}', "done", None),
    ("shelly_gen2", "1", "d/events/rpc", NOTIFIED % '{"output":true}', None, None),
    ("shelly_gen2", "", "d/events/rpc", NOTIFIED % '{"apower":1}', None, None),
    ("shelly_gen2", "", "d/events/rpc", '{"method":"NotifyStatus","params":7}', None, None),
    ("shelly_gen2", "", "d/status/switch:0", '{"id":0,"output":false}', None, "done"),
    ("shelly_gen2", "", "d/status/switch:0", "", None, None),
]  # fmt: skip
PATTERNS = {
    "shelly_gen1": "shellies/d/#",
    "shelly_gen2": "d/#",
    "tasmota": "+/d/#",
    "esphome": "d/#",
    "zigbee2mqtt": "zigbee2mqtt/d/#",
}
STATES = [
    # family, relay, topic, payload, whether it is on
    ("shelly_gen1", "", "shellies/d/relay/0", "on", True),
    ("shelly_gen1", "1", "shellies/d/relay/1", "off", False),
    ("shelly_gen1", "", "shellies/d/relay/0", "overpower", None),
    ("shelly_gen2", "", "d/status/switch:0", '{"id":0,"output":true,"apower":0}', True),
    ("shelly_gen2", "1", "d/events/rpc", '{"method":"NotifyFullStatus","params":{"switch:1":{"output":false}}}', False),
    ("shelly_gen2", "", "d/events/rpc", NOTIFIED % '{"apower":12}', None),
    ("tasmota", "", "stat/d/POWER", "OFF", False),
    ("tasmota", "", "tele/d/STATE", '{"Time":"2026-11-30T10:00:00","POWER":"ON"}', True),
    ("tasmota", "2", "tele/d/STATE", '{"POWER1":"ON","POWER2":"OFF"}', False),
    ("tasmota", "9", "stat/d/RESULT", '{"Command":"Unknown","Input":"POWER9"}', None),
    ("esphome", "r", "d/switch/r/state", "ON", True),
    ("zigbee2mqtt", "", "zigbee2mqtt/d", '{"state":"OFF","linkquality":90}', False),
    ("zigbee2mqtt", "l2", "zigbee2mqtt/d", '{"state_l1":"ON","state_l2":"OFF"}', False),
]  # fmt: skip
TOLD = [
    # family, topic, payload, the relays in it
    ("shelly_gen1", "shellies/d/relay/1", "on", {"1": True}),
    ("shelly_gen1", "shellies/d/light/0", '{"ison":true}', {}),
    ("shelly_gen2", "d/status/switch:0", '{"id":0,"output":false,"temperature":{"tC":41}}', {"0": False}),
    ("shelly_gen2", "d/status/light:0", '{"id":0,"output":true,"brightness":50}', {}),
    ("tasmota", "tele/d/STATE", '{"POWER":"ON","Wifi":{"Signal":-60}}', {"": True}),
    ("tasmota", "tele/d/STATE", '{"POWER1":"ON","POWER2":"OFF"}', {"1": True, "2": False}),
    ("tasmota", "tele/d/SENSOR", '{"ZbReceived":{"0x1F2B":{"Device":"0x1F2B","Power":1,"Endpoint":1}}}', {}),
    ("esphome", "d/switch/pump/state", "ON", {"pump": True}),
    ("zigbee2mqtt", "zigbee2mqtt/d", '{"state_l1":"ON","state_l2":"OFF"}', {"l1": True, "l2": False}),
    ("zigbee2mqtt", "zigbee2mqtt/d", '{"state":"ON","power":3}', {"": True}),
]  # fmt: skip
WRONG_RELAYS = [
    ("shelly_gen1", "pump"),
    ("shelly_gen1", "-1"),
    ("shelly_gen2", "relay:0"),
    ("shelly_gen2", "0/+"),
    ("tasmota", "0"),
    ("tasmota", "x:1"),
    ("tasmota", "²"),
    ("esphome", ""),
    ("esphome", "a/b"),
    ("esphome", "#"),
    ("zigbee2mqtt", "l\n1"),
    ("zigbee2mqtt", '"'),
]


def made(family, relay="", on=True):
    if family == "esphome" and not relay:
        relay = "r"
    return order(family, Target("d", PATTERNS[family], relay), on, 7)


def test_every_family_that_is_switched_is_one_that_is_read():
    assert set(FAMILIES) == set(PATTERNS) <= set(PARSERS)


def test_a_family_from_outside(monkeypatch):
    monkeypatch.setattr(registry, "_makers", makers := dict(FAMILIES))
    monkeypatch.setattr(registry, "FAMILIES", makers)
    target = Target("hall", "kilnlog/hall/v1")
    with pytest.raises(CannotSwitch):
        order("kilnlog", target, True, 7)
    register("kilnlog", lambda target, on, number: Order(f"kilnlog/{target.device}/set", b"%d" % on, {}))
    assert order("kilnlog", target, True, 7) == Order("kilnlog/hall/set", b"1", {})
    for known in ("kilnlog", "tasmota"):
        with pytest.raises(ValueError, match=known):
            register(known, makers["tasmota"])


@pytest.mark.parametrize(("family", "device", "pattern", "relay", "topic", "payload"), SENT)
def test_what_is_published(family, device, pattern, relay, topic, payload):
    sent = order(family, Target(device, pattern, relay), True, 7)
    assert sent.topic == topic
    assert (json.loads(sent.payload) if isinstance(payload, dict) else sent.payload.decode()) == payload
    off = order(family, Target(device, pattern, relay), False, 7)
    assert off.topic == topic
    assert off.payload != sent.payload


@pytest.mark.parametrize(("family", "relay", "topic", "payload", "by_on", "by_off"), ANSWERED)
def test_what_counts_as_an_answer(family, relay, topic, payload, by_on, by_off):
    found = []
    for on in (True, False):
        answer = made(family, relay, on).answers[topic](payload.encode())
        found.append(answer and ("done" if answer.done else "refused"))
        assert answer is None or answer.text
    assert found == [by_on, by_off]


@pytest.mark.parametrize("family", PATTERNS)
def test_a_device_answers_where_its_usual_pattern_covers_it(family):
    sent = made(family)
    assert all(matches(PATTERNS[family], topic) for topic in sent.answers)
    assert sent.topic not in sent.answers, "our own message would be taken for the answer"


def test_an_answer_is_one_of_the_device_whatever_it_calls_itself():
    """Its id is another name than its prefix, and would be taken for a device that nobody has set up."""
    sent = order("shelly_gen2", Target("hall/saw", "hall/saw/#"), True, 7)
    payload = b'{"id":7,"src":"shellyplus1-a8","dst":"hall/saw/status","result":{"was_on":false}}'
    [topic] = [topic for topic, read in sent.answers.items() if read(payload)]
    parsed = read_message(Message(topic, payload, datetime(2026, 11, 30, tzinfo=timezone.utc)))
    assert parsed.device == "hall/saw"
    assert not parsed.problems


@pytest.mark.parametrize("family", PATTERNS)
def test_what_we_publish_is_no_answer(family):
    """The device's pattern covers it, so that the broker sends it back to us."""
    sent = made(family)
    assert not any(read(sent.payload) for topic, read in sent.answers.items() if topic == sent.topic)


@pytest.mark.parametrize(("family", "relay"), WRONG_RELAYS)
def test_a_relay_that_cannot_be(family, relay):
    with pytest.raises(CannotSwitch):
        order(family, Target("d", PATTERNS[family], relay), True, 7)


def test_a_family_that_nobody_can_switch():
    with pytest.raises(CannotSwitch):
        order("plain", Target("d", "d/#"), True, 7)


@pytest.mark.parametrize("words", ["\0\ud800\n", "no\0 such\n relay", "x" * 10_000, "", None, 7, {"a": [1]}])
def test_the_words_of_a_device_can_be_stored(words):
    frame = json.dumps({"id": 7, "error": {"code": -1, "message": words}}).encode()
    [answer] = [found for read in made("shelly_gen2").answers.values() if (found := read(frame))]
    assert answer.text.isprintable()
    assert 0 < len(answer.text) <= 500
    answer.text.encode()


@given(st.binary(max_size=200))
def test_whatever_comes_raises_nothing(payload):
    for family in PATTERNS:
        for read in made(family).answers.values():
            answer = read(payload)
            assert answer is None or answer.text


@pytest.mark.parametrize("family", ["shelly_gen2", "tasmota", "zigbee2mqtt"])
def test_an_answer_of_a_megabyte_is_left_alone(family):
    payload = b'{"state":"ON","POWER":"ON","id":7,"result":{},"x":"%s"}' % (b"x" * 1_000_000)
    assert not any(read(payload) for read in made(family).answers.values())


@pytest.mark.parametrize(("family", "relay", "topic", "payload", "on"), STATES)
def test_what_a_device_says_of_its_relay_by_itself(family, relay, topic, payload, on):
    found = ears(family, Target("d", PATTERNS[family], relay))
    assert found[topic].hear(payload.encode()) is on


def test_an_answer_to_a_command_of_ours_is_no_state_to_anybody_else():
    assert "d/status/rpc" not in ears("shelly_gen2", Target("d", "d/#"))


@pytest.mark.parametrize(("family", "topic", "payload", "relays"), TOLD)
def test_which_relays_there_are(family, topic, payload, relays):
    message = Message(topic, payload.encode(), datetime(2026, 11, 30, tzinfo=timezone.utc))
    parsed = read_message(message, family)
    switched = [item for item in parsed.items if isinstance(item, Switched)]
    assert relays_in(family, "d", PATTERNS[family], message, switched) == relays
    assert relays_in("plain", "d", "d/#", message, switched) == {}


@given(st.binary(max_size=200))
def test_whatever_comes_as_a_state_raises_nothing(payload):
    for family in PATTERNS:
        for ear in ears(family, Target("d", PATTERNS[family], "r" if family == "esphome" else "")).values():
            assert ear.hear(payload) in (True, False, None)
