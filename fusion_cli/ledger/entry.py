"""The ledger: what was measured, how often it was sent, and what was acknowledged."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from .probe import Probe

EXCURSION = 12
"""Of so many messages of a probe in a row, the last few are out of its limits."""
OUT = 3


@dataclass(eq=False)
class Entry:
    """One message of the ledger.

    `at` is the probe's own time, None where the message has none that can be used. `sent` counts how often it went
    out: a sender that got no acknowledgement sends again. `acknowledged_at` is when it came (epoch seconds). `unheard`:
    the broker said that nobody subscribes to it. Where it is no reading although it was published, a test says so in
    `expected`; None is either. `repeated`: how many killed brokers may have delivered it once
    more.
    """

    probe: Probe
    number: int
    value: float
    out: bool
    at: datetime | None
    topic: str
    payload: bytes
    retain: bool = False
    sent: int = 0
    acknowledged: bool = False
    acknowledged_at: float = 0.0
    unheard: bool = False
    expected: bool | None = True
    repeated: int = 0

    def acknowledge(self) -> None:
        """Note that whoever it was sent to has taken it."""
        self.acknowledged, self.acknowledged_at = True, time.time()


class Ledger:
    """All messages, in the order in which they were handed to the publisher."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._lock = threading.Lock()

    def note(self, probe: Probe, *, out: bool, late: int | None = None, retain: bool = False) -> Entry:
        """Enter the next message of a probe; `late` is the number whose turn it was by its own time."""
        with self._lock:
            number = probe.count
            probe.count += 1
            value = probe.value(number, out)
            at = probe.epoch + timedelta(seconds=number if late is None else late)
            entry = Entry(
                probe,
                number,
                value,
                out,
                at if probe.make.own_time else None,
                probe.topic,
                probe.payload(value, at),
                retain,
            )
            self.entries.append(entry)
        return entry

    def of(self, probe: Probe) -> list[Entry]:
        """The messages of one probe."""
        return [entry for entry in self.entries if entry.probe is probe]

    @property
    def acknowledged(self) -> int:
        """How many messages were acknowledged."""
        return sum(entry.acknowledged for entry in self.entries)

    def forget(self, saved_at: float, first: int = 0) -> list[Entry]:
        """Play the loss of a broker that was killed and had last saved at `saved_at` (epoch seconds).

        What came over MQTT and was acknowledged since then is not acknowledged any more; it is returned. Messages
        before number `first` were stored by then, and are not forgotten. Any message may come again: a broker that is
        killed sooner than it saves sends the same ones after each kill.
        """
        with self._lock:
            entries = self.entries.copy()
        gone = [
            entry
            for entry in entries[first:]
            if entry.probe.make.source == "mqtt" and entry.acknowledged and entry.acknowledged_at > saved_at
        ]
        for entry in gone:
            entry.acknowledged = False
        for entry in entries:
            entry.repeated += entry.probe.make.source == "mqtt"
        return gone


def is_out(number: int) -> bool:
    """Whether a probe's message with this number belongs to an excursion."""
    return number % EXCURSION >= EXCURSION - OUT


def some_days_ago() -> datetime:
    """A whole second a week back: when the own time of a probe begins."""
    return datetime.now(timezone.utc).replace(microsecond=0) - timedelta(days=7)
