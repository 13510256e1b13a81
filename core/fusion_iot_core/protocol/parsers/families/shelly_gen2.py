"""Shelly devices of the second, third and fourth generation: JSON in RPC frames and status topics.

A device publishes under its topic prefix, by default its id: ``<prefix>/events/rpc`` carries RPC notifications
(what changed, with the time), ``<prefix>/status/<component>`` the whole status of one component (without),
``<prefix>/online`` birth and last will. Both can be on, and then say the same thing. Answers to RPC requests
go to ``<src of the request>/rpc``. Source: Shelly's public documentation of the Gen2+ API, MQTT and
Notifications.
"""

import math
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from ...clock import EARLIEST, parse_time
from ..findings import Findings
from ..json_payload import Unreadable, json_text, load_object
from ..message import Message
from ..parsed import DeviceInfo, Parsed
from ..parser import Parser
from ..settings import ParserSettings
from ..shelly import MANUFACTURER, is_gen2_name, read_presence, signal_dbm
from ..shelly_components import component_of, read_component

_STATUS_METHODS = frozenset({"NotifyStatus", "NotifyFullStatus"})
_ABOUT_DEVICE = frozenset({"sys", "wifi", "eth"})
_QUIET_COMPONENTS = frozenset(
    {"ble", "cloud", "mqtt", "ws", "modbus", "ht_ui", "plugs_ui", "bthome", "matter"}
)
_LEGACY_ROOT = "shellies"
_BLUETOOTH_VALUE = "bthomesensor:"

_Object = Mapping[str, object]
_NOTHING: _Object = MappingProxyType({})


def _read(message: Message, _settings: ParserSettings) -> Parsed:
    prefix, kind, name = _address(message.topic)
    reader = _READERS.get(kind)
    if reader is None or not message.payload.strip():  # an empty payload takes a retained message back
        return Parsed((), prefix)
    return reader(message, prefix, name)


def _address(topic: str) -> tuple[str, str, str]:
    """Topic prefix, what is published there, and of which component. Answers to others have no prefix."""
    head, _, last = topic.rpartition("/")
    prefix, _, level = head.rpartition("/")
    if last == "rpc":
        if level in ("events", "status"):  # a request whose src was "<prefix>/status" is answered there
            return prefix, "events" if level == "events" else "rpc", ""
        return "", "rpc", ""
    if level == "status" and prefix:
        return prefix, "status", last
    if last in ("online", "announce") and head:
        return head, last, ""
    return prefix, "", ""


def _read_online(message: Message, prefix: str, _name: str) -> Parsed:
    findings = Findings(message, prefix)
    read_presence(findings, message.payload)
    return findings.parsed()


def _read_status(message: Message, prefix: str, name: str) -> Parsed:
    component = component_of(name)
    findings = Findings(message, prefix)
    if component is None and name not in _ABOUT_DEVICE:
        _say_what_it_is(findings, name)
        return findings.parsed("status")
    status = load_object(message.payload)
    if isinstance(status, Unreadable):
        findings.unreadable(status, name)
    elif component is not None:
        read_component(findings, name, component, status)
    else:
        _add_info(findings, "", {name: status})
    return findings.parsed("status")


def _read_frame(message: Message, prefix: str, _name: str) -> Parsed:
    frame = load_object(message.payload)
    if isinstance(frame, Unreadable):
        return Parsed((frame.problem(prefix),), prefix)
    source = json_text(frame.get("src"))
    if not (prefix or source):
        return Parsed()  # nobody can tell who speaks
    findings = Findings(message, prefix or source)
    method = json_text(frame.get("method"))
    if method in _STATUS_METHODS:
        _read_whole(findings, source, frame.get("params"))
        return findings.parsed("rpc")
    if method == "NotifyEvent":
        _add_info(findings, source, _NOTHING)
        return findings.parsed("rpc")
    if "method" in frame:
        return Parsed((), prefix)  # a request, and src is not a device
    result = frame.get("result")
    if source and isinstance(result, dict):
        if "mac" in result and "id" in result:
            _add_identity(findings, result)
        else:
            _read_whole(findings, source, result)
    return findings.parsed("reply")


def _read_whole(findings: Findings, source: str, status: object) -> None:
    """The status of a device or a part of it: an object with the components by name."""
    if not isinstance(status, dict):
        findings.problem("invalid_value", "The frame has no object with the status of the components.")
        return
    _set_time(findings, status["ts"] if "ts" in status else _object(status.get("sys")).get("unixtime"))
    for channel, part in status.items():
        component = component_of(channel)
        if component is None or part is None:
            _say_what_it_is(findings, channel)
            continue
        if isinstance(part, dict):
            read_component(findings, channel, component, part)
        else:
            findings.problem("invalid_value", f"{channel}: an object is needed.")
        if findings.full:
            break
    _add_info(findings, source, status)


