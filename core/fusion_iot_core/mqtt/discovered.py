"""Who publishes without being set up, gathered until it is worth a write."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from ..commands import relays_in
from ..protocol.parsers import PARSERS, DeviceInfo, Message, Parsed, Problem, Switched
from ..protocol.topics import join, matches

WRITE_EVERY_S = 2.0
MAX_DEVICES = 500
MAX_CHANNELS = 64
MAX_RELAYS = 32
SAMPLE_BYTES = 4096


@dataclass(slots=True)
class Discovered:
    """A device, or a topic that tells of none, as seen since the last write.

    :ivar remark: what of it is not understood, and why
    :ivar channels: by (channel, quantity): serial, unit (and whether it is assumed), value and quality as last seen
    :ivar relays: those that can be switched: whether each is on, by the name that it is switched by
    """

    device: str
    parser: str
    topic: str
    payload: bytes
    seen_at: datetime
    count: int = 0
    alias: str = ""
    model: str = ""
    remark: str = ""
    channels: dict[tuple[str, str], dict[str, object]] = field(default_factory=dict)
    relays: dict[str, bool] = field(default_factory=dict)


class Discoveries:
    """Gathers what nobody claimed; :meth:`take` hands it out at most every two seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._due = 0.0
        self._seen: dict[tuple[str, str], Discovered] = {}

    def add(self, message: Message, parsed: Parsed, parser: str) -> None:
        """Note a message that no device claimed."""
        key = ((parsed.device or message.topic)[:255], parser)
        found = self._seen.get(key)
        if found is None:
            if len(self._seen) >= MAX_DEVICES:
                return
            found = self._seen[key] = Discovered(*key, "", b"", message.received_at)
        found.count += 1
        found.seen_at = message.received_at
        switched = [item for item in parsed.items if isinstance(item, Switched)]
        if switched and len(found.relays) < MAX_RELAYS:
            pattern = suggest_pattern(parser, found.device, message.topic)
            found.relays.update(relays_in(parser, found.device, pattern, message, switched))
        if parsed.measurements or not found.topic:
            found.topic, found.payload = message.topic, message.payload[:SAMPLE_BYTES]
        for item in parsed.measurements:
            if len(found.channels) < MAX_CHANNELS or (item.channel, item.quantity) in found.channels:
                found.channels[item.channel, item.quantity] = {
                    "channel": item.channel,
                    "serial": item.serial,
                    "quantity": item.quantity,
                    "unit": item.unit,
                    "unit_assumed": item.unit_assumed,
                    "value": item.value,
                    "quality": item.quality.value,
                }
        for said in parsed.items:
            if isinstance(said, Problem) and said.error == "not_understood":
                found.remark = said.message
            if isinstance(said, DeviceInfo):
                found.alias = said.alias or found.alias
                found.model = said.model or found.model

    def take(self) -> list[Discovered]:
        """What is to be written now: nothing, or everything since the last time."""
        if not self._seen or self._clock() < self._due:
            return []
        self._due = self._clock() + WRITE_EVERY_S
        taken, self._seen = list(self._seen.values()), {}
        return taken


def suggest_pattern(parser: str, device: str, topic: str) -> str:
    """A topic filter for all that a device publishes, from one topic of it.

    What the device's family publishes under, if that covers the topic; otherwise everything below the device's name,
    or the topic itself where that does not name the device.
    """
    if parser in PARSERS and PARSERS[parser].topics:
        pattern = join(PARSERS[parser].topics).replace("{device}", device)
        if matches(pattern, topic):
            return pattern
    levels, name = topic.split("/"), device.split("/")
    for start in range(len(levels) - len(name) + 1):
        if device and levels[start : start + len(name)] == name and start + len(name) < len(levels):
            return "/".join([*levels[: start + len(name)], "#"])
    return topic
