"""When something happens on the line."""

from __future__ import annotations

import random
from collections.abc import Iterator

from .disturbance import CALM, Disturbance
from .incident import CYCLE, OPENING, PAST, Incident

FIRST = 720
"""Seconds from the start to the first incident after the opening."""
EVERY = 600
"""Seconds from one incident to the next, on average."""
JITTER = 60


class Script:
    """The incidents around the moment `live` (epoch seconds) when the line comes into view.

    Pure: what happens at a time depends on that time, `live` and `seed` only.
    """

    def __init__(self, live: int, seed: int = 1) -> None:
        self.live = live
        self.seed = seed

    def around(self, now: int) -> Iterator[tuple[int, Incident]]:
        """Beginning and incident of everything that may be going on at a time."""
        for offset, incident in (*PAST, *OPENING):
            yield self.live + offset, incident
        number = (now - self.live - FIRST) // EVERY
        for index in (number - 1, number):
            if index >= 0:
                jitter = random.Random(f"{self.seed}:{index}").randrange(JITTER)
                yield self.live + FIRST + index * EVERY + jitter, CYCLE[index % len(CYCLE)]

    def disturbance(self, serial: str, now: int) -> Disturbance:
        """What disturbs a measuring point at a time."""
        for begin, incident in self.around(now):
            if incident.serial == serial and (found := incident.after(now - begin)):
                return found
        return CALM

    def going_on(self, now: int) -> list[Incident]:
        """The incidents that have begun and are not over."""
        return [incident for begin, incident in self.around(now) if 0 <= now - begin < incident.seconds]
