"""JSON of any make.

With rules, what they say and nothing else. Without, a person's glance: numbers under names that say what they are
(:mod:`..words`) in the object, in objects and lists of objects inside it, and once more inside those. The ROM of a
DS18B20 is such a name, wherever it stands: as a key, in an object's ``id``, in the topic. An object that is a ``value``
and nothing else is named by its topic, as Z-Wave JS UI, Victron and mqtt-smarthome have it; in what unit that is, the
topic does not say.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ...quantities import units_for
from ...serials import is_rom, normalise_serial, rom_in
from ..amounts import quantity_in, text_amount, unit_named
from ..device_clock import NO_TIME, DeviceTime, read_device_time
from ..json_path import Path, PathError, at_same_place, find, parse_path, shown_path
from ..json_payload import NAMED_TWICE, Unreadable, json_number, json_text, load_json
from ..message import Message
from ..parsed import Parsed
from ..parser import Parser
from ..readings import Readings, Value
from ..rules import value_by_rule
from ..settings import ParserSettings, Rule
from ..tasmota_zigbee import is_zigbee
from ..topic_names import PROBE, is_command, meaning_of, place_of, rom_of
from ..words import NO_GUESS, Guess, guess

_DEEPEST = 2
_VALUES = frozenset(("value", "val", "reading", "percent"))
_KINDS = ("quantity", "type", "kind", "measurement", "sensor", "name")
_KINDS_ONLY = ("quantity", "type", "kind", "measurement")
_ANY_ROM = "28-000000000000"
_TIMES = ("timestamp", "time", "ts", "datetime", "epoch", "read_at", "measured_at", "last_seen")
_UNITS = ("unit", "units", "uom", "unit_of_measurement")
_SERIALS = ("serial", "rom", "device_serial", "hwid")
# these name a probe only where they hold the code of one
_ADDRESSES = ("addr", "address", "id", "sensor_id", "sensor", "probe", "device", "name", "key")
_BYTES = re.compile(r"[0-9A-Fa-f]{2}(?:[: .-][0-9A-Fa-f]{2}){5,7}\Z")
_EARLIEST_EPOCH = 1_000_000_000
# with these beside it a value is not named by itself
_NAMES = frozenset((*_KINDS, *_ADDRESSES, *_SERIALS))


def read(message: Message, settings: ParserSettings) -> Parsed:
    """Read a JSON payload by the rules of the device, or by its names if it has none."""
    device = message.topic
    if not device or not message.payload.strip():
        return Parsed(device=device)
    document = load_json(message.payload)
    if isinstance(document, Unreadable):
        return Parsed((document.problem(device),), device)
    if not isinstance(document, dict | list):
        text = "The payload is a bare value, which the parser for plain numbers reads."
        return Parsed((Unreadable("invalid_json", text).problem(device),), device)
    found = Readings(message, device)
    times = _Times(document, settings, message)
    if settings.rules:
        for rule in settings.rules:
            _read_by_rule(found, document, rule, times)
    else:
        if is_command(message.topic):
            return Parsed(device=device)
        serial = rom_of(message.topic)
        for candidate in _candidates(document, message.topic):
            _read_candidate(found, candidate, times, serial)
    if times.problem:
        found.unreadable(times.problem)
    return found.parsed()


def recognise(topic: str, payload: bytes) -> int:
    """JSON in which something can be read without knowing whose it is."""
    if payload.lstrip()[:1] not in (b"{", b"[") or topic.startswith("$") or is_command(topic):
        return 0
    document = load_json(payload)
    return 10 if any(candidate.raw is not None for candidate in _candidates(document, topic)) else 0


class _Times:
    """The source times in one document: at the path a person set, or else under a usual name."""

    def __init__(self, document: object, settings: ParserSettings, message: Message) -> None:
        self.document = document
        self.zone = settings.timezone
        self.message = message
        self.problem: Unreadable | None = None
        self.path: Path | None = None
        if settings.time_path:
            try:
                self.path = parse_path(settings.time_path)
            except PathError as exc:
                self.problem = Unreadable("invalid_rule", f"The path of the time is {exc}.")
                self.path = ()
        self._common = self._beside(document) if isinstance(document, dict) else None

    def of(self, place: Path, node: object = None) -> DeviceTime:
        """The time of the value at ``place``, which is in the object ``node``."""
        if self.path is not None:
            return self._at_path(place)
        own = self._beside(node) if isinstance(node, dict) else None
        return own or self._common or NO_TIME

    def _at_path(self, place: Path) -> DeviceTime:
        if not self.path:
            return NO_TIME
        for _where, value in find(self.document, at_same_place(self.path, place)):
            time = read_device_time(value, self.zone, self.message.received_at)
            if time is None:
                self.problem = Unreadable("invalid_time", f"No time is at {shown_path(self.path)}.")
            return time or NO_TIME
        self.problem = Unreadable(
            "missing_field", f"Nothing is at {shown_path(self.path)}, the path of the time."
        )
        return NO_TIME

    def _beside(self, node: dict[str, object]) -> DeviceTime | None:
        for name in _TIMES:
            value = node.get(name)
            if isinstance(value, int | float) and not value > _EARLIEST_EPOCH:
                continue  # seconds since something else
            if value is not None and (time := read_device_time(value, self.zone, self.message.received_at)):
                return time
        return None


def _read_by_rule(found: Readings, document: object, rule: Rule, times: _Times) -> None:
    try:
        path, serial_path = parse_path(rule.path), parse_path(rule.serial_path)
    except PathError as exc:
        found.problem("invalid_rule", f"A rule of the device has what is {exc}.")
        return
    if isinstance(document, dict) and rule.path in document:
        path = (rule.path,)
    for number, (place, raw) in enumerate(find(document, path)):
        if found.full:
            return
        channel = rule.channel or json_text(shown_path(place))
        if rule.channel and "*" in path:
            channel = f"{rule.channel}[{number}]"
        serial = ""
        if serial_path:
            serials = find(document, at_same_place(serial_path, place))
            serial = next((normalise_serial(json_text(text)) for _place, text in serials), "")
        name = next((step for step in reversed(path) if isinstance(step, str)), "")
        quantity = rule.quantity or guess(name).quantity or quantity_in(rule.unit)
        found.set_time(times.of(place))
        found.value(quantity, value_by_rule(raw, rule), rule.unit, channel, serial)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A value under a name that says what it is. ``key`` is that name in the object ``node``, called ``parent``."""

    place: Path
    node: dict[str, object]
    key: str
    raw: object
    meant: Guess
    parent: str


