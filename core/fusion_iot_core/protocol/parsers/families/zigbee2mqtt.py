"""Zigbee2MQTT: a JSON object of everything known about a device under ``<base topic>/<friendly name>``.

With ``output: attribute`` or ``attribute_and_json`` each property has a topic below that. Names and units are those
of Zigbee2MQTT's "exposes"; a number of the endpoint or phase follows the name.

``state`` is the relay before the meter of the same endpoint: where it is off, power is 0 W, whatever the meter last
said. Devices on the firmware ptvo print the ROM of a probe in ``device_l1`` beside its ``temperature_l1``.

``null`` is no fault here: Zigbee2MQTT adds it for everything a device has not reported yet.

Source: Zigbee2MQTT documentation, "MQTT Topics and Messages", "Exposes", "Device-Availability".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from ...serials import rom_in
from ..device_clock import NO_TIME, read_device_time
from ..json_payload import Unreadable, json_number, json_text, load_object, shown, text_number
from ..message import Message
from ..parsed import DeviceInfo, Parsed, Presence, Problem, Switched
from ..parser import Parser
from ..readings import Readings
from ..settings import ParserSettings

_MOST_VOLTS_OF_A_BATTERY = 100.0
_MOST_VOLTS_OF_A_SOCKET = 1000.0


@dataclass(frozen=True, slots=True)
class _Property:
    """What a property means.

    :ivar channel: where it is not the device itself
    """

    quantity: str
    unit: str = ""
    channel: str = ""


_PROPERTIES: Mapping[str, _Property] = MappingProxyType(
    {
        "temperature": _Property("temperature"),
        "local_temperature": _Property("temperature"),
        "temperature_probe": _Property("temperature", channel="probe"),
        "device_temperature": _Property("device_temperature"),
        "humidity": _Property("humidity"),
        "soil_moisture": _Property("humidity", channel="soil"),
        "pressure": _Property("pressure", "hPa"),
        "power": _Property("power"),
        "power_apparent": _Property("apparent_power"),
        "power_reactive": _Property("reactive_power"),
        "power_factor": _Property("power_factor"),
        "energy": _Property("energy", "kWh"),
        "produced_energy": _Property("energy_returned", "kWh"),
        "energy_produced": _Property("energy_returned", "kWh"),
        "voltage": _Property("voltage"),
        "battery_voltage": _Property("voltage", channel="battery"),
        "current": _Property("current"),
        "ac_frequency": _Property("frequency"),
        "battery": _Property("battery"),
        "flow": _Property("flow", "m³/h"),
        "ph": _Property("ph"),
        "ec": _Property("conductivity", "µS/cm"),
        "liquid_level_percent": _Property("level"),
    }
)
_ENDPOINT = re.compile(
    r"(.+?)_(l\d{1,2}|ep_?\d{1,2}|\d{1,2}|phase_[abc]|[abc]{1,3}|left|right|center|top|bottom|main|meter|usb)\Z"
)
PHASE = re.compile(r"(?:phase_)?[abc]{1,3}\Z")
"""Channels of a meter of several phases."""
_ONLINE = MappingProxyType({"online": True, "offline": False})
_COMMANDS = frozenset(("set", "get"))
_STATE = re.compile(r"state(?:_(l\d{1,2}|ep_?\d{1,2}|\d{1,2}|left|right|center|top|bottom|main|usb))?\Z")
_ON_OFF = MappingProxyType({"ON": True, "OFF": False})
_MOST_OF_A_BATTERY = 100.0


def read(message: Message, settings: ParserSettings) -> Parsed:
    """Read a message that Zigbee2MQTT publishes for one of its devices."""
    levels = message.topic.split("/")
    rest = levels[_base_levels(levels) :]
    payload = message.payload.strip()
    if not any(rest) or rest[0] == "bridge" or _is_command(rest) or not payload:
        return Parsed()
    nested = any(rest[:-1])
    if rest[-1] == "availability" and nested:
        return _read_availability("/".join(rest[:-1]), payload)
    if not payload.startswith(b"{") and nested:
        return _read_attribute(message, "/".join(rest[:-1]), rest[-1])
    return _read_state(message, "/".join(rest), settings)


def recognise(topic: str, payload: bytes) -> int:
    """How likely Zigbee2MQTT published this message."""
    levels = topic.split("/")
    if levels[0] == "homeassistant":
        return 0
    if any(_names_zigbee2mqtt(level) for level in levels[:-1]):
        return 90
    if payload.startswith(b"{") and b'"linkquality"' in payload:
        return 85
    if levels[-1] == "availability" and len(levels) > 2 and _presence_in(payload) is not None:
        return 40
    return 0


def _base_levels(levels: list[str]) -> int:
    """How many levels the base topic has: one, unless a later one has the program's name in it."""
    for number, level in enumerate(levels[:-1], 1):
        if _names_zigbee2mqtt(level):
            return number
    return next((number for number, level in enumerate(levels[:-1], 1) if level.lower() == "zigbee"), 1)


def _names_zigbee2mqtt(level: str) -> bool:
    level = level.lower()
    return "zigbee2mqtt" in level or "z2m" in level


