"""Which messages were committed, for those that the broker delivers again.

Between the commit of a message and the broker's receipt of its acknowledgement everything can break. The broker then
delivers the message again under the same packet identifier, marked as a duplicate. What was committed is therefore
noted, in the same transaction, with its packet identifier and a fingerprint.

A broker that gives the smallest free identifier to every message could, after a crash at the wrong moment, make a new
message look like one noted before, if topic and payload are exactly the same: it is taken for a repetition then.
"""

from __future__ import annotations

import struct
from collections import OrderedDict
from collections.abc import Iterable

from .inbound import DIGEST_BYTES, Inbound

_ENTRY = struct.Struct(f">H{DIGEST_BYTES}s")


class Receipts:
    """The last messages of a connection that were committed.

    :param size: at least as many as the broker may have under way at once
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._digests: OrderedDict[int, bytes] = OrderedDict()

    def has(self, inbound: Inbound) -> bool:
        """Whether this very delivery was committed before. A new message makes its identifier free again."""
        if not inbound.mid:
            return False
        if not inbound.duplicate:
            self._digests.pop(inbound.mid, None)
            return False
        return self._digests.get(inbound.mid) == inbound.digest()

    def add(self, packed: bytes) -> None:
        """These were committed."""
        for mid, digest in _ENTRY.iter_unpack(packed):
            self._digests[mid] = digest
            self._digests.move_to_end(mid)
        while len(self._digests) > self._size:
            self._digests.popitem(last=False)


def pack(messages: Iterable[Inbound]) -> bytes:
    """What is noted of messages with their commit: 8 bytes each; nothing of QoS 0."""
    return b"".join(_ENTRY.pack(item.mid, item.digest()) for item in messages if item.mid)