def _candidates(document: object, topic: str) -> Iterator[_Candidate]:
    for place, node, parent in _objects(document):
        for key, raw in node.items():
            if key == "Power" and is_zigbee(node):
                continue  # the state of its switch
            meant = _meaning(node, key, parent)
            if not meant.quantity and not place:
                meant = _meaning_of_topic(node, key, topic)
            if not meant.quantity:
                continue
            if isinstance(raw, list):
                for number, member in enumerate(raw):
                    if _is_readable(member):
                        yield _Candidate((*place, key, number), node, key, member, meant, parent)
            elif _is_readable(raw):
                yield _Candidate((*place, key), node, key, raw, meant, parent)


def _objects(document: object) -> Iterator[tuple[Path, dict[str, object], str]]:
    """The objects a person would look into: where they are, themselves, and the name they have."""
    members = enumerate(document) if isinstance(document, list) else [(None, document)]
    for number, member in members:
        if isinstance(member, dict):
            yield from _objects_in(() if number is None else (number,), member, "", 0)


def _objects_in(
    place: Path, node: dict[str, object], name: str, depth: int
) -> Iterator[tuple[Path, dict[str, object], str]]:
    yield place, node, name
    if depth == _DEEPEST:
        return
    for key, value in node.items():
        if isinstance(value, dict):
            yield from _objects_in((*place, key), value, key, depth + 1)
        elif isinstance(value, list):
            for number, member in enumerate(value):
                if isinstance(member, dict):
                    yield from _objects_in((*place, key, number), member, key, depth + 1)


