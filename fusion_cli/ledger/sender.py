"""What brings messages of the ledger to the server, and a load of them."""

from __future__ import annotations

import random
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence

from ..testing.pace import pace, patient
from ..testing.waiting import until
from .entry import Entry, Ledger, is_out
from .probe import Probe

RECONNECT_S = 0.2
BEAT_S = 0.02


class Sender(ABC):
    """Sends what is given to it in this order, from a thread of its own, until it is acknowledged.

    Like a gateway with a memory: while nobody takes it, it waits and tries again.
    """

    def __init__(self, ledger: Ledger, name: str) -> None:
        self.ledger, self.name = ledger, name
        self._waiting: deque[Entry] = deque()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"sender {name}", daemon=True)

    def publish(
        self, probe: Probe, *, out: bool = False, late: int | None = None, retain: bool = False
    ) -> Entry:
        """Have a probe's next reading sent; returns at once."""
        entry = self.ledger.note(probe, out=out, late=late, retain=retain)
        self.submit(entry)
        return entry

    def submit(self, entry: Entry) -> None:
        """Have a message of the ledger sent, not for the first time perhaps; returns at once."""
        self._waiting.append(entry)

    def publish_run(self, probe: Probe, count: int) -> None:
        """Have so many of its readings sent, with an excursion in every twelve."""
        for _ in range(count):
            self.publish(probe, out=is_out(probe.count))

    @property
    def idle(self) -> bool:
        """Whether everything that was given to it is done with."""
        return not self._waiting

    def flush(self, seconds: float = 60.0) -> None:
        """Return when everything was acknowledged."""
        until(lambda: self.idle, seconds, f"acknowledgements for {self.name}")

    def close(self) -> None:
        """Stop; what is not acknowledged stays so."""
        self._stop.set()
        self._thread.join(patient(10))

    @abstractmethod
    def _run(self) -> None:
        """Send what waits until `_stop` is set."""


class Load:
    """Has probes publish in turn, `rate` messages a second together, for as long as the block runs.

    Where the machine is slower it is as many fewer a second: what a test plays takes longer there, too.
    """

    def __init__(self, publisher: Sender, probes: Sequence[Probe], rate: float, seed: int = 1) -> None:
        self.publisher, self.probes, self.rate = publisher, probes, rate / pace()
        self._random = random.Random(seed)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="load", daemon=True)

    def __enter__(self) -> Load:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join(patient(10))

    def wait_for(self, more: int, seconds: float = 60.0) -> None:
        """Return when so many more messages were acknowledged."""
        target = self.publisher.ledger.acknowledged + more
        until(lambda: self.publisher.ledger.acknowledged >= target, seconds, f"{more} more acknowledgements")

    def _run(self) -> None:
        began, count = time.monotonic(), 0
        while not self._stop.wait(BEAT_S):
            due = int((time.monotonic() - began) * self.rate)
            for _ in range(due - count):
                probe = self._random.choice(self.probes)
                self.publisher.publish(probe, out=is_out(probe.count))
            count = due
