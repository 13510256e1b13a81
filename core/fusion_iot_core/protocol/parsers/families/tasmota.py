"""Tasmota: JSON telemetry under ``tele/%topic%/SENSOR``, in whatever order FullTopic has the levels.

Source: Tasmota documentation, pages "MQTT" (FullTopic), "JSON Status Responses", "DS18x20", "ADC", "EZO" and
"Commands" (Time, TelePeriod).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from ...quantities import convert
from ...serials import normalise_serial, rom_in
from ..device_clock import NO_TIME, DeviceTime, read_device_time
from ..json_payload import NAMED_TWICE, TEXT_MAX, Unreadable, json_text, load_object, shown
from ..message import Message
from ..parsed import DeviceInfo, Item, Parsed, Presence, Problem, Switched
from ..parser import Parser
from ..readings import Readings, Value, json_value
from ..settings import ParserSettings
from ..tasmota_zigbee import is_zigbee
from ..words import guess, words_of

MOST_PHASES = 8
MOST_LABELS = 64

_PREFIXES = frozenset(("cmnd", "stat", "tele"))
_DISCOVERY = "tasmota/discovery/"
_STATUS = re.compile(r"STATUS\d{0,2}\Z")
_INFO = re.compile(r"INFO[1-3]\Z")
_POWER = re.compile(r"POWER(\d{0,2})\Z")
_ON_OFF: Mapping[str, bool] = MappingProxyType({"on": True, "off": False})
_METER = "ENERGY"
_BARE = frozenset(("SENSOR", "STATE", "HASS_STATE"))
_OTHER_COMMANDS = frozenset(("RESULT", "LOGGING", "MARGINS", "UPTIME", "HASS_STATE", "BATTERY", "EVENT"))
_SERIAL_NUMBER = re.compile(r"[0-9A-Fa-f]{12}\Z")
_ROM = re.compile(r"[0-9A-Fa-f]{16}\Z")
_NUMBERED = re.compile(r"([A-Za-z]+)(\d{1,2})\Z")
_DEVICE_INSIDE = ("ESP32", "BL09", "ADE7", "CSE77", "AXP192")
_FAMILY_CODES: Mapping[str, str] = MappingProxyType({"DS18S20": "10", "DS1822": "22", "MAX31850": "3b"})

# of a Zigbee device: what the cluster On/Off says
_ZIGBEE_SWITCH = re.compile(r"Power\d{0,2}\Z")
_ZIGBEE_WATTS = "ActivePower"
_LAST_ENDPOINT = 240
_SMART_METER = "SML"
_METER_QUANTITIES = frozenset(("power", "energy", "energy_returned"))
_METER_WORDS = frozenset(
    (
        "verbrauch",
        "leistung",
        "bezug",
        "einspeisung",
        "lieferung",
        "zaehlerstand",
        "wirkleistung",
        "wirkenergie",
    )
).union(("verbruik", "vermogen", "levering", "puissance", "conso", "consommation", "potenza", "consumo"))
_METER_LABEL = re.compile(r"(total|e)_(in|out)|p_curr|curr_w", re.IGNORECASE)

TEMPERATURE_UNIT = "TempUnit"
PRESSURE_UNIT = "PressureUnit"


@dataclass(frozen=True, slots=True)
class _Key:
    """What a key inside a sensor's object means.

    :ivar unit: unit of its values, or the key of the message that names it
    :ivar additive: values of phases have a sum that means something
    """

    quantity: str
    unit: str = ""
    additive: bool = False


_KEYS: Mapping[str, _Key] = MappingProxyType(
    {
        "Temperature": _Key("temperature", TEMPERATURE_UNIT),
        "ProbeTemperature": _Key("temperature", TEMPERATURE_UNIT),
        "ReferenceTemperature": _Key("device_temperature", TEMPERATURE_UNIT),
        "OBJTMP": _Key("temperature", TEMPERATURE_UNIT),
        "AMBTMP": _Key("device_temperature", TEMPERATURE_UNIT),
        "Humidity": _Key("humidity"),
        "Pressure": _Key("pressure", PRESSURE_UNIT),
        "Voltage": _Key("voltage"),
        "Current": _Key("current"),
        "Power": _Key("power", additive=True),
        "ApparentPower": _Key("apparent_power"),
        "ReactivePower": _Key("reactive_power", additive=True),
        "Factor": _Key("power_factor"),
        "Frequency": _Key("frequency"),
        "ExportActive": _Key("energy_returned", "kWh", additive=True),
        "pH": _Key("ph"),
        "Battery": _Key("battery"),
        "BatteryPercentage": _Key("battery"),
        "BatteryVoltage": _Key("voltage"),
        "RMSVoltage": _Key("voltage"),
        "RMSCurrent": _Key("current"),
        "ActivePower": _Key("power"),
    }
)
# keys that mean this only in objects whose name begins so
_KEYS_OF: Mapping[str, Mapping[str, _Key]] = MappingProxyType(
    {
        "ENERGY": {"Total": _Key("energy", "kWh", additive=True)},
        "CTEnergy": {"Energy": _Key("energy", "kWh")},
        "EZO": {"EC": _Key("conductivity", "µS/cm"), "FlowRate": _Key("flow")},
    }
)
_KEYS_OF_SOME = frozenset(label for keys in _KEYS_OF.values() for label in keys)
_UNITS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        TEMPERATURE_UNIT: {"C": "°C", "F": "°F"},
        PRESSURE_UNIT: {"hPa": "hPa", "mmHg": "mmHg", "inHg": "inHg"},
    }
)
_UNIT_BY_DEFAULT: Mapping[str, str] = MappingProxyType({TEMPERATURE_UNIT: "C", PRESSURE_UNIT: "hPa"})


def read(message: Message, settings: ParserSettings) -> Parsed:
    """Read a message of a Tasmota device."""
    if message.topic.startswith(_DISCOVERY):
        return _read_discovery(message)
    prefix, device, command = _levels(message.topic)
    if not device or prefix == "cmnd" or not message.payload.strip():
        return Parsed(device=device)
    if command == "LWT":
        return Parsed((_presence(message.payload, device),), device)
    power = _POWER.match(command)
    if power and not message.payload.lstrip().startswith(b"{"):
        on = _ON_OFF.get(message.payload.strip()[:8].decode("utf-8", "replace").lower())
        items = () if on is None else (_switched(message, device, power[1], on),)
        return Parsed(items, device)
    if command in _BARE or command == "RESULT" or power or _STATUS.match(command) or _INFO.match(command):
        document = load_object(message.payload)
        if isinstance(document, Unreadable):
            return Parsed((document.problem(device),), device)
        return _Reading(message, settings, device).parsed(command, document)
    return Parsed(device=device)


def recognise(topic: str, payload: bytes) -> int:
    """How likely this is a message of a Tasmota device."""
    if topic.startswith(_DISCOVERY):
        return 95
    prefix, _device, command = _levels(topic)
    known = command in ("SENSOR", "STATE", "LWT") or command in _OTHER_COMMANDS
    if prefix:
        if known or _STATUS.match(command) or _INFO.match(command) or _POWER.match(command):
            return 95
        # SetOption4: the answer to a command comes under the command's own name
        if prefix == "cmnd" or (command.isupper() and command.isascii()):
            return 60
        return 0
    if command == "LWT" and payload in (b"Online", b"Offline"):
        return 50
    if command in ("SENSOR", "STATE") and (payload.startswith(b'{"Time":') or b'"LinkQuality":' in payload):
        return 50
    return 0


def _levels(topic: str) -> tuple[str, str, str]:
    """Prefix, %topic% and command of a topic; the prefix is empty where somebody renamed it.

    FullTopic is ``%prefix%/%topic%/`` by default, and a text with these two in any order otherwise. %topic% is
    taken to be one level, as the documentation recommends: the last one, or the last but one before a prefix
    that stands last.
    """
    levels = topic.split("/")
    command = levels.pop()
    if not levels:
        return "", topic, command
    if levels[0].lower() in _PREFIXES:
        at = 0
    else:
        at = next((n for n in reversed(range(len(levels))) if levels[n].lower() in _PREFIXES), -1)
    if at < 0 or len(levels) == 1:
        return "", levels[-1], command
    device = levels[-2] if at == len(levels) - 1 else levels[-1]
    return levels[at].lower(), device, command


def _presence(payload: bytes, device: str) -> Item:
    text = payload.strip().lower()
    if text in (b"online", b"offline"):
        return Presence(device, text == b"online")
    found = shown(payload.decode("utf-8", "replace"))
    return Problem(device, "invalid_value", f"Online or Offline is expected, not {found}.")


def _switched(message: Message, device: str, relay: str, on: bool) -> Switched:
    return Switched(device, on, _METER, relay, retained=message.retained, certain=False)


def _read_discovery(message: Message) -> Parsed:
    """``tasmota/discovery/<MAC>/config`` says who a device is; ``…/sensors`` repeats its last telemetry."""
    if not message.topic.endswith("/config") or not message.payload.strip():
        return Parsed()
    document = load_object(message.payload)
    if isinstance(document, Unreadable):
        return Parsed((document.problem(""),))
    device = json_text(document.get("t"))
    if not device:
        return Parsed()
    mac = json_text(document.get("mac"))
    info = DeviceInfo(
        device,
        model=json_text(document.get("md")),
        firmware=json_text(document.get("sw")),
        ip_address=json_text(document.get("ip")),
        mac=mac,
    )
    return Parsed((info,), device)


class _Reading:
    """One message of one device while it is read."""

    def __init__(self, message: Message, settings: ParserSettings, device: str) -> None:
        self.message = message
        self.zone = settings.timezone
        self.found = Readings(message, device)
        self.about: dict[str, Any] = {}
        self.behind: list[tuple[str, str]] = []
        self.units: Mapping[str, str] = _UNIT_BY_DEFAULT

    def parsed(self, command: str, document: dict[str, object]) -> Parsed:
        """Everything in a JSON message: telemetry is bare, answers to Status and INFO name their parts."""
        parts: dict[str, object] = document
        if command == "RESULT" or _POWER.match(command):
            self._relays(document, whole=False)
            return self.found.parsed()
        if command in _BARE:
            parts = {command: document}
        elif _INFO.match(command) and not any(key.startswith("Info") for key in document):
            parts = {command.title(): document}
        for name, part in parts.items():
            if not isinstance(part, dict):
                continue
            if name in ("SENSOR", "StatusSNS"):
                self._sensors(part)
            elif name in ("STATE", "StatusSTS"):
                self._state(part)
            else:
                self._facts(name, part)
        if self.about:
            self.found.add(DeviceInfo(self.found.device, **self.about))
        return replace(self.found.parsed(), behind=tuple(self.behind))

    def _sensors(self, document: dict[str, object]) -> None:
        self._begin(document)
        if is_zigbee(document):  # SetOption119 leaves the device's address out
            self._zigbee({json_text(document.get("Device")): document})
            return
        for name, content in document.items():
            if content is NAMED_TWICE:
                self.found.problem("invalid_value", f"{shown(name)} is there twice.")
            elif name == "ZbReceived" and isinstance(content, dict):
                self._zigbee(content)
            elif isinstance(content, dict):
                if is_zigbee(content):  # SetOption118 leaves ZbReceived out
                    self._zigbee({name: content})
                    continue
                if _is_smart_meter(name, content) and not self._measures(name, content):
                    self._not_understood(name)
                self._sensor(name, content)
            elif isinstance(content, list):
                for number, member in enumerate(content[:MOST_PHASES], 1):
                    if isinstance(member, dict):
                        self._sensor(f"{name}.{number}", member)
            elif name in ("Temperature", "Humidity"):
                self._value(_KEYS[name], json_value(content), "")

    def _measures(self, name: str, content: dict[str, object]) -> bool:
        return any(_meaning(name, label)[0] for label in content if len(label) <= TEXT_MAX)

    def _not_understood(self, name: str) -> None:
        text = (
            f"{name} is a smart meter whose values have the names that its script gives them. Read them with rules, "
            "with the parser for JSON of any make."
        )
        self.found.problem("not_understood", text)

    def _relays(self, document: dict[str, object], whole: bool = True) -> None:
        """The state of the relays: of all of them in telemetry, of one in the answer to a command."""
        told = {
            found[1]: on
            for label, state in document.items()
            if (found := _POWER.match(label)) and (on := _ON_OFF.get(json_text(state).lower())) is not None
        }
        for relay, on in told.items():
            item = _switched(self.message, self.found.device, relay, on)
            item = replace(item, at=self.found.at, impossible_time=self.found.impossible_time)
            self.found.add(replace(item, relays=tuple(told)) if whole else item)

    def _state(self, document: dict[str, object]) -> None:
        self._begin(document)
        self._relays(document)
        if "Vcc" in document:
            self.found.value("voltage", json_value(document["Vcc"]), "V", "Vcc")
        wifi = document.get("Wifi")
        # RSSI is a percentage there, Signal the dBm
        signal = wifi.get("Signal") if isinstance(wifi, dict) else None
        if type(signal) is int and -150 <= signal < 0:
            self.about["signal_dbm"] = signal

    def _begin(self, document: dict[str, object]) -> None:
        """Note the time and the units of a part of the message."""
        time = _time_of(document, self.zone, self.message)
        self.found.set_time(time)
        if time.local_time:
            self.about["local_time"] = time.local_time
        self.units = _UNIT_BY_DEFAULT
        if TEMPERATURE_UNIT in document or PRESSURE_UNIT in document:
            self.units = {
                key: json_text(document.get(key)) or default for key, default in _UNIT_BY_DEFAULT.items()
            }

    def _facts(self, name: str, document: dict[str, object]) -> None:
        for key, field in _FACTS.get(name, {}).items():
            text = json_text(document.get(key))
            if text and text != "0.0.0.0":  # noqa: S104 - how the firmware prints that it has no address
                self.about[field] = text

    def _zigbee(self, reports: dict[str, object]) -> None:
        """Reports of Zigbee devices behind a Tasmota bridge, where ``Power`` is the state of a switch."""
        for address, report in reports.items():
            if not isinstance(report, dict):
                continue
            name = json_text(report.get("Name")) or address
            content = {label: raw for label, raw in report.items() if not _ZIGBEE_SWITCH.match(label)}
            state = report.get("Power")
            endpoint = _endpoint_of(report)
            if endpoint and type(content.get(_ZIGBEE_WATTS)) in (int, float):
                self.behind.append((json_text(name), endpoint))
            if type(state) is int and state in (0, 1):
                switched = Switched(
                    self.found.device, bool(state), json_text(name), endpoint, at=self.found.at
                )
                self.found.add(replace(switched, retained=self.message.retained))
                if not state and type(content.get(_ZIGBEE_WATTS)) in (int, float):
                    content[_ZIGBEE_WATTS] = 0  # what it measured before it was switched off
            self._sensor(name, content)

    def _sensor(self, name: str, content: dict[str, object], nested: bool = False) -> None:
        """The values of one sensor. Its channel is the name the firmware gives it."""
        channel = json_text(name)
        if not channel:
            return
        serial = _serial_of(name, content)
        broken = type(content.get("Error")) is int and content["Error"] != 0
        for label, raw in content.items():
            if len(label) > TEXT_MAX:
                continue
            key, number = _meaning(channel, label)
            at = f"{channel}.{number}" if number else channel
            if key is None:
                if isinstance(raw, dict) and not nested:
                    self._sensor(f"{channel}.{label}", raw, nested=True)
            elif isinstance(raw, list):
                self._phases(key, raw, at)
            else:
                self._value(key, None if broken else json_value(raw), at, serial)

    def _phases(self, key: _Key, raw: list[object], channel: str) -> None:
        if len(raw) > MOST_PHASES:
            text = f"{channel} {key.quantity}: {len(raw)} phases are more than any meter has."
            self.found.problem("invalid_value", text)
            return
        values = [json_value(one) for one in raw]
        for number, value in enumerate(values, 1):
            self._value(key, value, f"{channel}.{number}")
        if key.additive and values and not any(isinstance(value, Unreadable) for value in values):
            numbers = [value for value in values if isinstance(value, float)]
            total = float(f"{sum(numbers):.12g}") if len(numbers) == len(values) else None
            self._value(key, total, channel)

    def _value(self, key: _Key, value: Value, channel: str, serial: str = "") -> None:
        unit = key.unit
        if unit in self.units:
            said = self.units[unit]
            if said not in _UNITS[unit]:
                text = f"{channel} {key.quantity}: {unit} says {shown(said)}, which is no unit we know."
                self.found.problem("invalid_unit", text)
                return
            unit = _UNITS[unit][said]
        quantity = key.quantity
        if quantity == "temperature":
            if channel.upper().startswith(_DEVICE_INSIDE):
                quantity = "device_temperature"
            elif isinstance(value, float) and _is_fault(value, unit, channel, serial):
                value = None
        if quantity == "battery" and isinstance(value, float) and value > 100.0:
            value = None  # no percentage: unknown, or in half percents
        self.found.value(quantity, value, unit, channel, serial)


_FACTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "StatusFWR": {"Version": "firmware"},
        "StatusNET": {"IPAddress": "ip_address", "Mac": "mac"},
        "Info1": {"Module": "model", "Version": "firmware"},
        "Info2": {"IPAddress": "ip_address"},
        "HASS_STATE": {
            "Version": "firmware",
            "Module or Template": "model",
            "IPAddress": "ip_address",
        },
    }
)
"""Part of a message -> key in it -> field of :class:`DeviceInfo`."""


def _endpoint_of(report: Mapping[str, object]) -> str:
    """The part of a Zigbee device that a report is about, which tells its relays apart."""
    endpoint = report.get("Endpoint")
    return str(endpoint) if type(endpoint) is int and 0 < endpoint <= _LAST_ENDPOINT else ""


def _is_smart_meter(name: str, content: Mapping[str, object]) -> bool:
    """Whether an object is what a meter script reads: its owner names the values."""
    if name == _SMART_METER:
        return True
    labels = [label for label, raw in content.items() if type(raw) in (int, float) and len(label) <= TEXT_MAX]
    return any(
        _METER_LABEL.match(label)
        or guess(label).quantity in _METER_QUANTITIES
        or not _METER_WORDS.isdisjoint(words_of(label))
        for label in labels[:MOST_LABELS]
    )


def _time_of(document: dict[str, object], zone: str, message: Message) -> DeviceTime:
    """``Epoch`` and a numeric ``Time`` are UTC; a text is local time, with an offset if SetOption52 is on."""
    epoch = document.get("Epoch")
    value = epoch if type(epoch) is int else document.get("Time")
    return read_device_time(value, zone, message.received_at) or NO_TIME


@lru_cache(maxsize=4_096)
def _meaning(sensor: str, label: str) -> tuple[_Key | None, str]:
    """What a key means in a sensor's object, and its number (``Temperature2`` of a chip with several inputs)."""
    if key := _key(sensor, label):
        return key, ""
    if (found := _NUMBERED.match(label)) and (key := _key(sensor, found[1])):
        return key, found[2]
    return None, ""


