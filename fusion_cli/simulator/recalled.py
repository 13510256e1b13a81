"""Machines that first tell what the server missed, and then what they do now."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from . import known
from .devices.metered import Metered
from .line import Reading
from .publisher import Publisher
from .settings import Settings

PATIENCE = 300.0
"""Seconds after which a server that does not listen to the broker is not waited for any more."""
ASK_EVERY = 5.0


class Recalled:
    """A `Sender` of machines. Nothing is told before the past is, since sessions are made of what comes in order.

    :param hours: how far back they remember
    """

    def __init__(
        self,
        settings: Settings,
        publisher: Publisher,
        machines: Sequence[Metered],
        hours: float,
        log: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._publisher = publisher
        self._machines = machines
        self._hours = hours
        self._log = log
        self._clock = clock
        self._deadline = clock() + PATIENCE
        self._ask_at = clock()
        self._ready = False

    def send(self, now: int, readings: Sequence[Reading]) -> None:
        """Let every machine tell what is due, once the server listens. `readings` are of no interest here."""
        if self._ready or self._begin(now):
            self._publisher.send(now, readings)

    def _begin(self, now: int) -> bool:
        if self._clock() < self._ask_at:
            return False
        self._ask_at = self._clock() + ASK_EVERY
        try:
            if known.listens(self._settings):
                self._recall(now, known.metered(self._settings))
                self._ready = True
        except (OSError, ValueError):
            pass
        if not self._ready and self._clock() > self._deadline:
            self._log("The server does not listen to the broker; the past of the machines is left out.")
            self._ready = True
        return self._ready

    def _recall(self, now: int, last: dict[str, int]) -> None:
        """Have those that the server knows tell what came after it heard of them last."""
        count = 0
        for machine in self._machines:
            if machine.name in last:
                since = max(last[machine.name], int(now - self._hours * 3600))
                messages = machine.recall(since, now - 1)
                self._publisher.publish(machine.name, messages)
                count += len(messages)
        self._log(f"The machines recall {count} messages.")