def _is_command(rest: list[str]) -> bool:
    """``…/set``, ``…/get`` and ``…/set/<attribute>`` ask devices for something."""
    return len(rest) > 1 and (rest[-1] in _COMMANDS or rest[-2] in _COMMANDS)


def _presence_in(payload: bytes) -> bool | None:
    """Since version 1.17 an object, before that the bare word."""
    text = payload.strip()[:64].decode("utf-8", "replace")
    if text.startswith("{"):
        document = load_object(payload)
        text = json_text(document.get("state")) if isinstance(document, dict) else ""
    return _ONLINE.get(text.strip('"').lower())


def _read_availability(device: str, payload: bytes) -> Parsed:
    online = _presence_in(payload)
    if online is None:
        found = shown(payload[:80].decode("utf-8", "replace"))
        text = f"online or offline is expected, not {found}."
        return Parsed((Problem(device, "invalid_value", text),), device)
    return Parsed((Presence(device, online),), device)


def _read_attribute(message: Message, device: str, name: str) -> Parsed:
    found = Readings(message, device)
    state = message.payload.strip()[:8].decode("utf-8", "replace")
    for item in _switched(message, device, {name: state}):
        found.add(item)
    meaning = _meaning(name)
    if meaning is not None and message.payload.strip() != b"null":
        _value(found, *meaning, text_number(message.payload))
    return found.parsed("attribute")


def _read_state(message: Message, device: str, settings: ParserSettings) -> Parsed:
    document = load_object(message.payload)
    if isinstance(document, Unreadable):
        return Parsed((document.problem(device),), device)
    found = Readings(message, device)
    seen = document.get("last_seen")
    time = read_device_time(seen, settings.timezone, message.received_at)
    found.set_time(time or NO_TIME)
    battery = document.get("battery") is not None
    switched = _switched(message, device, document)
    overruled: list[tuple[str, float]] = []
    for item in switched:
        found.add(replace(item, at=found.at, impossible_time=found.impossible_time))
    for name, raw in document.items():
        meaning = _meaning(name)
        if meaning is None or raw is None:
            continue
        known, channel = meaning
        value = json_number(raw)
        if known.quantity == "power" and isinstance(value, float) and _is_off(channel, switched):
            overruled.append((channel, value))
            value = 0.0
        serial = (
            rom_in(json_text(document.get(f"device_{channel}"))) if known.quantity == "temperature" else ""
        )
        _value(found, known, channel, value, battery, serial)
    about = document.get("device")
    if isinstance(about, dict):
        found.add(_info(device, about))
    return replace(found.parsed("json"), overruled=tuple(overruled))


def _switched(message: Message, device: str, document: Mapping[str, object]) -> list[Switched]:
    """The relays in a document, by the endpoints that their meters would have as well."""
    return [
        Switched(device, on, relay=endpoint[1] or "", retained=message.retained)
        for name, state in document.items()
        if (endpoint := _STATE.match(name)) and (on := _ON_OFF.get(json_text(state))) is not None
    ]


def _is_off(channel: str, switched: list[Switched]) -> bool:
    """Whether a meter is off by what the document tells of relays: by its own, or else by all of them."""
    if own := [item for item in switched if channel and item.relay == channel]:
        return not own[0].on
    one = len(switched) == 1 and not switched[0].relay
    if channel:
        return one and not switched[0].on and PHASE.match(channel) is not None
    # an endpoint has others beside it, whatever they are
    return (one or len(switched) > 1) and not any(item.on for item in switched)


def _meaning(name: str) -> tuple[_Property, str] | None:
    """The property and its channel; ``None`` for what is no measurement."""
    if known := _PROPERTIES.get(name):
        return known, known.channel
    if len(name) < 64 and (found := _ENDPOINT.match(name)) and (known := _PROPERTIES.get(found[1])):
        return known, f"{known.channel}_{found[2]}" if known.channel else found[2]
    return None


def _value(
    found: Readings,
    known: _Property,
    channel: str,
    value: float | Unreadable | None,
    battery: bool = False,
    serial: str = "",
) -> None:
    unit = known.unit
    if isinstance(value, float):
        # one property in two units, without a word about which
        most = _MOST_VOLTS_OF_A_BATTERY if battery or known.channel else _MOST_VOLTS_OF_A_SOCKET
        if known.quantity == "voltage" and value > most:
            unit = "mV"
        elif known.quantity == "battery" and value > _MOST_OF_A_BATTERY:
            value = None  # 255 is "unknown", 200 counts half percents: neither is a percentage
    found.value(known.quantity, value, unit, channel, serial)


def _info(device: str, about: dict[str, object]) -> DeviceInfo:
    """The option include_device_information."""
    return DeviceInfo(
        device,
        alias=json_text(about.get("ieeeAddr")),
        manufacturer=json_text(about.get("manufacturerName")),
        model=json_text(about.get("model")),
        firmware=json_text(about.get("softwareBuildID")),
    )


PARSER = Parser(
    name="zigbee2mqtt",
    label="Zigbee2MQTT",
    read=read,
    recognise=recognise,
    topics=("zigbee2mqtt/{device}/#",),
    echoes=MappingProxyType({"attribute": "json"}),
    expected_interval=0,
    on_change=True,
    offline_after=90_000,
)
