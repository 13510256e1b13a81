"""Which messages are let in while somebody publishes more than can be stored.

At QoS 0 nothing slows a publisher down: what one sends in a second can take us minutes, and everybody else's messages
wait behind it. So each topic, each device and the connection as a whole may have so many messages a second, with room
for many at once. What is over is left out before anything is made of it, and counted. A message of QoS 1 is never left
out: the broker sends no more of those than we acknowledge.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from .overflow import Overflow
from .router import Router

TOPIC_ROOM_S, DEVICE_ROOM_S, CONNECTION_ROOM_S = 50.0, 10.0, 4.0
"""So many seconds' worth may come at once: hours of what a device kept, and less than a second of our time."""
STRANGERS_A_SECOND, RECOGNISED_A_SECOND, STRANGERS_ROOM_S = 200, 400, 5.0
STORED_A_SECOND, STORED_ROOM_S = 1_000, 20.0
SHARE_A_SECOND, SHARE_ROOM = 10.0, 10.0
"""What a topic may have of an allowance that is used up while half as much again is lent, with room for so many at
once; more while less is lent, next to nothing when all is. So many topics that each keep within their own allowance
share what there is, and those that send little have all of theirs."""
MOST_TOPICS = 50_000
_KIB = 10


@dataclass(frozen=True, slots=True)
class Rates:
    """Messages a second; one of more than a KiB counts once for each."""

    topic: int = 100
    device: int = 1_000
    connection: int = 5_000


class _Pool:
    """An allowance that topics share.

    :ivar empty_since: monotonic time since which it is used up; 0.0 while it is not
    :ivar device: id of the `mqtt.device` where it is one device's
    """

    __slots__ = ("at", "burst", "device", "empty_since", "left", "rate")

    def __init__(self, rate: float, room_s: float, device: int = 0) -> None:
        self.rate, self.burst, self.device = rate, rate * room_s, device
        self.left, self.at, self.empty_since = self.burst, 0.0, 0.0

    def refill(self, now: float) -> None:
        left = self.left + (now - self.at) * self.rate
        self.at = now
        self.left = left if left < self.burst else self.burst
        if left <= 0.0:
            self.empty_since = self.empty_since or now
        elif self.empty_since and left * 2 > self.burst:
            self.empty_since = 0.0


class _Topic:
    __slots__ = ("at", "left", "over", "pool", "share", "share_at", "since")

    def __init__(self, pool: _Pool, left: float, now: float) -> None:
        self.pool, self.left, self.at, self.since = pool, left, now, now
        self.share, self.share_at = SHARE_ROOM, now
        self.over = 0


