"""What is published to have a relay switched, and how its device answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ..protocol.parsers.json_payload import Unreadable, load_object

MAX_ANSWER_BYTES = 64 * 1024
_NAME = re.compile(r"[\w.:@ -]{1,64}\Z")


class CannotSwitch(ValueError):
    """There is no such relay, or no way to switch it. The message says why."""


class Answer(NamedTuple):
    """What a device said to a command.

    :ivar done: whether it did what it was told; ``False``: it refused
    :ivar text: its words, for people
    """

    done: bool
    text: str


Word = Callable[[bytes], Answer | None]
"""Reads a payload: the answer in it, or ``None`` where it says nothing of the command."""


@dataclass(frozen=True, slots=True)
class Order:
    """What switches a relay. It is absolute (on or off): twice is the same as once.

    :ivar answers: how the answer is read, by the topic on which the device may give it
    :ivar exact: those of the topics whose answers name the command, such as by its number: one is to this command
        whenever it comes. Any other is a state, and is an answer only where it is known to be newer than the command
    :ivar reports: how the state of the relay is read from what the device says now and then, by topic; too seldom to be
        waited for
    """

    topic: str
    payload: bytes
    answers: Mapping[str, Word]
    exact: frozenset[str] = frozenset()
    reports: Mapping[str, Word] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Target:
    """A relay of a device.

    :ivar device: what the device calls itself in its topics
    :ivar topic_pattern: topic filter of everything that it publishes
    :ivar relay: name or number of the relay; empty: the only one, or the first
    """

    device: str
    topic_pattern: str
    relay: str = ""

    def base(self, root: str = "") -> str:
        """Where the topics of the device begin.

        That is what its pattern says up to the device's name; where the pattern does not spell the name out, it is the
        name under ``root``.
        """
        levels, name = self.topic_pattern.split("/"), self.device.split("/")
        for end in range(len(name), len(levels) + 1):
            head = levels[:end]
            if head[-len(name) :] == name and "+" not in head:
                return "/".join(head)
        return f"{root}/{self.device}" if root else self.device

    def number(self, first: int, *components: str) -> int:
        """The number of the relay, written alone (``1``) or behind a component (``switch:1``).

        :param first: the number of the first one
        """
        component, _, number = self.relay.strip().rpartition(":")
        if not self.relay.strip():
            return first
        if (
            not re.fullmatch(r"[0-9]{1,3}", number)
            or int(number) < first
            or component not in ("", *components)
        ):
            raise CannotSwitch(f"Its relays are numbered from {first}; {self.relay} is none of them.")
        return int(number)

    def name(self) -> str:
        """The name of the relay, fit to be a level of a topic; empty where it has none."""
        relay = self.relay.strip()
        if relay and not _NAME.match(relay):
            raise CannotSwitch(f"{relay} cannot be the name of a relay.")
        return relay


def word(on: bool) -> str:
    """The state of a relay, for people."""
    return "on" if on else "off"


def says_state(on: bool) -> Word:
    """An answer that is the bare state, ``ON`` or ``OFF`` in any case."""

    def read(payload: bytes) -> Answer | None:
        return reported(payload.strip().lower() == word(on).encode(), on)

    return read


def reported(is_so: bool, on: bool) -> Answer | None:
    """The answer of a device that reports its relay to be as it should."""
    return Answer(True, f"It is {word(on)}.") if is_so else None


def document(payload: bytes) -> Mapping[str, object]:
    """The JSON object in a payload; empty where there is none."""
    found = load_object(payload) if len(payload) <= MAX_ANSWER_BYTES else {}
    return {} if isinstance(found, Unreadable) else found
