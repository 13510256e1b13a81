"""Posting readings of the ledger over HTTP, each with its time, until the server says that it has them."""

from __future__ import annotations

import itertools

from ..simulator import poster
from ..simulator.line import Reading
from .entry import Entry, Ledger
from .sender import BEAT_S, RECONNECT_S, Sender

BATCH = 20
"""Readings in one request, at most."""


class Poster(Sender):
    """Posts to the ingest address of the server at `url`."""

    def __init__(self, url: str, token: str, ledger: Ledger, name: str) -> None:
        super().__init__(ledger, name)
        self._client = poster.Poster(url, token)
        self.refused: list[tuple[Entry, str]] = []
        """What the server will never take, and why: a fault of the test, or of the server."""
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.is_set():
            batch = list(itertools.islice(self._waiting, BATCH))
            self._stop.wait(self._post(batch) if batch else BEAT_S)

    def _post(self, batch: list[Entry]) -> float:
        """How many seconds to wait before the next one."""
        for entry in batch:
            entry.sent += 1
        outcome = self._client.post([_reading(entry) for entry in batch])
        if isinstance(outcome, poster.Later):
            return RECONNECT_S
        if isinstance(outcome, poster.Refused) or outcome.rejected:
            self.refused += [(entry, str(outcome)) for entry in batch]
        for entry in batch:
            if isinstance(outcome, poster.Taken) and not outcome.rejected:
                entry.acknowledge()
            self._waiting.popleft()
        return 0.0


def _reading(entry: Entry) -> Reading:
    assert entry.at is not None
    return Reading(entry.probe.serial, entry.value, int(entry.at.timestamp()))
