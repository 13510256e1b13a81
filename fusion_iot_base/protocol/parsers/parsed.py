"""What a parser finds in a message."""

from dataclasses import dataclass
from typing import NamedTuple

from ..measurement import Measurement


@dataclass(frozen=True, slots=True)
class Presence:
    """A device came or went: its birth message or its last will (MQTT 5.0, section 3.1.2.5)."""

    device: str
    online: bool


class DeviceInfo(NamedTuple):
    """What a device says of itself. Empty and ``None``: not said.

    :ivar alias: another name of the same device (Shelly's ``src`` where the topic prefix is another one)
    :ivar signal_dbm: strength of its radio signal
    :ivar local_time: its own clock as it printed it, without a zone
    """

    device: str
    alias: str = ""
    manufacturer: str = ""
    model: str = ""
    firmware: str = ""
    ip_address: str = ""
    mac: str = ""
    signal_dbm: int | None = None
    local_time: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What of a message could not be understood, and why.

    :ivar error: machine-readable word (``invalid_json``, ``invalid_value``, ``too_large``, ``sensor_fault``, …)
    :ivar message: the same for people
    """

    device: str
    error: str
    message: str


Item = Measurement | Presence | DeviceInfo | Problem


@dataclass(frozen=True, slots=True)
class Parsed:
    """Everything a parser found in one message. No items: nothing there to be known.

    :ivar device: who speaks, as far as the topic tells; empty when the topic names nobody
    :ivar voice: by which of several ways to say the same thing it was said (``rpc``, ``status``); the echoes of
        a parser tell which voice repeats which (:attr:`Parser.echoes`)
    """

    items: tuple[Item, ...] = ()
    device: str = ""
    voice: str = ""

    @property
    def measurements(self) -> tuple[Measurement, ...]:
        """The measurements among the items, in order."""
        return tuple(item for item in self.items if isinstance(item, Measurement))

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problems among the items, in order."""
        return tuple(item for item in self.items if isinstance(item, Problem))
