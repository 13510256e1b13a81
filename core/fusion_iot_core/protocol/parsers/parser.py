"""What every family of devices brings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from .message import Message
from .parsed import Parsed
from .settings import ParserSettings

MAX_PAYLOAD_BYTES = 256 * 1024
"""Larger payloads are no measurements: they are refused unread."""


class Read(Protocol):
    """Reads one message. Never raises, and takes no more than linear time, whatever the payload is."""

    def __call__(self, message: Message, settings: ParserSettings, /) -> Parsed:
        """What is in the message."""
        ...


class Recognise(Protocol):
    """Tells from topic and payload how likely a message is of this family."""

    def __call__(self, topic: str, payload: bytes, /) -> int:
        """0: no; 1 to 100: the more specific what was seen, the higher. Never raises; linear time."""
        ...


@dataclass(frozen=True, slots=True)
class Parser:
    """A family of devices.

    :ivar name: under which it is found and stored (``shelly_gen2``)
    :ivar label: for people
    :ivar topics: topic filters that the family publishes under by default; ``{device}`` stands for the device
    :ivar echoes: voice -> the voice it repeats. What an echo says is counted only of devices that do not use
        the other voice.
    :ivar expected_interval: seconds between two reports at the firmware's default; 0: on change only
    :ivar on_change: it reports when something changes as well
    :ivar offline_after: seconds of silence after which such a device is gone
    :ivar configurable: rules are set in the form (:class:`ParserSettings`)
    """

    name: str
    label: str
    read: Read
    recognise: Recognise
    topics: tuple[str, ...] = ()
    echoes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    expected_interval: int = 60
    on_change: bool = False
    offline_after: int = 300
    configurable: bool = False