def _say_what_it_is(findings: Findings, channel: str) -> None:
    """A value of a Bluetooth device (Shelly BLU) comes with a number only: which quantity it is, its gateway knows."""
    if channel.startswith(_BLUETOOTH_VALUE):
        text = f"{channel} is a value of a Bluetooth device that does not say what it measures."
        findings.problem("not_understood", text)


def _set_time(findings: Findings, time: object) -> None:
    if time is None:
        return
    if isinstance(time, bool) or not isinstance(time, int | float) or not math.isfinite(time):
        findings.problem("invalid_time", "The time of the message is no number of seconds.")
        return
    at: datetime | None = parse_time(time)
    if at is None or at < EARLIEST:
        findings.impossible_time = True  # the clock was not set yet and counts from the start of the device
    else:
        findings.at = at


def _add_info(findings: Findings, source: str, status: _Object) -> None:
    system, wifi, ethernet = (_object(status.get(name)) for name in ("sys", "wifi", "eth"))
    alias = source if source != findings.device else ""
    mac = json_text(system.get("mac"))
    address = json_text(wifi.get("sta_ip")) or json_text(ethernet.get("ip"))
    signal = signal_dbm(wifi.get("rssi"))
    if alias or mac or address or signal is not None:
        findings.add(
            DeviceInfo(findings.device, alias, MANUFACTURER, ip_address=address, mac=mac, signal_dbm=signal)
        )


def _add_identity(findings: Findings, identity: _Object) -> None:
    """The answer to ``Shelly.GetDeviceInfo``, also published on ``announce``."""
    name = json_text(identity.get("id"))
    findings.add(
        DeviceInfo(
            findings.device,
            name if name != findings.device else "",
            MANUFACTURER,
            json_text(identity.get("model")),
            json_text(identity.get("ver")) or json_text(identity.get("fw_id")),
            mac=json_text(identity.get("mac")),
        )
    )


def _read_announce(message: Message, prefix: str, _name: str) -> Parsed:
    identity = load_object(message.payload)
    if isinstance(identity, Unreadable):
        return Parsed((identity.problem(prefix),), prefix)
    device = json_text(identity.get("id")) if prefix == _LEGACY_ROOT else prefix
    if not device:
        return Parsed((), prefix)
    findings = Findings(message, device)
    _add_identity(findings, identity)
    return findings.parsed()


_READERS: Mapping[str, Callable[[Message, str, str], Parsed]] = MappingProxyType(
    {
        "events": _read_frame,
        "rpc": _read_frame,
        "status": _read_status,
        "online": _read_online,
        "announce": _read_announce,
    }
)


def _object(value: object) -> _Object:
    return value if isinstance(value, dict) else _NOTHING


def _recognise(topic: str, payload: bytes) -> int:
    prefix, kind, name = _address(topic)
    named = topic[:6].lower() == "shelly"
    if kind == "events":
        return 95
    if kind == "rpc":
        asked = b'"src"' in payload and any(key in payload for key in (b'"result"', b'"method"', b'"error"'))
        return 75 if asked else 0
    if kind == "status":
        return _recognise_status(name, payload, named)
    if kind == "announce":
        return 90 if b'"gen"' in payload else 0
    if kind == "online":
        return _recognise_online(prefix, payload)
    return 40 if named and is_gen2_name(topic.partition("/")[0]) else 0


def _recognise_status(name: str, payload: bytes, named: bool) -> int:
    if payload[:64].lstrip()[:1] not in (b"{", b""):
        return 0
    if component_of(name) is not None:
        return 90
    if name in _ABOUT_DEVICE or name in _QUIET_COMPONENTS or name.partition(":")[2].isdigit():
        return 85 if named else 65
    return 61 if named else 0


def _recognise_online(prefix: str, payload: bytes) -> int:
    if payload.strip().lower() not in (b"true", b"false", b""):
        return 0
    root, _, rest = prefix.partition("/")
    if root == _LEGACY_ROOT:  # the first generation's root, under which people put the later ones too
        return 90 if is_gen2_name(rest.rpartition("/")[2]) else 20
    return 85 if root[:6].lower() == "shelly" else 20


PARSER = Parser(
    name="shelly_gen2",
    label="Shelly Gen2, Gen3, Gen4",
    read=_read,
    recognise=_recognise,
    topics=("{device}/events/rpc", "{device}/status/#", "{device}/online"),
    echoes=MappingProxyType({"status": "rpc"}),
    expected_interval=60,
    on_change=True,
    offline_after=180,
)
