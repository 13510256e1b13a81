"""What open screens are to be told, gathered until it may be told."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

INTERVAL_S = 0.5
MAX_IDS = 200

Payload = dict[str, list[int]]


@dataclass(slots=True)
class _Topic:
    sent_at: float
    pending: Payload | None = None
    whole: bool = False


class NudgeBoard:
    """Lets each key through at most twice a second, in this process, and keeps what came in between.

    Thread-safe. A key is ``(database, receiver, kind)``. More than 200 ids of a kind stand for "any", as no ids do.
    """

    def __init__(self, interval: float = INTERVAL_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._interval = interval
        self._clock = clock
        self._topics: dict[tuple[str, str, str], _Topic] = {}
        self._lock = threading.Lock()

    def add(self, key: tuple[str, str, str], payload: Mapping[str, Iterable[int]]) -> None:
        """Keep it for the next time that ``key`` may pass."""
        with self._lock:
            topic = self._topics.setdefault(key, _Topic(-self._interval))
            if topic.pending is None:
                topic.pending, topic.whole = {}, not payload
            topic.whole |= not payload
            for name, ids in payload.items():
                merged = {*topic.pending.get(name, ()), *ids}
                topic.whole |= not merged or len(merged) > MAX_IDS
                topic.pending[name] = sorted(merged)[:MAX_IDS]

    def take(self, key: tuple[str, str, str]) -> Payload | None:
        """What is to be told under ``key`` now; ``None`` when there is nothing, or when it has to wait."""
        now = self._clock()
        with self._lock:
            topic = self._topics.get(key)
            if topic is None or topic.pending is None or now - topic.sent_at < self._interval:
                return None
            payload = {} if topic.whole else topic.pending
            topic.sent_at, topic.pending = now, None
            return payload

    def give_back(self, key: tuple[str, str, str], payload: Payload) -> None:
        """Keep what was taken, for the next time: the transaction that was to send it is rolled back."""
        with self._lock:
            if topic := self._topics.get(key):
                topic.sent_at = -self._interval
        self.add(key, payload)

    def forget(self) -> None:
        """Let every key through again, and drop what waits."""
        with self._lock:
            self._topics.clear()

    def waiting(self, dbname: str) -> list[tuple[str, str, str]]:
        """The keys of a database that have something to tell."""
        with self._lock:
            return [
                key for key, topic in self._topics.items() if key[0] == dbname and topic.pending is not None
            ]


board = NudgeBoard()
"""The one of this process."""