class Gate:
    """Token buckets of a topic, of a device and of the whole connection, in the process.

    Where a device's allowance or the connection's is used up, topics that were there before and keep well within their
    own are let in all the same, up to as much again: they are not the flood. What comes out of the broker's store
    (retained) is no flood either, and tells of units and of who is there: it has an allowance of its own.
    """

    def __init__(self, rates: Rates, router: Router, clock: Callable[[], float] = time.monotonic) -> None:
        self.overflow = Overflow(clock)
        self._clock = clock
        self._now = clock()
        self._topics: dict[bytes, _Topic] = {}
        self.use(rates, router)

    def use(self, rates: Rates, router: Router) -> None:
        """Take over other settings, or other devices."""
        self._rate, self._burst = rates.topic, rates.topic * TOPIC_ROOM_S
        self._rates = rates
        self._router = router
        self._whole = _Pool(rates.connection, CONNECTION_ROOM_S)
        self._noise = _Pool(STRANGERS_A_SECOND, STRANGERS_ROOM_S)
        self._recognised = _Pool(RECOGNISED_A_SECOND, STRANGERS_ROOM_S)
        self._stored = _Pool(STORED_A_SECOND, STORED_ROOM_S)
        self._devices: dict[str, _Pool] = {}
        self._sharing: dict[str, int] = {}
        for route in router.routes:
            self._sharing[route.topic_pattern] = self._sharing.get(route.topic_pattern, 0) + 1
        self._topics.clear()
        self.tick()

    def tick(self) -> None:
        """What comes next comes now."""
        self._now = self._clock()

    def admits(self, topic: bytes, size: int, retained: bool = False) -> bool:
        """Whether a message of QoS 0 is let in; ``size`` is that of its payload in bytes."""
        now = self._now
        if retained:
            return self._admits_stored(topic, now)
        whole = self._whole
        entry = self._topics.get(topic)
        if entry is None:
            entry = self._enter(topic, now)
            if entry is None:
                return False
        left = entry.left + (now - entry.at) * self._rate
        if left > self._burst:
            left = self._burst
        entry.at = now
        entry.left = left
        pool = entry.pool
        if pool.at != now:
            pool.refill(now)
        if whole.at != now:
            whole.refill(now)
        if left <= 0.0 or ((pool.left <= 0.0 or whole.left <= 0.0) and not self._lends(entry, left, now)):
            entry.over += 1
            self.overflow.note(topic, entry.over, pool.device, now)
            return False
        cost = 1 + (size >> _KIB)
        entry.left = left - (cost if cost < self._burst else self._burst)
        pool.left -= cost if cost < pool.burst else pool.burst
        whole.left -= cost if cost < whole.burst else whole.burst
        return True

    def _admits_stored(self, topic: bytes, now: float) -> bool:
        pool = self._stored
        pool.refill(now)
        if pool.left < 1.0:
            self.overflow.note(topic, 1, 0, now)
            return False
        pool.left -= 1.0
        return True

    def recognised(self, topic: str) -> None:
        """Somebody who is not set up measures something there: the noise of others must not hide it."""
        entry = self._topics.get(topic.encode("utf-8", "surrogatepass"))
        if entry is not None and entry.pool is self._noise:
            entry.pool = self._recognised

    def _lends(self, entry: _Topic, left: float, now: float) -> bool:
        """Whether a topic is let in although an allowance that it shares is used up.

        During a flood this is asked of each of its messages: one at a time, the cheapest question first.
        """
        pool, whole = entry.pool, self._whole
        if pool is self._noise or left * 2 <= self._burst:
            return False
        own, lent = pool.left, 1e-6
        if own <= 0.0:
            if 0.0 < pool.empty_since <= entry.since:
                return False
            lent = max(lent, -own / pool.burst)
        if whole.left <= 0.0:
            if 0.0 < whole.empty_since <= entry.since:
                return False
            # Who has some of an allowance of its own left comes before those who have used up theirs.
            lent = max(lent, -whole.left / whole.burst / (1.0 if own <= 0.0 else 2.0))
        if lent >= 1.0:
            return False
        share = entry.share + (now - entry.share_at) * SHARE_A_SECOND * (1.0 - lent) / lent
        if share > SHARE_ROOM:
            share = SHARE_ROOM
        entry.share_at = now
        if share < 1.0:
            entry.share = share
            return False
        entry.share = share - 1.0
        return True

    def _enter(self, topic: bytes, now: float) -> _Topic | None:
        """Begin to count a topic, unless it belongs to those whose allowance is used up."""
        pool = self._pool_of(topic)
        pool.refill(now)
        self._whole.refill(now)
        if pool.left <= 0.0 or self._whole.left <= 0.0:
            self.overflow.note(topic, 1, pool.device, now)
            return None
        if len(self._topics) >= MOST_TOPICS:
            self._topics = {name: kept for name, kept in self._topics.items() if kept.pool is not self._noise}
            if len(self._topics) >= MOST_TOPICS // 2:
                self._topics.clear()
        entry = self._topics[topic] = _Topic(pool, self._burst, now)
        return entry

    def _pool_of(self, topic: bytes) -> _Pool:
        router = self._router
        if not router.may_claim(topic):
            return self._noise
        candidates = router.candidates(topic.decode("utf-8", "replace"))
        if not candidates:
            return self._noise
        pattern = candidates[0].topic_pattern
        pool = self._devices.get(pattern)
        if pool is None:
            sharing = self._sharing[pattern]
            device = candidates[0].id if sharing == 1 else 0
            pool = self._devices[pattern] = _Pool(self._rates.device * sharing, DEVICE_ROOM_S, device)
        return pool
