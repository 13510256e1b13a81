"""What was received and is not committed yet."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from itertools import islice

from .inbound import Inbound
from .receipts import Receipts

MOST_MESSAGES = 20_000
MOST_BYTES = 64 * 1024 * 1024


class Inbox:
    """Messages in order of receipt; they stay over disconnections, until they are settled.

    :ivar link: number of the network connection that acknowledgements are for
    """

    def __init__(self, receipts: Receipts, clock: Callable[[], float] = time.monotonic) -> None:
        self.link = 0
        self._clock = clock
        self._receipts = receipts
        self._queue: deque[Inbound] = deque()
        self._since: deque[float] = deque()
        self._bytes = 0
        self._by_mid: dict[int, Inbound] = {}
        self._redelivered: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._queue)

    @property
    def full(self) -> bool:
        """Whether the rest had better stay at the broker for now."""
        return len(self._queue) >= MOST_MESSAGES or self._bytes >= MOST_BYTES

    @property
    def age(self) -> float:
        """Seconds since the oldest message was received, whatever happens to the clock on the wall."""
        return self._clock() - self._since[0]

    def receive(self, inbound: Inbound) -> bool:
        """Put a message in; ``False`` when it was committed before and only has to be acknowledged."""
        mid = inbound.mid
        if mid:
            if self._receipts.has(inbound):
                return False
            waiting = self._by_mid.get(mid) if inbound.duplicate else None
            if waiting is not None and waiting.digest() == inbound.digest():
                self._redelivered[mid] = self.link
                return True
            self._by_mid[mid] = inbound
            self._redelivered.pop(mid, None)
        self._queue.append(inbound)
        self._since.append(self._clock())
        self._bytes += len(inbound.message.payload)
        return True

    def digests(self) -> list[bytes]:
        """Of what came by earlier network connections and has a packet identifier, in order."""
        return [item.digest() for item in self._queue if item.mid and item.link != self.link]

    def oldest(self, most: int) -> list[Inbound]:
        """The oldest messages, so many at most; they stay in."""
        return list(islice(self._queue, most))

    def settle(self, messages: Iterable[Inbound]) -> list[int]:
        """The oldest messages, which these are, were committed.

        :return: packet identifiers that the present network connection is to acknowledge
        """
        acknowledged = []
        for inbound in messages:
            self._queue.popleft()
            self._since.popleft()
            self._bytes -= len(inbound.message.payload)
            mid = inbound.mid
            if mid and self._by_mid.get(mid) is inbound:
                del self._by_mid[mid]
                if self._redelivered.pop(mid, inbound.link) == self.link:
                    acknowledged.append(mid)
        return acknowledged
