"""When the broker has sent all it may send before it sees an acknowledgement."""

from __future__ import annotations

CERTAIN_AFTER = 3
SMALLEST = 8


class WindowGuess:
    """Finds out how many unacknowledged messages a broker allows itself.

    MQTT 3.1.1 does not tell, and brokers have limits of their own (Mosquitto 20, unless configured otherwise). To wait
    for a fuller batch when the broker cannot send any more would waste the rest of the flush interval each time.
    """

    def __init__(self) -> None:
        self._last = 0
        self._times = 0
        self._window = 0

    def closed(self, waiting: int) -> bool:
        """Whether with so many messages waiting no more are to be expected."""
        return bool(self._window) and waiting >= self._window

    def flushed(self, waiting: int) -> None:
        """A batch of this size had to be flushed for its age."""
        self._times = self._times + 1 if waiting == self._last else 1
        self._last = waiting
        if self._times >= CERTAIN_AFTER and waiting >= SMALLEST:
            self._window = waiting

    def saw(self, waiting: int, grown: bool) -> None:
        """So many messages are waiting; more than the guess means that it was wrong."""
        if grown and self._window and waiting > self._window:
            self._window = self._times = 0
