"""Whole messages and what a person reads in them.

``payloads/messages.json`` has messages of our own making. ``payloads/field.json`` has those that people reported
because something misread them, and their opposites: by kind of fault, with device and firmware where they are known.
A collection of messages that real devices sent lies beside the project where there is one; what is read in each of
them is in ``payloads/collection.json``, under the hash of topic and payload.
"""

import hashlib
import json
import warnings
from pathlib import Path

import pytest

from fusion_iot_core.protocol.parsers import PARSERS, detect
from tests.unit.message_cases import parse, switched, told

HERE = Path(__file__).parent / "payloads"
COLLECTION = Path(__file__).resolve().parents[3] / "shared" / "data" / "payloads.jsonl"
OWN = json.loads((HERE / "messages.json").read_text(encoding="utf-8"))
FIELD = json.loads((HERE / "field.json").read_text(encoding="utf-8"))
READ = json.loads((HERE / "collection.json").read_text(encoding="utf-8"))


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


def test_the_collection_of_real_messages():
    if not COLLECTION.exists():
        warnings.warn(f"There is no {COLLECTION}: only the project's own messages were read.", stacklevel=1)
        return
    for number, line in enumerate(COLLECTION.read_text(encoding="utf-8").splitlines(), 1):
        message = json.loads(line)
        topic, payload = message["topic"], message["payload"]
        known = READ.get(_key(topic, payload))
        assert known is not None, (
            f"line {number} is new: nobody wrote down what is to be read in {topic} {payload}"
        )
        found = detect(topic, payload.encode())
        assert found is not None, (number, topic)
        assert found.name == known["family"], (number, topic)
        if "found" in known:
            parsed = parse(topic, payload)
            assert parsed.device == known["device"], (number, topic)
            assert told(parsed) == known["found"], (number, topic)


def test_what_is_known_names_families_there_are():
    assert {known["family"] for known in READ.values()} <= set(PARSERS)


def _key(topic, payload):
    return hashlib.sha256(f"{topic}\n{payload}".encode()).hexdigest()[:16]
