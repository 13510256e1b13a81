"""A message on its way from the broker to the commit."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from ..protocol.parsers import Message

DIGEST_BYTES = 6


class Inbound(NamedTuple):
    """A message as it was received.

    :ivar mid: packet identifier to acknowledge by; 0 for QoS 0
    :ivar duplicate: the broker delivers it again (DUP, MQTT 5.0 section 3.3.1.1)
    :ivar link: number of the network connection that it came by; an acknowledgement is for that one only
    """

    message: Message
    qos: int
    mid: int
    duplicate: bool
    link: int

    def digest(self) -> bytes:
        """A short fingerprint of topic and payload."""
        made = hashlib.blake2b(self.message.topic.encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES)
        made.update(b"\0")
        made.update(self.message.payload)
        return made.digest()