def _meaning(node: dict[str, object], key: str, parent: str) -> Guess:
    """What a key means; ``value`` means what another key beside it or the name of its object says."""
    if key.lower() not in _VALUES:
        return meaning_of(key)
    for name in (*(json_text(node.get(kind)) for kind in _KINDS), parent):
        meant = meaning_of(name)
        if meant.quantity:
            return meant
    unit = next((unit for text in _UNITS if (unit := unit_named(json_text(node.get(text))))), "")
    if unit:
        return Guess(quantity_in(unit), unit)
    if rom_in(parent) or any(_is_something_else(json_text(node.get(kind))) for kind in _KINDS_ONLY):
        return NO_GUESS
    return PROBE if is_rom(_serial_in(node)) else NO_GUESS


def _is_something_else(kind: str) -> bool:
    """Whether a word for the kind of a value is none for a temperature, nor for a probe."""
    return kind != "" and meaning_of(f"{_ANY_ROM} {kind}").quantity != "temperature"


def _meaning_of_topic(node: dict[str, object], key: str, topic: str) -> Guess:
    """What the ``value`` of an object that does not name it is by the topic; the unit stays open."""
    if key.lower() not in _VALUES or not _NAMES.isdisjoint(node):
        return NO_GUESS
    place = place_of(topic)
    meant = place.meant
    return replace(meant, unit=None, assumed=False) if meant.assumed and not place.at_rom else meant


def _is_readable(raw: object) -> bool:
    """Whether a value is a number or wants to be one. Words and switches are not what the name seemed to say."""
    if isinstance(raw, str):
        amount = text_amount(raw)
        return not isinstance(amount, Unreadable) or amount.fault
    return raw is None or raw is NAMED_TWICE or type(raw) in (int, float)


def _read_candidate(found: Readings, candidate: _Candidate, times: _Times, serial: str) -> None:
    channel = json_text(shown_path(candidate.place))
    if found.full or not channel:
        return
    value, printed = _value_of(candidate.raw)
    printed = printed or _unit_beside(candidate.node, candidate.key, candidate.meant.quantity)
    found.set_time(times.of(candidate.place, candidate.node))
    of_key = rom_in(candidate.key)
    if of_key and candidate.meant.quantity != "temperature":
        serial = ""  # something else of the probe
    else:
        serial = of_key or _serial_in(candidate.node) or rom_in(candidate.parent) or serial
    found.guessed(candidate.meant, value, channel, serial, printed=printed)


def _value_of(raw: object) -> tuple[Value, str]:
    """The value, and the unit printed with it."""
    if isinstance(raw, str):
        amount = text_amount(raw)
        return (amount, "") if isinstance(amount, Unreadable) else amount
    return (None if raw is None else json_number(raw)), ""


def _unit_beside(node: dict[str, object], key: str, quantity: str) -> str:
    """The unit that another key of the same object names: ``temp_unit``, ``unit``, ``temp_str``."""
    for name in (f"{key}_unit", f"{key}Unit"):
        if unit := unit_named(json_text(node.get(name))):
            return unit
    for name in _UNITS:
        unit = unit_named(json_text(node.get(name)))
        if unit and unit in units_for(quantity):
            return unit
    amount = text_amount(json_text(node.get(f"{key}_str")))
    return "" if isinstance(amount, Unreadable) else amount[1]


def _serial_in(node: dict[str, object]) -> str:
    for key in _SERIALS:
        if serial := json_text(node.get(key)):
            return normalise_serial(serial)
    for key in _ADDRESSES:
        serial = normalise_serial(json_text(node.get(key)))
        # six bytes are not all of a ROM, so they stay as they are
        if is_rom(serial) or (_BYTES.match(serial) and "28" in (serial[:2], serial[-2:])):
            return serial
    return ""


PARSER = Parser(
    name="json",
    label="Generic JSON",
    read=read,
    recognise=recognise,
    topics=("{device}",),
    configurable=True,
)
