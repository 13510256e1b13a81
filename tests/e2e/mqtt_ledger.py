"""Publishing with a ledger: what was sent how often, and what the broker acknowledged."""

from __future__ import annotations

import random
import threading
import time
from collections import OrderedDict, deque
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from fusion_cli.testing.pace import pace, patient
from tests.e2e.mqtt_probe import Probe
from tests.e2e.mqtt_wire import KEEPALIVE_S, NOBODY_SUBSCRIBED, Wire
from tests.waiting import until

WINDOW = 50
RECONNECT_S = 0.2
BEAT_S = 0.02
EXCURSION = 12
"""Of so many messages of a probe in a row, the last few are out of its limits."""
OUT = 3


@dataclass(eq=False)
class Entry:
    """One message of the ledger.

    `at` is the probe's own time, None where the message has none that can be used. `sent` counts how often it went
    to the broker: a publisher that got no acknowledgement sends again. `unheard`: the broker said that nobody
    subscribes to it. Where it is no reading although it was published, a test says so in `expected`; None is either.
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
    unheard: bool = False
    expected: bool | None = True


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
        """How many messages the broker acknowledged."""
        return sum(entry.acknowledged for entry in self.entries)


class Publisher:
    """Publishes what is given to it in this order, each message until the broker acknowledges it.

    Like a gateway with a memory: while the broker is away it waits and tries again.
    """

    def __init__(self, port: int, ledger: Ledger, name: str) -> None:
        self.port, self.ledger, self.name = port, ledger, name
        self.connects = 0
        self._waiting: deque[Entry] = deque()
        self._under_way: OrderedDict[int, Entry] = OrderedDict()
        self._mid = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"publisher {name}", daemon=True)
        self._thread.start()

    def publish(
        self, probe: Probe, *, out: bool = False, late: int | None = None, retain: bool = False
    ) -> Entry:
        """Have a probe's next reading published; returns at once."""
        entry = self.ledger.note(probe, out=out, late=late, retain=retain)
        self.submit(entry)
        return entry

    def submit(self, entry: Entry) -> None:
        """Have a message of the ledger published, not for the first time perhaps; returns at once."""
        self._waiting.append(entry)

    def publish_run(self, probe: Probe, count: int) -> None:
        """Have so many of its readings published, with an excursion in every twelve."""
        for _ in range(count):
            self.publish(probe, out=is_out(probe.count))

    def flush(self, seconds: float = 60.0) -> None:
        """Return when the broker has acknowledged everything."""
        until(lambda: not self._waiting and not self._under_way, seconds, f"PUBACKs for {self.name}")

    def close(self) -> None:
        """Stop; what is not acknowledged stays so."""
        self._stop.set()
        self._thread.join(patient(10))

    def _run(self) -> None:
        while not self._stop.is_set():
            wire = None
            with suppress(OSError):
                wire = Wire(self.port, f"{self.name}-{self.connects}")
                self.connects += 1
                self._serve(wire)
            if wire is not None:
                wire.close(goodbye=self._stop.is_set())
            self._stop.wait(RECONNECT_S)

    def _serve(self, wire: Wire) -> None:
        for mid, entry in self._under_way.items():
            self._send(wire, mid, entry)
        heard = time.monotonic()
        while not self._stop.is_set():
            while self._waiting and len(self._under_way) < WINDOW:
                self._mid = self._mid % 65_535 + 1
                entry = self._under_way[self._mid] = self._waiting.popleft()
                self._send(wire, self._mid, entry)
            if time.monotonic() - heard > KEEPALIVE_S / 3:
                wire.ping()
                heard = time.monotonic()
            for mid, reason in wire.acknowledgements(BEAT_S):
                entry = self._under_way.pop(mid)
                entry.unheard = reason == NOBODY_SUBSCRIBED
                entry.acknowledged = reason < 0x80

    def _send(self, wire: Wire, mid: int, entry: Entry) -> None:
        wire.publish(mid, entry.topic, entry.payload, retain=entry.retain, duplicate=entry.sent > 0)
        entry.sent += 1


class Load:
    """Has probes publish in turn, `rate` messages a second together, for as long as the block runs.

    Where the machine is slower it is as many fewer a second: what a test plays takes longer there, too.
    """

    def __init__(self, publisher: Publisher, probes: list[Probe], rate: float, seed: int = 1) -> None:
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
        """Return when so many more messages were acknowledged by the broker."""
        target = self.publisher.ledger.acknowledged + more
        until(lambda: self.publisher.ledger.acknowledged >= target, seconds, f"{more} more PUBACKs")

    def _run(self) -> None:
        began, count = time.monotonic(), 0
        while not self._stop.wait(BEAT_S):
            due = int((time.monotonic() - began) * self.rate)
            for _ in range(due - count):
                probe = self._random.choice(self.probes)
                self.publisher.publish(probe, out=is_out(probe.count))
            count = due


def is_out(number: int) -> bool:
    """Whether a probe's so-manieth message belongs to an excursion."""
    return number % EXCURSION >= EXCURSION - OUT


def some_days_ago() -> datetime:
    """A whole second a week back: when the own time of a probe begins."""
    return datetime.now(timezone.utc).replace(microsecond=0) - timedelta(days=7)
