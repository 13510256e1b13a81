"""How often senders may ask. Nothing of it is in the database: each server process counts for itself.

Several workers let through as many times the limit, and a restart forgets what was counted. It is meant to keep a
device that has gone mad, or somebody who guesses tokens, from the database, not to be exact.
"""

import hashlib
import math
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

from .problems import PlainJsonError

REFUSED_PER_MINUTE = 120
"""Requests of one address whose token is wrong, or may not be used; so much of them the database is asked about."""


@dataclass(slots=True)
class _Bucket:
    per_minute: float
    level: float
    at: float

    def refill(self, now):
        self.level = min(self.per_minute, self.level + (now - self.at) * self.per_minute / 60.0)
        self.at = now

    @property
    def wait(self):
        return max(0.0, (1.0 - self.level) * 60.0 / self.per_minute)


class Buckets:
    """Token buckets: who was quiet may ask as often as a minute's worth at once.

    :param size: of those that are remembered; the one that was quiet for longest is forgotten first
    """

    def __init__(self, size=10_000, clock=time.monotonic):
        self._size = size
        self._clock = clock
        self._buckets = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key, per_minute):
        """Count a request.

        :param per_minute: 0: there is no limit
        :return: seconds until the next one may come; 0: this one may
        """
        with self._lock:
            if not per_minute:
                self._buckets.pop(key, None)
                return 0.0
            bucket = self._bucket(key, per_minute)
            if wait := bucket.wait:
                return wait
            bucket.level -= 1.0
            return 0.0

    def wait(self, key):
        """Seconds until a request may come. It is not counted."""
        with self._lock:
            bucket = self._buckets.get(key)
            if bucket is None:
                return 0.0
            bucket.refill(self._clock())
            return bucket.wait

    def _bucket(self, key, per_minute):
        now = self._clock()
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(per_minute, per_minute, now)
            if len(self._buckets) > self._size:
                self._buckets.popitem(last=False)
            return bucket
        self._buckets.move_to_end(key)
        bucket.refill(now)
        if bucket.per_minute != per_minute:
            bucket.per_minute, bucket.level = per_minute, min(bucket.level, per_minute)
        return bucket


@dataclass(frozen=True)
class Account:
    """What the requests of a sender are counted under, whichever of its tokens it sends.

    :ivar owner: database, kind and id of what the token belongs to
    :ivar per_minute: 0: no limit
    :ivar place: where it may not be used from, or no more: what comes from there is counted by itself, and takes
        nothing from the owner
    """

    owner: tuple[str, str, int]
    per_minute: int
    place: str = ""


class RateLimits:
    """The accounts of senders that are known, and the addresses of strangers.

    A token is known by where it came from, too. Only what has proved itself once is remembered, so that no stranger can
    have others forgotten.
    """

    def __init__(self, size=10_000, clock=time.monotonic):
        self._size = size
        self._known = OrderedDict()
        self._lock = threading.Lock()
        self._accounts = Buckets(size, clock)
        self._strangers = Buckets(size, clock)

    def known(self, token, place):
        """The `Account` of a token from this place; ``None`` for a stranger."""
        key = _key(token, place)
        with self._lock:
            if account := self._known.get(key):
                self._known.move_to_end(key)
            return account

    def learn(self, token, place, account):
        """Count what comes with this token from this place under that account from now on; ``None``: it is none."""
        key = _key(token, place)
        with self._lock:
            if account is None:
                self._known.pop(key, None)
                return
            self._known[key] = account
            self._known.move_to_end(key)
            if len(self._known) > self._size:
                self._known.popitem(last=False)

    def count(self, account):
        """Count a request. Raises :class:`PlainJsonError` (429)."""
        if wait := self._accounts.take((account.owner, account.place), account.per_minute):
            raise too_many(
                wait,
                "This sender asks too often. Ask again in %(seconds)d seconds, and send several readings at once.",
            )

    def check_owner(self, owner):
        """Raise :class:`PlainJsonError` (429) where an owner has used up what it may; nothing is counted."""
        if wait := self._accounts.wait((owner, "")):
            raise too_many(
                wait,
                "This sender asks too often. Ask again in %(seconds)d seconds, and send several readings at once.",
            )

    def count_stranger(self, place):
        """Count a request whose token was wrong."""
        self._strangers.take(place, REFUSED_PER_MINUTE)

    def stranger_waits(self, place):
        """Seconds until what a stranger from there sends is looked at again."""
        return self._strangers.wait(place)


def too_many(wait, message):
    """The error for who asks too often. In ``message`` is how many ``seconds`` to wait."""
    seconds = max(1, math.ceil(wait))
    return PlainJsonError(
        429, "too_many_requests", message % {"seconds": seconds}, {"Retry-After": str(seconds)}
    )


def _key(token, place):
    """What stands for a token here, so that it does not lie about in memory."""
    return hashlib.sha256((token or "").encode("utf-8", "replace")).digest(), place


limits = RateLimits()
"""Those of this process."""
