"""ESPHome: one topic per component, ``<prefix>/sensor/<object id>/state``, with the bare value in it.

A value comes without its unit, and an object id is whatever a person called the sensor. So the quantity is guessed
from the words in it, and the unit is taken for granted only where ESPHome and practically everybody use the same
one; otherwise unit or quantity stay open until a rule (its path is the object id) says them.

Source: ESPHome documentation, "MQTT Client Component" and "Sensor Component".
"""

import re

from ...serials import rom_in
from ..amounts import quantity_in
from ..json_payload import Unreadable, json_text, load_object, shown, text_number
from ..message import Message
from ..parsed import DeviceInfo, Parsed, Presence, Problem, Switched
from ..parser import Parser
from ..readings import Readings
from ..rules import value_by_rule
from ..settings import ParserSettings
from ..topic_names import meaning_of
from ..words import words_of

_COMPONENTS = frozenset(
    (
        "sensor",
        "binary_sensor",
        "text_sensor",
        "switch",
        "light",
        "fan",
        "cover",
        "climate",
        "number",
        "select",
    )
).union(
    ("button", "lock", "valve", "event", "text", "date", "time", "datetime", "update", "alarm_control_panel")
)
_ON_OFF = {b"on": True, b"off": False}
_DISCOVER = "esphome/discover/"
_HOME_ASSISTANT = "homeassistant"
# what a sensor without a value says; the second with the option publish_nan_as_none
_ABSENT = frozenset((b"nan", b"none"))
_LOG_LINE = re.compile(rb"(\x1b\[[0-9;]{1,8}m)?\[[EWICDV]{1,2}\]\[")
# about the board, not about what it measures
_HOUSEKEEPING = frozenset(
    ("uptime", "heap", "psram", "loop", "fragmentation", "ping", "wifi", "rssi", "boot")
)


def read(message: Message, settings: ParserSettings) -> Parsed:
    """Read a message of an ESPHome device."""
    if message.topic.startswith(_DISCOVER):
        return _read_discover(message)
    device, component, name = _levels(message.topic)
    payload = message.payload.strip()
    if not device or (device == _HOME_ASSISTANT and component == "status"):
        return Parsed()
    if not payload or json_text(name) != name:
        return Parsed(device=device)
    if component == "status":
        return _read_status(device, payload)
    if component == "sensor":
        found = Readings(message, device)
        _read_sensor(found, name, payload, settings)
        return found.parsed()
    if component == "switch" and (on := _ON_OFF.get(payload.lower())) is not None:
        # which of its meters is behind it, if any, is up to whoever wrote the YAML
        return Parsed((Switched(device, on, relay=name, retained=message.retained, certain=False),), device)
    if component == "text_sensor":
        info = _about_itself(device, name, payload)
        return Parsed((info,) if info else (), device)
    return Parsed(device=device)


def recognise(topic: str, payload: bytes) -> int:
    """How likely this is a message of an ESPHome device."""
    if topic.startswith(_DISCOVER):
        return 95
    device, component, _name = _levels(topic)
    if component == "discovery":
        return 20
    if not device:
        return 0
    if component == "status":
        return 50 if payload in (b"online", b"offline") else 0
    if component == "debug":
        return 70 if _LOG_LINE.match(payload) else 0
    return 80 if component == "sensor" else 60


def _levels(topic: str) -> tuple[str, str, str]:
    """Topic prefix, component and object id; the component is empty in a topic ESPHome does not use.

    ``status`` and ``debug`` stand for the component in the topics that have none. ``climate/<id>/
    current_temperature/state`` is the sensor inside a climate device. ``discovery`` is a description for Home
    Assistant, which other firmware publishes likewise.
    """
    levels = topic.split("/")
    last = levels[-1]
    if levels[0] == _HOME_ASSISTANT and last == "config":
        return "", "discovery", ""
    if last in ("status", "debug") and len(levels) > 1:
        return "/".join(levels[:-1]), last, ""
    if last not in ("state", "command"):
        return "", "", ""
    if len(levels) > 4 and levels[-4] == "climate" and levels[-2] == "current_temperature":
        return "/".join(levels[:-4]), "sensor" if last == "state" else "climate", f"{levels[-3]}/{levels[-2]}"
    if len(levels) > 4 and levels[-4] in ("climate", "fan", "cover", "light", "valve"):
        return "/".join(levels[:-4]), levels[-4], levels[-3]
    if len(levels) > 3 and levels[-3] in _COMPONENTS:
        return "/".join(levels[:-3]), levels[-3] if last == "state" else "command", levels[-2]
    return "", "", ""


def _read_status(device: str, payload: bytes) -> Parsed:
    text = payload.lower()
    if text in (b"online", b"offline"):
        return Parsed((Presence(device, text == b"online"),), device)
    found = shown(payload.decode("utf-8", "replace"))
    text_for_people = f"online or offline is expected, not {found}."
    return Parsed((Problem(device, "invalid_value", text_for_people),), device)


def _read_sensor(found: Readings, name: str, payload: bytes, settings: ParserSettings) -> None:
    absent = payload.lower() in _ABSENT
    meant = meaning_of(name)
    rule = next((rule for rule in settings.rules if rule.path == name), None)
    if rule is not None:
        value = None if absent else value_by_rule(payload.decode("utf-8", "replace"), rule)
        found.value(rule.quantity or meant.quantity, value, rule.unit, rule.channel or name, rom_in(name))
        return
    words = words_of(name)
    if _HOUSEKEEPING.isdisjoint(words):
        value = None if absent else text_number(payload)
        serial = rom_in(name) if meant.quantity == "temperature" else ""
        told = settings.told_unit
        found.guessed(meant, value, name, serial, printed=told, quantity=quantity_in(told))
    elif info := _signal(found.device, words, payload):
        found.add(info)


def _signal(device: str, words: tuple[str, ...], payload: bytes) -> DeviceInfo | None:
    if "percent" in words or ("signal" not in words and "rssi" not in words):
        return None
    number = text_number(payload)
    if isinstance(number, Unreadable) or not -150 <= number < 0:
        return None
    return DeviceInfo(device, signal_dbm=round(number))


def _about_itself(device: str, name: str, payload: bytes) -> DeviceInfo | None:
    """What the text sensors of the components wifi_info and version say."""
    text = json_text(payload.decode("utf-8", "replace"))
    words = words_of(name)
    if not text:
        return None
    if "ip" in words:
        return DeviceInfo(device, ip_address=text)
    if "mac" in words:
        return DeviceInfo(device, mac=text)
    return DeviceInfo(device, firmware=text) if "version" in words else None


def _read_discover(message: Message) -> Parsed:
    """``esphome/discover/<name>`` (option discover_ip) introduces a device."""
    name = message.topic.removeprefix(_DISCOVER)
    if not name or not message.payload.strip():
        return Parsed(device=name)
    document = load_object(message.payload)
    if isinstance(document, Unreadable):
        return Parsed((document.problem(name),), name)
    info = DeviceInfo(
        name,
        model=json_text(document.get("board")),
        firmware=json_text(document.get("version")),
        ip_address=json_text(document.get("ip")),
        mac=json_text(document.get("mac")),
    )
    return Parsed((info,), name)


PARSER = Parser(
    name="esphome",
    label="ESPHome",
    read=read,
    recognise=recognise,
    topics=("{device}/sensor/+/state", "{device}/status"),
    configurable=True,
)
