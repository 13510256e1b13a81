"""Brings the readings of the outbox to the server in order, whatever becomes of the server meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from .line import Reading
from .outbox import Outbox
from .poster import Later, Poster, Refused, Taken

BATCH = 400
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
STRANGER_PAUSE = 30.0
"""Seconds between two attempts while the server takes nothing of what we send."""


class Feed:
    """Sends, waits longer after every failure, and says so once: `log` gets a line per change of state."""

    def __init__(
        self,
        outbox: Outbox,
        poster: Poster,
        log: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.outbox = outbox
        self.poster = poster
        self.not_before = 0.0
        self._log = log
        self._clock = clock
        self._failures = 0
        self._state = ""
        self._rejected: frozenset[tuple[str, str]] = frozenset()
        self._lost = 0

    def send(self, now: int, readings: Sequence[Reading]) -> None:
        """Send readings behind those that wait."""
        self.outbox.put(readings)
        self.pump()

    def pump(self) -> None:
        """Send what waits until there is nothing left or the server wants a pause."""
        while self.outbox and self._clock() >= self.not_before:
            batch = self.outbox.first(BATCH)
            outcome = self.poster.post(batch)
            if isinstance(outcome, Later):
                self._pause(outcome)
                return
            self.outbox.settle(len(batch))
            self._failures = 0
            if isinstance(outcome, Refused):
                self.not_before = self._clock() + STRANGER_PAUSE
                self._enter(f"The server takes nothing of the line: {outcome.reason}.")
            else:
                self._taken(outcome)

    def _pause(self, outcome: Later) -> None:
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2**self._failures)
        self._failures = min(self._failures + 1, 16)
        self.not_before = self._clock() + min(LONGEST_PAUSE, max(pause, outcome.after))
        text = f"The server takes no readings now: {outcome.reason}. They are kept and sent later."
        self._enter(text, outcome.reason.partition(" (")[0])

    def _taken(self, outcome: Taken) -> None:
        waiting = f" {len(self.outbox)} more are waiting." if self.outbox else ""
        self._enter("The server takes the readings." + waiting, "taken")
        if self.outbox.lost > self._lost:
            self._log(f"{self.outbox.lost - self._lost} readings were given up while the server was away.")
            self._lost = self.outbox.lost
        if new := outcome.rejected - self._rejected:
            self._log("Not taken: " + ", ".join(f"{serial} ({error})" for serial, error in sorted(new)) + ".")
            self._rejected |= new

    def _enter(self, text: str, state: str = "") -> None:
        if self._state != (state or text):
            self._state = state or text
            self._log(text)
