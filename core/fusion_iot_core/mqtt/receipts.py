"""Which messages were committed, for those that the broker delivers again.

Between the commit of a message and the broker's receipt of its acknowledgement everything can break. The broker then
delivers the message again under the same packet identifier, marked as a duplicate. What was committed is therefore
noted, in the same transaction, with its packet identifier and a fingerprint.

A broker that gives the smallest free identifier to every message could, after a crash at the wrong moment, make a new
message look like one noted before, if topic and payload are exactly the same: it is taken for a repetition then.
"""

from __future__ import annotations

import math
import struct
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .inbound import DIGEST_BYTES, Inbound

_ENTRY = struct.Struct(f">H{DIGEST_BYTES}s")
BYTES_KEPT = _ENTRY.size << 16
_NONE = bytes(DIGEST_BYTES)


class Receipts:
    """What was committed last under each packet identifier of a connection.

    There is a place for every identifier: some brokers have more messages under way than they were asked to. Mosquitto
    2.0.11, connected to again while some were, sends all that wait as soon as the first is acknowledged.
    """

    def __init__(self) -> None:
        self._digests = bytearray(DIGEST_BYTES << 16)
        self._kept: deque[_Kept] = deque()
        self._bytes = 0

    def has(self, inbound: Inbound) -> bool:
        """Whether this very delivery was committed before. A new message makes its identifier free again."""
        if not inbound.mid:
            return False
        place = _place(inbound.mid)
        if not inbound.duplicate:
            self._digests[place] = _NONE
            return False
        return self._digests[place] == inbound.digest()

    def add(self, packed: bytes, at: float = 0.0, new: bytes | None = None) -> None:
        """These were committed.

        :param at: when, in seconds since any fixed time; minus infinity where nobody knows
        :param new: those of them that were no repetitions, where some were
        """
        if packed:
            self._kept.append(_Kept(at, packed, packed if new is None else new))
            self._bytes += len(packed)
            while self._bytes - len(self._kept[0].packed) >= BYTES_KEPT:
                self._bytes -= len(self._kept.popleft().packed)
        for mid, digest in _ENTRY.iter_unpack(packed):
            self._digests[_place(mid)] = digest

    def recent(self, seconds: float) -> list[bytes]:
        """Digests of what was committed within so many seconds before the last batch, in order."""
        since = self._kept[-1].at - seconds if self._kept else 0.0
        if since == -math.inf:
            return []
        return [digest for kept in self._kept if kept.at >= since for digest in _digests(kept.packed)]

    def counts(self) -> Counter[bytes]:
        """How often each digest was committed, over all that is kept: at least as many as there are identifiers."""
        return Counter(digest for kept in self._kept for digest in _digests(kept.new))


class _Kept(NamedTuple):
    at: float
    packed: bytes
    new: bytes


def _digests(packed: bytes) -> Iterator[bytes]:
    return (digest for _mid, digest in _ENTRY.iter_unpack(packed))


def _place(mid: int) -> slice:
    return slice(mid * DIGEST_BYTES, (mid + 1) * DIGEST_BYTES)


def pack(messages: Iterable[Inbound]) -> bytes:
    """What is noted of messages with their commit: 8 bytes each; nothing of QoS 0."""
    return b"".join(_ENTRY.pack(item.mid, item.digest()) for item in messages if item.mid)
