"""What a parser finds in a message."""

from dataclasses import dataclass
from datetime import datetime
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
class Switched:
    """A relay is on or off. Nothing is measured with that, unless it is the relay before a meter.

    :ivar meter: channel of the power meter behind the relay, if there is one (``switch:0``, ``ENERGY``)
    :ivar relay: what tells it from other relays of the device (``2`` of ``POWER2``); empty where there is one only
    :ivar relays: all relays of the device, where the message tells of all of them
    :ivar at: when it was so, aware UTC; ``None`` when the message does not say
    :ivar certain: the device has the meter, if any, behind this very relay, and not elsewhere
    """

    device: str
    on: bool
    meter: str = ""
    relay: str = ""
    relays: tuple[str, ...] = ()
    at: datetime | None = None
    impossible_time: bool = False
    retained: bool = False
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Problem:
    """What of a message could not be understood, and why.

    :ivar error: machine-readable word (``invalid_json``, ``invalid_value``, ``too_large``, ``sensor_fault``, …)
    :ivar message: the same for people
    """

    device: str
    error: str
    message: str


Item = Measurement | Presence | DeviceInfo | Switched | Problem


@dataclass(frozen=True, slots=True)
class Parsed:
    """Everything a parser found in one message. No items: nothing there to be known.

    :ivar device: who speaks, as far as the topic tells; empty when the topic names nobody
    :ivar voice: by which of several ways to say the same thing it was said (``rpc``, ``status``); the echoes of
        a parser tell which voice repeats which (:attr:`Parser.echoes`)
    :ivar behind: channels of meters, each with the relay before it, where the message tells
    :ivar overruled: channels whose power is 0 W by a relay in the same message, each with what the meter said, in W
    """

    items: tuple[Item, ...] = ()
    device: str = ""
    voice: str = ""
    behind: tuple[tuple[str, str], ...] = ()
    overruled: tuple[tuple[str, float], ...] = ()

    @property
    def measurements(self) -> tuple[Measurement, ...]:
        """The measurements among the items, in order."""
        return tuple(item for item in self.items if isinstance(item, Measurement))

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problems among the items, in order."""
        return tuple(item for item in self.items if isinstance(item, Problem))