def _key(sensor: str, label: str) -> _Key | None:
    if key := _KEYS.get(label):
        return key
    if label in _KEYS_OF_SOME:
        kind = sensor.rpartition(".")[2]
        return next((keys.get(label) for name, keys in _KEYS_OF.items() if kind.startswith(name)), None)
    return None


def _serial_of(sensor: str, content: dict[str, object]) -> str:
    """The ROM of a 1-Wire probe. ``Id`` has its six middle bytes, most significant first, as Linux prints them."""
    if "Address" not in content and "Id" not in content:
        return rom_in(sensor)
    rom = json_text(content.get("Address"))
    if _ROM.match(rom):
        return normalise_serial(rom)
    serial = json_text(content.get("Id"))
    return _serial_named(serial, sensor.rpartition(".")[2].upper()) if _SERIAL_NUMBER.match(serial) else ""


@lru_cache(maxsize=4_096)
def _serial_named(serial: str, kind: str) -> str:
    # a probe that was given a name (DS18Alias) does not tell its kind: nearly all are DS18B20
    family = next((code for name, code in _FAMILY_CODES.items() if kind.startswith(name)), "28")
    return normalise_serial(f"{family}-{serial.lower()}")


def _is_fault(value: float, unit: str, channel: str, serial: str) -> bool:
    """−127 and 127.94 °C are what a DS18x20 says when it does not answer, rounded as TempRes has it."""
    celsius = convert(value, unit, "°C")
    if serial or channel.upper().startswith("DS18"):
        return abs(celsius + 127.0) < 0.5 or 127.7 < celsius < 128.05
    return False


PARSER = Parser(
    name="tasmota",
    label="Tasmota",
    read=read,
    recognise=recognise,
    topics=("tele/{device}/#", "stat/{device}/#"),
    expected_interval=300,
    offline_after=900,
)
