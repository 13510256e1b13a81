"""What devices say of their relays by themselves: whether they are on, and that there are some."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..protocol.parsers import Message, Switched
from .order import CannotSwitch, Target, Word
from .registry import FAMILIES, order

# Of the components of Shelly devices, those that can be switched.
_RELAYS = ("switch", "relay")


@dataclass(frozen=True, slots=True)
class Ear:
    """Reads what is said of one relay on one topic.

    :ivar says_on: knows the word that it is on
    :ivar says_off: knows the word that it is off
    """

    says_on: Word
    says_off: Word

    def hear(self, payload: bytes) -> bool | None:
        """Whether the relay is on; ``None`` where that is not said."""
        for word, on in ((self.says_on, True), (self.says_off, False)):
            answer = word(payload)
            if answer is not None and answer.done:
                return on
        return None


def ears(family: str, target: Target) -> Mapping[str, Ear]:
    """What reads the state of a relay, by topic: answers to commands of anybody, and what the device says by itself.

    :raise CannotSwitch: says why there is no such relay
    """
    on, off = order(family, target, True, 0), order(family, target, False, 0)
    told_on, told_off = {**on.answers, **on.reports}, {**off.answers, **off.reports}
    # An answer that names its command says nothing of the state to anybody else.
    topics = (told_on.keys() & told_off.keys()) - on.exact - off.exact
    return {topic: Ear(told_on[topic], told_off[topic]) for topic in topics}


def relays_in(
    family: str, device: str, pattern: str, message: Message, switched: Iterable[Switched]
) -> Mapping[str, bool]:
    """The relays that can be switched of which a message tells: whether each is on, by the name it is switched by.

    :param switched: what the parser of the family has found in the message
    """
    found: dict[str, bool] = {}
    if family not in FAMILIES:
        return found
    for item in switched:
        name = _name(item)
        try:
            ear = ears(family, Target(device, pattern, name)).get(message.topic)
        except CannotSwitch:
            continue
        if ear is not None and ear.hear(message.payload) is item.on:
            found[name] = item.on
    return found


def _name(item: Switched) -> str:
    """How a relay is named where it is switched: ``1`` of ``switch:1``, or of Tasmota's ``POWER1``."""
    component, _, number = item.meter.partition(":")
    return item.relay or (number if component in _RELAYS else "")
