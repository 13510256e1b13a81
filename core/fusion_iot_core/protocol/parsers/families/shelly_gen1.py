"""Shelly devices of the first generation: one plain value a topic, under ``shellies/<device>/``.

Source: Shelly's public documentation of the Gen1 API, section MQTT of each device. Energy of relays, lights and
rollers counts watt-minutes since the device started; ``total`` and ``total_returned`` of an energy meter count
watt-hours and survive. Its ``energy`` and ``returned_energy`` are what flowed since the last report, which is no
counter: a channel of its own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from ...quantities import QUANTITIES, convert
from ...serials import normalise_serial
from ..findings import Findings
from ..json_payload import Unreadable, json_number, json_text, load_object, text_number
from ..message import Message
from ..parsed import DeviceInfo, Parsed
from ..parser import Parser
from ..settings import ParserSettings
from ..shelly import MANUFACTURER, is_gen2_name, read_number, read_presence, signal_dbm

_ROOT = "shellies"
_SINCE_REPORT = ".interval"


@dataclass(frozen=True, slots=True)
class _Row:
    """What a topic's value is.

    :ivar unit: in which the device says it; empty for the quantity's own
    :ivar part: what sets its channel apart from the component's
    :ivar voice: which voice says it
    :ivar unit_assumed: the device can be set to another unit, and does not say to which
    """

    quantity: str
    unit: str = ""
    part: str = ""
    voice: str = ""
    unit_assumed: bool = False


@dataclass(frozen=True, slots=True)
class _Probes:
    """What a topic says of all probes at once: ``{"0": {"hwID": …, "tC": …}}``.

    :ivar component: of the channels
    :ivar key: where the value of a probe is
    :ivar voice: which voice says it
    """

    component: str
    quantity: str
    key: str
    voice: str


_LOADS = ("relay", "roller", "light", "color", "white", "meter")
# (component, leaf) of a topic <device>/<component>/<index>/<leaf> or <device>/<component>/<leaf> -> what it is
_ROWS: Mapping[tuple[str, str], _Row] = MappingProxyType(
    {
        **dict.fromkeys(((load, "power") for load in _LOADS), _Row("power")),
        **dict.fromkeys(((load, "energy") for load in _LOADS), _Row("energy", "Wmin")),
        ("emeter", "power"): _Row("power"),
        ("emeter", "reactive_power"): _Row("reactive_power"),
        ("emeter", "voltage"): _Row("voltage"),
        ("emeter", "current"): _Row("current"),
        ("emeter", "pf"): _Row("power_factor"),
        ("emeter", "total"): _Row("energy"),
        ("emeter", "total_returned"): _Row("energy_returned"),
        ("emeter", "energy"): _Row("energy", "Wmin", _SINCE_REPORT),
        ("emeter", "returned_energy"): _Row("energy_returned", "Wmin", _SINCE_REPORT),
        ("ext_temperature", ""): _Row("temperature", voice="ext_temperature"),
        ("ext_humidity", ""): _Row("humidity", voice="ext_humidity"),
        ("adc", ""): _Row("voltage"),
        ("sensor", "temperature"): _Row("temperature", unit_assumed=True),
        ("sensor", "humidity"): _Row("humidity"),
        ("sensor", "battery"): _Row("battery"),
        ("", "temperature"): _Row("device_temperature"),
        ("", "voltage"): _Row("voltage"),
    }
)
_PROBES: Mapping[str, _Probes] = MappingProxyType(
    {
        "ext_temperatures": _Probes("ext_temperature", "temperature", "tC", "ext_temperatures"),
        "ext_humidities": _Probes("ext_humidity", "humidity", "hum", "ext_humidities"),
    }
)
# what is switched, with the meter behind it; a relay beside an energy meter is before none of its channels
_RELAYS = frozenset((load, "") for load in ("relay", "light", "color", "white"))
# in the status of a sensor, as an object with "value" or as the value itself
_CLIMATE = (("tmp", "temperature"), ("hum", "humidity"), ("bat", "battery"))
_SENSOR = "sensor"
_STATUS_WITH_POWER = frozenset({"color", "white"})
_INDEXED = frozenset(component for component, _leaf in _ROWS if component) | {
    "input",
    "input_event",
    "longpush",
    "valve",
    "ext_temperature_f",
    "ext_switch",
    "thermostat",
}
_NAMED = frozenset({_SENSOR, "relay"})
# leaves right under the device that measure nothing, or nothing that another topic does not say
_QUIET = frozenset(
    {
        "command",
        "ext_temperatures_f",
        "loaderror",
        "overload",
        "overpower",
        "overtemperature",
        "settings",
        "temperature_f",
        "temperature_status",
    }
)


@dataclass(frozen=True, slots=True)
class _Address:
    """Where in a device a topic is. ``known`` when it has a form that devices of this family use."""

    device: str
    component: str = ""
    index: str = ""
    leaf: str = ""
    known: bool = False


def _read(message: Message, _settings: ParserSettings) -> Parsed:
    address = _address(message.topic)
    if not address.known or not message.payload.strip():  # an empty payload takes a retained message back
        return Parsed((), address.device)
    if (address.component, address.leaf) in _RELAYS and address.index:
        return _read_relay(message, address)
    if row := _ROWS.get((address.component, address.leaf)):
        return _read_value(message, address, row)
    if not address.component:
        if probes := _PROBES.get(address.leaf):
            return _read_probes(message, address, probes)
        if reader := _READERS.get(address.leaf):
            return reader(message, address)
    elif address.leaf == "status" and address.component in _STATUS_WITH_POWER:
        return _read_light(message, address)
    elif (address.component, address.leaf) == (_SENSOR, "error"):
        return _read_error(message, address)
    return Parsed((), address.device)


def _address(topic: str) -> _Address:
    levels = topic.split("/")
    if _ROOT in levels:
        start = levels.index(_ROOT)
        while (
            start < len(levels) and levels[start] == _ROOT
        ):  # people set the root as part of the device's id
            start += 1
        levels = levels[start:]
        if levels == ["announce"]:
            return _Address("", leaf="announce", known=True)
    device = "/".join
    if len(levels) > 3 and _is_index(levels[-3:]):
        return _Address(device(levels[:-3]), levels[-3], levels[-2], levels[-1], True)
    if len(levels) > 2 and _is_index(levels[-2:]):
        return _Address(device(levels[:-2]), levels[-2], levels[-1], "", True)
    if len(levels) > 2 and levels[-2] in _NAMED:
        return _Address(device(levels[:-2]), levels[-2], "", levels[-1], True)
    if len(levels) > 1 and _is_leaf(levels[-1]):
        return _Address(device(levels[:-1]), leaf=levels[-1], known=True)
    return _Address(levels[0] if len(levels) > 1 else "")


def _is_index(levels: Sequence[str]) -> bool:
    return levels[0] in _INDEXED and levels[1].isascii() and levels[1].isdigit() and len(levels[1]) <= 3


def _is_leaf(level: str) -> bool:
    return ("", level) in _ROWS or level in _PROBES or level in _READERS or level in _QUIET


def _channel(address: _Address) -> str:
    return f"{address.component}:{address.index}" if address.index else address.component


def _read_value(message: Message, address: _Address, row: _Row) -> Parsed:
    findings = Findings(message, address.device)
    channel = _channel(address) + row.part
    if message.payload.strip() == b"null":
        findings.broken(row.quantity, channel)
    else:
        number = _converted(text_number(message.payload), row)
        read_number(findings, row.quantity, number, channel, unit_assumed=row.unit_assumed)
    return findings.parsed(row.voice)


def _converted(value: float | Unreadable, row: _Row) -> float | Unreadable:
    if isinstance(value, Unreadable) or not row.unit:
        return value
    return json_number(convert(value, row.unit, QUANTITIES[row.quantity].unit))


def _read_probes(message: Message, address: _Address, probes: _Probes) -> Parsed:
    findings = Findings(message, address.device)
    document = load_object(message.payload)
    if isinstance(document, Unreadable):
        findings.unreadable(document, address.leaf)
        return findings.parsed(probes.voice)
    for index, probe in document.items():
        if not (index.isascii() and index.isdigit() and len(index) <= 3 and isinstance(probe, dict)):
            continue
        channel = f"{probes.component}:{index}"
        serial = normalise_serial(json_text(probe.get("hwID")))
        _read_json_value(findings, probes.quantity, probe.get(probes.key), channel, serial)
    return findings.parsed(probes.voice)


def _read_json_value(
    findings: Findings, quantity: str, value: object, channel: str, serial: str = "", unit: str = ""
) -> None:
    if value is None:  # since firmware 1.12.1 the word for a sensor that fails
        findings.broken(quantity, channel, serial)
    else:
        number = _converted(json_number(value), _Row(quantity, unit))
        read_number(findings, quantity, number, channel, serial)


def _read_relay(message: Message, address: _Address) -> Parsed:
    findings = Findings(message, address.device)
    word = message.payload.strip().lower()
    if word in (b"on", b"off"):
        findings.switched(_channel(address), word == b"on")
    return findings.parsed()


def _read_light(message: Message, address: _Address) -> Parsed:
    findings = Findings(message, address.device)
    status = load_object(message.payload)
    if isinstance(status, Unreadable):
        findings.unreadable(status, _channel(address))
        return findings.parsed()
    on = status.get("ison")
    if isinstance(on, bool):
        findings.switched(_channel(address), on)
    if "power" in status:
        power = status["power"]
        dark = on is False and type(power) in (int, float)
        _read_json_value(findings, "power", 0.0 if dark else power, _channel(address))
    return findings.parsed()


def _read_error(message: Message, address: _Address) -> Parsed:
    findings = Findings(message, address.device)
    code = text_number(message.payload)
    if isinstance(code, Unreadable) or code != 0:
        findings.problem("sensor_fault", "The device reports an error of its sensor.")
    return findings.parsed()


def _read_online(message: Message, address: _Address) -> Parsed:
    findings = Findings(message, address.device)
    read_presence(findings, message.payload)
    return findings.parsed()


def _read_announce(message: Message, address: _Address) -> Parsed:
    identity = load_object(message.payload)
    if isinstance(identity, Unreadable):
        return Parsed((identity.problem(address.device),), address.device)
    name = json_text(identity.get("id"))
    findings = Findings(message, address.device or name)
    if findings.device:
        findings.add(
            DeviceInfo(
                findings.device,
                name if name != findings.device else "",
                MANUFACTURER,
                json_text(identity.get("model")),
                json_text(identity.get("fw_ver")),
                json_text(identity.get("ip")),
                json_text(identity.get("mac")),
            )
        )
    return findings.parsed()


def _read_info(message: Message, address: _Address) -> Parsed:
    """The whole status, published once after the start: what a device measures it also says on its topics.

    A radiator valve does not; of it, temperature and battery are read here.
    """
    findings = Findings(message, address.device)
    status = load_object(message.payload)
    if isinstance(status, Unreadable):
        findings.unreadable(status, "info")
        return findings.parsed()
    wifi, update = _object(status.get("wifi_sta")), _object(status.get("update"))
    findings.add(
        DeviceInfo(
            address.device,
            manufacturer=MANUFACTURER,
            firmware=json_text(update.get("old_version")),
            ip_address=json_text(wifi.get("ip")),
            mac=json_text(status.get("mac")),
            signal_dbm=signal_dbm(wifi.get("rssi")),
        )
    )
    thermostats = status.get("thermostats")
    if isinstance(thermostats, list) and thermostats:
        _read_climate(findings, {**_object(thermostats[0]), "bat": status.get("bat")})
    return findings.parsed()


def _read_sensor_status(message: Message, address: _Address) -> Parsed:
    findings = Findings(message, address.device)
    status = load_object(message.payload)
    if isinstance(status, Unreadable):
        findings.unreadable(status, "status")
    else:
        _read_climate(findings, status)
    return findings.parsed()


def _read_climate(findings: Findings, status: Mapping[str, object]) -> None:
    for key, quantity in _CLIMATE:
        entry = status.get(key)
        if isinstance(entry, dict):
            if entry.get("is_valid") is False:
                findings.broken(quantity, _SENSOR)
            elif "value" in entry:
                unit = "°F" if entry.get("units") == "F" else ""
                _read_json_value(findings, quantity, entry["value"], _SENSOR, unit=unit)
        elif entry is not None:
            _read_json_value(findings, quantity, entry, _SENSOR)


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


_READERS: Mapping[str, Callable[[Message, _Address], Parsed]] = MappingProxyType(
    {
        "online": _read_online,
        "announce": _read_announce,
        "info": _read_info,
        "status": _read_sensor_status,
    }
)


def _recognise(topic: str, payload: bytes) -> int:
    address = _address(topic)
    later = is_gen2_name(address.device.rpartition("/")[2])
    if _ROOT not in topic.split("/"):
        return 55 if address.known and not later and address.device[:6].lower() == "shelly" else 0
    if not address.known:
        return 60
    if address.leaf == "online" and later:
        return 50
    if address.leaf == "announce" and b'"gen"' in payload:
        return 50
    return 85


PARSER = Parser(
    name="shelly_gen1",
    label="Shelly Gen1",
    read=_read,
    recognise=_recognise,
    topics=("shellies/{device}/#",),
    echoes=MappingProxyType({"ext_temperature": "ext_temperatures", "ext_humidity": "ext_humidities"}),
    expected_interval=30,
    on_change=True,
    offline_after=120,
)
