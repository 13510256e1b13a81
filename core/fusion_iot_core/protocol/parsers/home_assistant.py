"""What devices tell Home Assistant of themselves: in which unit the bare value under a topic is.

ESPHome and other firmware publish a description of each sensor, retained, under ``homeassistant/sensor/…/config``.

Source: Home Assistant documentation, "MQTT Discovery" and "MQTT Sensor".
"""

from typing import NamedTuple

from .amounts import unit_named
from .json_payload import json_text, load_json
from .message import Message

DESCRIPTIONS = ("homeassistant/sensor/+/config", "homeassistant/sensor/+/+/config")
"""Topic filters of the descriptions."""

_MOST_BYTES = 16 * 1024
_TOPIC_MAX = 1024


class ToldUnit(NamedTuple):
    """The unit of the bare values under a topic; empty where the description was taken back or names none."""

    topic: str
    unit: str


def is_description(topic: str) -> bool:
    """Whether a topic is one of a description."""
    return topic.startswith("homeassistant/") and topic.endswith("/config")


def told_unit(message: Message) -> ToldUnit | None:
    """What a description says of a unit; ``None`` when it is none of a bare value. Never raises."""
    if len(message.payload) > _MOST_BYTES:
        return None
    document = load_json(message.payload)
    if not isinstance(document, dict) or "value_template" in document or "val_tpl" in document:
        return None
    topic = _text(document, "state_topic", "stat_t")
    base = _text(document, "~")
    if base and topic.startswith("~"):
        topic = base + topic[1:]
    elif base and topic.endswith("~"):
        topic = topic[:-1] + base
    if not topic:
        return None
    return ToldUnit(topic, unit_named(_text(document, "unit_of_measurement", "unit_of_meas")))


def _text(document: dict[str, object], *keys: str) -> str:
    return next((text for key in keys if (text := json_text(document.get(key), _TOPIC_MAX))), "")
