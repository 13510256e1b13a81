"""Whole messages and what a person reads in them.

``payloads/messages.json`` has messages of our own making. ``payloads/field.json`` has those that people reported
because something misread them, and their opposites: by kind of fault, with device and firmware where they are known.
``payloads/captures`` has messages that real devices sent, a file each.
"""

import json
from pathlib import Path

import pytest

from fusion_iot_core.protocol.parsers import detect
from tests.unit.message_cases import parse, switched, told

HERE = Path(__file__).parent / "payloads"
OWN = json.loads((HERE / "messages.json").read_text(encoding="utf-8"))
FIELD = json.loads((HERE / "field.json").read_text(encoding="utf-8"))
CAPTURES = sorted((HERE / "captures").glob("*.json"))
KINDS = {"captured", "from tests", "documented", "derived"}


@pytest.mark.parametrize("message", OWN, ids=lambda message: message["device"])
def test_messages(message):
    found = detect(message["topic"], message["payload"].encode())
    assert found.name == message["family"]
    parsed = parse(message["topic"], message["payload"])
    assert parsed.device == message["speaker"]
    assert told(parsed) == message["found"]


@pytest.mark.parametrize("message", FIELD, ids=lambda message: f"{message['kind']}: {message['device']}")
def test_what_the_field_reported(message):
    found = detect(message["topic"], message["payload"].encode())
    assert (found and found.name) == message["family"]
    parsed = parse(message["topic"], message["payload"])
    assert parsed.device == message["speaker"]
    assert told(parsed) == message["found"]
    assert switched(parsed) == message.get("switched", [])
    assumed = [item.channel for item in parsed.measurements if item.unit_assumed]
    assert assumed == message.get("assumed", [])


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_what_real_devices_sent(path):
    message = json.loads(path.read_text(encoding="utf-8"))
    assert message["kind"] in KINDS
    assert message["source"]
    assert detect(message["topic"], message["payload"].encode()).name == message["family"]
    parsed = parse(message["topic"], message["payload"])
    assert parsed.device == message["speaker"]
    assert told(parsed) == message["found"]
    assert switched(parsed) == message.get("switched", [])


def test_each_capture_is_there_once():
    assert len(CAPTURES) >= 107
    messages = [json.loads(path.read_text(encoding="utf-8")) for path in CAPTURES]
    assert len({(message["topic"], message["payload"]) for message in messages}) == len(messages)
