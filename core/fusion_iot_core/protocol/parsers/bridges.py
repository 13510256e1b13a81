"""What a gateway says of itself: while it is away, so are the devices behind it, which cannot say so themselves.

Source: Zigbee2MQTT documentation, "MQTT Topics and Messages", ``<base topic>/bridge/state``: ``{"state": "offline"}``,
and the bare word before version 2.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from .message import Message

_BRIDGE = "bridge/state"
_READ_BYTES = 64


class BridgeState(NamedTuple):
    """A gateway went away, or came back.

    :ivar base: what the topics of all devices behind it begin with, up to the last slash
    """

    base: str
    online: bool
    at: datetime


def bridge_states(messages: Iterable[Message]) -> Iterator[BridgeState]:
    """The states of gateways among messages, in order; retained ones are of unknown age and left out."""
    for topic, payload, at, retained in messages:
        if retained or not topic.endswith(f"/{_BRIDGE}"):
            continue
        words = payload[:_READ_BYTES].lower()
        if b"offline" in words or b"online" in words:
            yield BridgeState(topic.removesuffix(_BRIDGE), b"offline" not in words, at)
