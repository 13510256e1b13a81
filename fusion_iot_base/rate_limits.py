"""How often senders may ask. Nothing of it is in the database: each server process counts for itself.

Several workers let through as many times the limit, and a restart forgets what was counted. It is meant to keep a
device that has gone mad from the database, not to be exact.
"""

import hashlib
import math
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

from .problems import PlainJsonError


@dataclass(slots=True)
class _Bucket:
    per_minute: float
    level: float
    at: float

    def refill(self, now):
        self.level = min(self.per_minute, self.level + (now - self.at) * self.per_minute / 60.0)
        self.at = now


class RateLimits:
    """Token buckets: a sender that was quiet may send as much as a minute's worth at once.

    :param size: senders that are remembered; the one that was quiet for longest is forgotten first
    """

    def __init__(self, size=10_000, clock=time.monotonic):
        self._size = size
        self._clock = clock
        self._buckets = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key):
        """Count a request. Of a sender that was not heard of nothing is known: it may.

        :return: seconds until it may ask again; 0: it may now
        """
        with self._lock:
            bucket = self._buckets.get(key)
            if bucket is None:
                return 0.0
            self._buckets.move_to_end(key)
            bucket.refill(self._clock())
            if bucket.level < 1.0:
                return (1.0 - bucket.level) * 60.0 / bucket.per_minute
            bucket.level -= 1.0
            return 0.0

    def learn(self, key, per_minute):
        """Limit a sender that may, from its next request on; 0: it has no limit."""
        now = self._clock()
        with self._lock:
            bucket = self._buckets.get(key)
            if not per_minute:
                self._buckets.pop(key, None)
            elif bucket is None:
                self._buckets[key] = _Bucket(per_minute, per_minute - 1.0, now)
                if len(self._buckets) > self._size:
                    self._buckets.popitem(last=False)
            elif bucket.per_minute != per_minute:
                bucket.refill(now)
                bucket.per_minute, bucket.level = per_minute, min(bucket.level, per_minute)

    def check(self, token):
        """Count a request with this token. Raises :class:`PlainJsonError` (429)."""
        if wait := self.take(key_of(token)):
            seconds = max(1, math.ceil(wait))
            raise PlainJsonError(
                429,
                "too_many_requests",
                f"This sender asks too often. Ask again in {seconds} seconds, and send several readings at once.",
                {"Retry-After": str(seconds)},
            )


def key_of(token):
    """What stands for a token here, so that it does not lie about in memory."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


limits = RateLimits()
"""Those of this process."""
