import threading
import time
from collections.abc import Callable, Hashable


class Throttle:
    """Lets each key through at most once in ``interval`` seconds, in this process.

    For what costs more than it is worth when it is done every time. Thread-safe; at most ``size`` keys are
    remembered, and forgetting one early only lets it through once more.
    """

    def __init__(self, interval: float, size: int = 10_000, clock: Callable[[], float] = time.monotonic):
        self._interval = interval
        self._size = size
        self._clock = clock
        self._passed: dict[Hashable, float] = {}
        self._lock = threading.Lock()

    def due(self, key: Hashable) -> bool:
        """Whether ``key`` may pass now; it then has."""
        now = self._clock()
        with self._lock:
            if now - self._passed.get(key, -self._interval) < self._interval:
                return False
            if len(self._passed) >= self._size:
                self._passed.clear()
            self._passed[key] = now
            return True

    def forget(self, key: Hashable | None = None) -> None:
        """Let ``key`` through again, or every key."""
        with self._lock:
            if key is None:
                self._passed.clear()
            else:
                self._passed.pop(key, None)
