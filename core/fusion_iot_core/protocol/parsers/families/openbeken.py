"""OpenBeken: firmware of plugs with a BK7231 or a similar chip. One bare value a topic, ``<name>/<measure>/get``.

``get`` is where the device answers; ``set`` is where it is told. Channels (``<name>/1/get``) are whatever the owner
made of a pin, so they measure nothing that could be known. Energy comes in Wh or, by a flag, in kWh, which the topic
does not tell: its unit stays open until the device's own description for Home Assistant or a rule says it.

Source: OpenBeken documentation, "MQTT topics"; openshwprojects/OpenBK7231T_App issue 514.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from ..json_payload import Unreadable, json_text, text_number
from ..message import Message
from ..parsed import DeviceInfo, Parsed, Presence
from ..parser import Parser
from ..readings import Readings
from ..rules import value_by_rule
from ..settings import ParserSettings

_MEASURES: Mapping[str, tuple[str, str | None]] = MappingProxyType(
    {
        "power": ("power", "W"),
        "voltage": ("voltage", "V"),
        "current": ("current", "A"),
        "frequency": ("frequency", "Hz"),
        "power_apparent": ("apparent_power", "VA"),
        "power_reactive": ("reactive_power", "var"),
        "power_factor": ("power_factor", ""),
        "energycounter": ("energy", None),
        "energycounter_generation": ("energy_returned", None),
        "temperature": ("temperature", "°C"),
        "temp": ("temperature", "°C"),
        "humidity": ("humidity", "%"),
        "battery": ("battery", "%"),
    }
)
# sums of a period, and what only says how the counter is doing
_COUNTERS = frozenset(
    ("energycounter_last_hour", "energycounter_today", "energycounter_yesterday", "energycounter_month")
).union(
    ("energycounter_2_days_ago", "energycounter_3_days_ago", "energycounter_clear_date", "consumption_stats")
)
_ABOUT = frozenset(("ip", "mac", "build"))
_HOUSEKEEPING = frozenset(("host", "uptime", "freeheap", "sockets", "datetime", "rssi", "led_enableAll"))
_NAME = re.compile(r"obk[0-9A-F]{6,12}\Z", re.IGNORECASE)
_ONLINE: Mapping[bytes, bool] = MappingProxyType({b"online": True, b"offline": False})


def read(message: Message, settings: ParserSettings) -> Parsed:
    """Read a message of an OpenBeken device."""
    device, name, answer = _levels(message.topic)
    payload = message.payload.strip(b" \t\r\n\0")
    if not device or not name or not payload or json_text(name) != name:
        return Parsed(device=device)
    if not answer:
        return _read_about(device, name, payload)
    rule = next((rule for rule in settings.rules if rule.path == name), None)
    found = Readings(message, device)
    if rule is not None:
        value = value_by_rule(payload[:80].decode("utf-8", "replace"), rule)
        found.value(rule.quantity, value, rule.unit, rule.channel or name)
    elif name in _MEASURES:
        quantity, unit = _MEASURES[name]
        found.value(quantity, text_number(payload), unit or settings.told_unit or None, name)
    return found.parsed()


def recognise(topic: str, payload: bytes) -> int:
    """How likely this is a message of an OpenBeken device."""
    device, name, answer = _levels(topic)
    own = _NAME.match(device.rpartition("/")[2]) is not None
    if answer:
        if name in _MEASURES or name in _COUNTERS:
            number = not isinstance(text_number(payload), Unreadable)
            return 70 if own else 45 if number else 0
        return 60 if own else 0
    if name == "connected" and payload.strip().lower() in _ONLINE:
        return 70 if own else 45
    return 60 if own and (name in _ABOUT or name in _HOUSEKEEPING) else 0


def _levels(topic: str) -> tuple[str, str, bool]:
    """The device, what is told of it, and whether it is the value of a measure or channel."""
    before, _slash, last = topic.rpartition("/")
    if last in ("get", "set"):
        device, _slash, name = before.rpartition("/")
        return device, name if last == "get" else "", True
    return before, last, False


def _read_about(device: str, name: str, payload: bytes) -> Parsed:
    if name == "connected":
        online = _ONLINE.get(payload.lower())
        return Parsed(() if online is None else (Presence(device, online),), device)
    if name == "rssi":
        signal = text_number(payload)
        if isinstance(signal, float) and -150 <= signal < 0:
            return Parsed((DeviceInfo(device, signal_dbm=round(signal)),), device)
    text = json_text(payload[:200].decode("utf-8", "replace"))
    if name not in _ABOUT or not text:
        return Parsed(device=device)
    info = DeviceInfo(
        device,
        firmware=text if name == "build" else "",
        ip_address=text if name == "ip" else "",
        mac=text if name == "mac" else "",
    )
    return Parsed((info,), device)


PARSER = Parser(
    name="openbeken",
    label="OpenBeken",
    read=read,
    recognise=recognise,
    topics=("{device}/+/get", "{device}/connected"),
    expected_interval=60,
    on_change=True,
    offline_after=600,
    configurable=True,
)
