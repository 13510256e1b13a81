import threading
import time
from collections.abc import Callable, Hashable, Iterable


class Throttle:
    """Lets each key through at most once in ``interval`` seconds, in this process.

    For what costs more than it is worth when it is done every time. Thread-safe. Keys are remembered for the interval
    only, the newest ``size`` of them; forgetting one early only lets it through once more.
    """

    def __init__(self, interval: float, size: int = 100_000, clock: Callable[[], float] = time.monotonic):
        self._interval = interval
        self._size = size
        self._clock = clock
        # In the order in which they passed: the oldest are the first to go.
        self._passed: dict[Hashable, float] = {}
        self._lock = threading.Lock()

    def due(self, key: Hashable) -> bool:
        """Whether ``key`` may pass now; it then has."""
        now = self._clock()
        with self._lock:
            self._expire(now)
            if key in self._passed:
                return False
            while len(self._passed) >= self._size:
                del self._passed[next(iter(self._passed))]
            self._passed[key] = now
            return True

    def _expire(self, now: float) -> None:
        while self._passed:
            oldest = next(iter(self._passed))
            if now - self._passed[oldest] < self._interval:
                return
            del self._passed[oldest]

    def forget(self, key: Hashable | None = None) -> None:
        """Let ``key`` through again, or every key."""
        with self._lock:
            if key is None:
                self._passed.clear()
            else:
                self._passed.pop(key, None)

    def give_back(self, keys: Iterable[Hashable]) -> None:
        """Let keys through again: what they passed for has not happened."""
        with self._lock:
            for key in keys:
                self._passed.pop(key, None)
