"""What a device on the network is, and how its messages are written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import NamedTuple, Protocol

from ..line import Reading

MINUTE = 60


class Published(NamedTuple):
    """A message that a device publishes."""

    topic: str
    payload: str
    retain: bool = False


class Device(Protocol):
    """A device on the network. `name` is its identity at the broker, `serials` are the probes it reads, `listens` the
    topics under which it is told something.

    `will` is what the broker says for it when it is gone, `hello` what it says itself when it comes.
    """

    name: str
    serials: tuple[str, ...]
    listens: tuple[str, ...]
    will: Published
    hello: Published

    def report(self, now: int, readings: Sequence[Reading]) -> list[Published]:
        """What it publishes at a time (epoch seconds), given the readings since the last call."""
        ...

    def hear(self, now: int, topic: str, payload: str) -> list[Published]:
        """Do what it is told, and what it answers. Called from another thread than `report`."""
        ...


class Deaf:
    """A device that listens to nothing."""

    listens: tuple[str, ...] = ()

    def hear(self, now: int, topic: str, payload: str) -> list[Published]:
        """Nothing is ever heard."""
        return []


class Every:
    """Says once in so many seconds that something is due."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        self._last = 0

    def due(self, now: int) -> bool:
        """Whether it is due; if so, the next one is so many seconds later."""
        if now - self._last < self.seconds:
            return False
        self._last = now
        return True


def compact(value: object) -> str:
    """JSON without blanks, as firmware writes it."""
    return json.dumps(value, separators=(",", ":"))


def moment(now: int) -> datetime:
    """Epoch seconds as a time in UTC."""
    return datetime.fromtimestamp(now, timezone.utc)
