"""When the broker has sent all it may send before it sees an acknowledgement."""

from __future__ import annotations

CERTAIN_AFTER = 3
SMALL = 8
TRIED_EVERY = 32


class WindowGuess:
    """Finds out how many unacknowledged messages a broker allows itself.

    MQTT 3.1.1 does not tell, and brokers have limits of their own (Mosquitto 20, unless configured otherwise; ejabberd
    sends one for each acknowledgement of what it kept). To wait for a fuller batch when the broker cannot send any more
    would waste the rest of the flush interval each time.

    A few messages at a time can also be all there is. So a small guess is tried: now and then the whole interval is
    waited for, and more messages than the guess prove it wrong.
    """

    def __init__(self) -> None:
        self._last = 0
        self._times = 0
        self._window = 0
        self._untried = 0

    def closed(self, waiting: int) -> bool:
        """Whether with so many messages waiting no more are to be expected."""
        return bool(self._window) and waiting >= self._window and self._untried < TRIED_EVERY

    def committed(self, waiting: int) -> None:
        """A batch was committed as soon as so many messages were waiting."""
        if waiting == self._window < SMALL:
            self._untried += 1

    def flushed(self, waiting: int) -> None:
        """A batch of this size had to be flushed for its age."""
        self._untried = 0
        self._times = self._times + 1 if waiting == self._last else 1
        self._last = waiting
        if self._times >= CERTAIN_AFTER:
            self._window = waiting

    def saw(self, waiting: int, grown: bool) -> None:
        """So many messages are waiting; more than the guess means that it was wrong.

        A small one is soon found again: a message of somebody else may have come between.
        """
        if grown and self._window and waiting > self._window:
            self._times = CERTAIN_AFTER - 1 if self._window < SMALL else 0
            self._window = self._untried = 0
