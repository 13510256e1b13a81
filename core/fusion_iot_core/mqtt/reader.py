"""From messages to what the database is told: pure, no cursor, no record."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from ..commands import CannotSwitch, Ear, Target, ears
from ..protocol import Measurement
from ..protocol.echoes import EchoFilter
from ..protocol.parsers import (
    DEFAULT_SETTINGS,
    DETECT,
    PARSERS,
    DeviceInfo,
    Parsed,
    ParserSettings,
    Presence,
    Problem,
    detect,
    read,
)
from ..protocol.parsers.home_assistant import is_description, told_unit
from ..protocol.switching import Switching
from ..throttle import Throttle
from .discovered import Discovered, Discoveries
from .inbound import Inbound
from .route import Route
from .router import Router
from .stale import Stale
from .too_fast import TooFast

_logger = logging.getLogger(__name__)
_bugs_told = Throttle(interval=60.0)
_NOTHING_SAID = DeviceInfo("")
_MOST_UNITS = 20_000
_RELAYS_TOLD_EVERY = timedelta(minutes=1)


class Reading(NamedTuple):
    """A message that was read.

    :ivar parser: name of the parser; empty when none recognised it
    :ivar route: the device that claims it; ``None`` when nobody does
    :ivar measurements: those that count, under the device's registered identifier where it has one
    :ivar error: what could not be understood; empty when everything was, and when nobody says that it should be
    """

    inbound: Inbound
    parser: str
    parsed: Parsed
    route: Route | None
    measurements: Sequence[Measurement]
    error: str


@dataclass(slots=True)
class Intake:
    """What a batch of messages means.

    :ivar presences: by `iot.device` id, the newest, with whether it came from the broker's store
    :ivar infos: what devices say of themselves, by `iot.device` id, where it is new
    :ivar heard: identifier and company of devices that said something of themselves just now, new or not
    :ivar logged: those that are kept for looking at
    :ivar voices: all main voices by `mqtt.device` id, where one was heard for the first time
    :ivar relays: whether relays are on, by id of the switch, where that is new or was not told for a minute; and
        whether it came from the broker's store
    """

    received_at: datetime
    readings: list[Reading] = field(default_factory=list)
    presences: dict[int, tuple[bool, bool]] = field(default_factory=dict)
    infos: dict[int, DeviceInfo] = field(default_factory=dict)
    heard: set[tuple[str, int | None]] = field(default_factory=set)
    voices: dict[int, str] = field(default_factory=dict)
    relays: dict[int, tuple[bool, bool]] = field(default_factory=dict)
    discovered: list[Discovered] = field(default_factory=list)
    logged: list[Reading] = field(default_factory=list)

    @property
    def problems(self) -> int:
        """How many messages were not understood whole."""
        return sum(bool(reading.error) for reading in self.readings)

    def halves(self) -> tuple[Intake, Intake]:
        """Two parts of it; what is said of devices goes with the first."""
        middle = (len(self.readings) + 1) // 2
        first, second = self.readings[:middle], self.readings[middle:]
        in_first = {id(reading) for reading in first}
        logged: tuple[list[Reading], list[Reading]] = ([], [])
        for reading in self.logged:
            logged[id(reading) not in in_first].append(reading)
        return replace(self, readings=first, logged=logged[0]), Intake(
            self.received_at, second, logged=logged[1]
        )


class Reader:
    """Reads the messages of one connection. Remembers what it takes to count nothing twice.

    :ivar too_fast: samples what comes faster than anything can change
    :ivar stale: counts what a broker had kept and marks as of unknown age
    :ivar company: id of the company of the connection, for what no registered device says; ``None``: of all
    """

    def __init__(self, routes: Iterable[Route], discovering: bool, company: int | None = None) -> None:
        self.discovering = discovering
        self.too_fast = TooFast()
        self.stale = Stale()
        self.company = company
        self._echoes = EchoFilter()
        self._switching = Switching()
        self._units: dict[str, str] = {}
        self._discoveries = Discoveries()
        self._infos: dict[int, DeviceInfo] = {}
        self._said: dict[int, DeviceInfo] = {}
        self._voices: dict[int, set[str]] = {}
        self._ears: dict[str, list[tuple[int, Ear]]] = {}
        self._relays: dict[int, tuple[bool, datetime]] = {}
        self.router = Router(())
        self.use(routes)

    def use(self, routes: Iterable[Route]) -> None:
        """Take over the registered devices as they are now."""
        self.router = Router(routes)
        for route in self.router.routes:
            if route.power_channels:
                self._switching.know(route.identifier, route.power_channels)
        self._ears = _ears(self.router.routes)
        self._forget_infos()

    def tell_again(self) -> None:
        """What messages said of their devices was not stored; it is to be told when they are read once more."""
        self._forget_infos()
        self._voices.clear()

    def intake(self, messages: Sequence[Inbound], received_at: datetime | None = None) -> Intake:
        """What these messages mean, in order of receipt.

        :param received_at: when the last of them was, if there are none
        """
        intake = Intake(received_at or messages[-1].message.received_at)
        self.stale.look(messages)
        for inbound in messages:
            reading = self._read(inbound, intake)
            intake.readings.append(reading)
        intake.discovered = self._discoveries.take()
        return intake

    def _read(self, inbound: Inbound, intake: Intake) -> Reading:
        message = inbound.message
        if is_description(message.topic):
            self._note_unit(inbound)
            return Reading(inbound, "", Parsed(), None, (), "")
        if message.topic in self._ears:
            self._note_relays(inbound, intake)
        candidates = self.router.candidates(message.topic)
        told = self._units.get(message.topic, "")
        parsed, name = _parse(inbound, candidates[0] if candidates else None, told)
        route = self.router.claim(candidates, parsed)
        if route is None:
            if self.discovering:
                self._discoveries.add(message, parsed, name)
        elif not _read_alike(route, candidates[0]):
            parsed, name = _parse(inbound, route, told)
        measurements: Sequence[Measurement] = parsed.measurements
        error = ""
        if len(measurements) < len(parsed.items):
            if route is not None:
                self._note_device(route, parsed, message.retained, intake)
            if route is not None or name:
                error = " ".join(problem.message for problem in parsed.problems)
        if measurements:
            measurements = self._counting(measurements, message.received_at, parsed, name, route, intake)
        if route is not None and parsed.items:
            measurements = self._after_switching(measurements, message.received_at, parsed, route)
        if measurements and not inbound.qos:
            measurements = self.too_fast.sample(measurements, message.received_at.timestamp())
        return Reading(inbound, name, parsed, route, measurements, error)

    def _note_unit(self, inbound: Inbound) -> None:
        """Remember in which unit a bare value is, as its device describes it for others; the broker keeps that."""
        said = told_unit(inbound.message)
        if said is None:
            return
        if not said.unit:
            self._units.pop(said.topic, None)
        elif said.topic in self._units or len(self._units) < _MOST_UNITS:
            self._units[said.topic] = said.unit

    def _after_switching(
        self, measurements: Sequence[Measurement], at: datetime, parsed: Parsed, route: Route
    ) -> Sequence[Measurement]:
        """The measurements with what relays that are off say of the power behind them."""
        after = self._switching.follow(route.identifier, measurements, parsed, at)
        if after is measurements:
            return measurements
        return [
            item
            if item.received_at is not None
            else item._replace(device=route.identifier, received_at=at, company=route.company)
            for item in after
        ]

    def _counting(
        self,
        measurements: Sequence[Measurement],
        at: datetime,
        parsed: Parsed,
        name: str,
        route: Route | None,
        intake: Intake,
    ) -> Sequence[Measurement]:
        parser = PARSERS[name]
        if parser.echoes:
            device = route.identifier if route else parsed.device
            voices = self._voices_of(route, at) if route else set()
            measurements = self._echoes.pass_on(device, parsed, parser, at)
            if route and parsed.voice in parser.echoes.values() and parsed.voice not in voices:
                voices.add(parsed.voice)
                intake.voices[route.id] = " ".join(sorted(voices))
        if route is None:
            return [item._replace(received_at=at, company=self.company) for item in measurements]
        return [
            item._replace(device=route.identifier, received_at=at, company=route.company)
            for item in measurements
        ]

    def _voices_of(self, route: Route, at: datetime) -> set[str]:
        """The main voices of a device, as learnt so far; those from before a restart are told to the echo filter."""
        voices = self._voices.get(route.id)
        if voices is None:
            voices = self._voices[route.id] = set(route.main_voice.split())
            for voice in voices:
                self._echoes.know(route.identifier, voice, at)
        return voices

    def _note_device(self, route: Route, parsed: Parsed, retained: bool, intake: Intake) -> None:
        key = route.device_id
        for item in parsed.items:
            if isinstance(item, Presence):
                intake.presences[key] = (item.online, retained)
            elif isinstance(item, DeviceInfo):
                if not retained:
                    intake.heard.add((route.identifier, route.company))
                said = item._replace(device="", local_time="")
                if said == _NOTHING_SAID or said == self._said.get(key):
                    continue
                self._said[key] = said
                known = self._infos.get(key)
                merged = _merged(known, said._replace(device=route.identifier))
                if merged != known:
                    self._infos[key] = intake.infos[key] = merged

    def _note_relays(self, inbound: Inbound, intake: Intake) -> None:
        """Note what a message says of relays that people may switch, where it is another than before.

        What is known of one may have come another way, as an answer to a command: it is told again after a while.
        """
        message = inbound.message
        for switch_id, ear in self._ears[message.topic]:
            try:
                on = ear.hear(message.payload)
            except Exception:  # of whatever addon
                if _bugs_told.due(message.topic):
                    _logger.exception(
                        "The state of a relay cannot be read from a message of %s.", message.topic
                    )
                continue
            if on is None:
                continue
            known = self._relays.get(switch_id)
            if known is None or on is not known[0] or message.received_at - known[1] >= _RELAYS_TOLD_EVERY:
                self._relays[switch_id] = (on, message.received_at)
                intake.relays[switch_id] = (on, message.retained)

    def _forget_infos(self) -> None:
        self._infos.clear()
        self._said.clear()
        self._relays.clear()


def _ears(routes: Iterable[Route]) -> dict[str, list[tuple[int, Ear]]]:
    """What listens for the state of relays, by topic, with the id of the switch."""
    found: dict[str, list[tuple[int, Ear]]] = {}
    for route in routes:
        for switch_id, family, relay in route.switches:
            with suppress(CannotSwitch):
                for topic, ear in ears(family, Target(route.identifier, route.topic_pattern, relay)).items():
                    found.setdefault(topic, []).append((switch_id, ear))
    return found


def _parse(inbound: Inbound, route: Route | None, told_unit: str) -> tuple[Parsed, str]:
    """What a message says, and the name of the parser; empty where none recognises it."""
    try:
        return _parsed(inbound, route, told_unit)
    except Exception:  # the mistake of one parser must not hold up all devices
        topic = inbound.message.topic
        name = route.parser if route and route.parser in PARSERS else ""
        if _bugs_told.due(name):
            _logger.exception("The parser %s failed at a message of %s.", name or "to be detected", topic)
        text = "The message could not be read because of an error in the program. The log of the server says more."
        return Parsed((Problem("", "parser_failed", text),)), name


def _parsed(inbound: Inbound, route: Route | None, told_unit: str) -> tuple[Parsed, str]:
    message = inbound.message
    name = route.parser if route else DETECT
    if name == DETECT:
        parser = detect(message.topic, message.payload)
        if parser is None:
            return read(message), ""
        name = parser.name
    elif name not in PARSERS:
        problem = Problem(
            "", "unknown_parser", f"There is no parser {name}. Choose another one for the device."
        )
        return Parsed((problem,)), ""
    settings: ParserSettings = route.settings if route else DEFAULT_SETTINGS
    return read(message, name, replace(settings, told_unit=told_unit) if told_unit else settings), name


def _read_alike(one: Route, other: Route) -> bool:
    return one is other or (one.parser, one.settings) == (other.parser, other.settings)


def _merged(old: DeviceInfo | None, new: DeviceInfo) -> DeviceInfo:
    """What is known after ``new``: what it does not say stays."""
    if old is None:
        return new
    return old._replace(**{name: value for name, value in new._asdict().items() if value not in ("", None)})
