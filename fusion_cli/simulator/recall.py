"""The past of the probes that the server knows by their place on the Add-on only."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from . import known, network
from .line import Reading
from .publisher import Publisher
from .settings import Settings

PATIENCE = 300.0
"""Seconds after which a server that does not listen to the broker is not waited for any more."""


class Recall:
    """Has the Add-on publish readings of the past with their times, once the server listens.

    Before its first connection nobody keeps messages for it. A `Sender`, so that it comes by now and then.
    """

    def __init__(
        self,
        settings: Settings,
        publisher: Publisher,
        past: Sequence[Reading],
        log: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._publisher = publisher
        self._past = list(past)
        self._log = log
        self._clock = clock
        self._deadline = clock() + PATIENCE

    def send(self, now: int, readings: Sequence[Reading]) -> None:
        """Publish the past if the time has come. `readings` are of no interest here."""
        if not self._past:
            return
        if self._clock() > self._deadline:
            self._past = []
            self._log("The server does not listen to the broker; the past of the Add-on is left out.")
        elif self._listens():
            self._publisher.publish(network.ADDON, network.addon().recall(self._past))
            self._log(f"The Add-on recalls {len(self._past)} readings.")
            self._past = []

    def _listens(self) -> bool:
        try:
            return known.listens(self._settings)
        except (OSError, ValueError):
            return False
