"""The relays of the demo data: the simulator does what the suite tells them, and its answers are understood."""

from __future__ import annotations

import json
from ast import literal_eval
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from fusion_cli.simulator import network
from fusion_cli.simulator.devices.device import Device
from fusion_cli.simulator.devices.relays import ShellyRelay, TasmotaRelays
from fusion_iot_core.commands import Answer, Target, order
from fusion_iot_core.protocol import topics

DEMO = Path(__file__).resolve().parents[2] / "fusion_iot" / "demo" / "mqtt_demo.xml"
NOW = 1_790_000_000


def demo_switches() -> Iterator[tuple[str, str, str, str]]:
    """Family, device, topic pattern and relay of every switch of the demo data."""
    for record in ElementTree.parse(DEMO).getroot().iter("record"):
        fields = {field.get("name"): field for field in record}
        if "switch_ids" in fields:
            listed = literal_eval(fields["switch_ids"].get("eval").replace("Command.create", ""))
            for switch in listed:
                family, name, pattern = (
                    fields[field].text for field in ("parser_type", "device_id", "topic_pattern")
                )
                yield family, name, pattern, switch.get("relay", "")


def tell(device: Device, family: str, target: Target, on: bool) -> list[Answer]:
    """The answers that are understood, in order."""
    told = order(family, target, on, 7)
    assert any(topics.matches(heard, told.topic) for heard in device.listens)
    found = []
    for said in device.hear(NOW, told.topic, told.payload.decode()):
        if (read := told.answers.get(said.topic)) and (answer := read(said.payload.encode())):
            found.append(answer)
    return found


SWITCHES = list(demo_switches())


def test_the_demo_data_has_relays_of_two_makes():
    assert {family for family, *_rest in SWITCHES} == {"shelly_gen2", "tasmota"}
    assert len(SWITCHES) == 3


@pytest.mark.parametrize(("family", "name", "pattern", "relay"), SWITCHES)
def test_a_switch_of_the_demo_data_is_done(family, name, pattern, relay):
    device = next(device for device in network.devices() if device.name == name)
    target = Target(name, pattern, relay)
    for on in (False, False, True):
        answers = tell(device, family, target, on)
        assert answers[0].done, answers
        assert all(answer.done for answer in answers)


@pytest.mark.parametrize(
    ("device", "family", "relay", "words"),
    [
        (ShellyRelay("relay", "192.0.2.1"), "shelly_gen2", "3", "value 3 not found"),
        (TasmotaRelays("relay", 2), "tasmota", "3", "knows no POWER3"),
    ],
)
def test_a_relay_that_it_does_not_have_is_refused(device, family, relay, words):
    pattern = "relay/#" if family == "shelly_gen2" else "+/relay/#"
    (answer,) = tell(device, family, Target("relay", pattern, relay), True)
    assert not answer.done
    assert words in answer.text


def test_the_state_is_told_again_with_the_next_report():
    shelly, tasmota = ShellyRelay("relay", "192.0.2.1"), TasmotaRelays("relay", 2)
    shelly.hear(
        NOW,
        "relay/rpc",
        json.dumps({"id": 1, "src": "me", "method": "Switch.Set", "params": {"id": 0, "on": False}}),
    )
    tasmota.hear(NOW, "cmnd/relay/POWER2", "toggle")
    reported = {message.topic: json.loads(message.payload) for message in shelly.report(NOW, [])}
    assert reported["relay/status/switch:0"]["output"] is False
    (state,) = tasmota.report(NOW, [])
    assert {name: json.loads(state.payload)[name] for name in ("POWER1", "POWER2")} == {
        "POWER1": "ON",
        "POWER2": "OFF",
    }


@pytest.mark.parametrize(
    ("payload", "answers"),
    [
        ("no JSON", 0),
        ("[1]", 0),
        ('{"id": 1, "method": "Switch.Set"}', 0),
        ('{"id": 1, "src": "me", "method": "Switch.Set"}', 1),
        ('{"id": 1, "src": "me", "method": "Switch.Set", "params": {"id": 0, "on": 1}}', 1),
        ('{"id": 1, "src": "me", "method": "Shelly.Reboot"}', 1),
    ],
)
def test_nonsense_switches_nothing(payload, answers):
    device = ShellyRelay("relay", "192.0.2.1")
    said = device.hear(NOW, "relay/rpc", payload)
    assert [message.topic for message in said] == ["me/rpc"] * answers
    assert all("error" in json.loads(message.payload) for message in said)
    assert device.on
