"""The program: measures in one thread, sends in another."""

from __future__ import annotations

import fcntl
import logging
import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ..queue.backlog import Backlog
from ..queue.client import Client
from ..queue.clock import Clock, SystemClock
from ..queue.keeper import Keeper
from ..queue.sample import Sample
from ..queue.sender import ClientLike, Sender
from ..queue.timekeeping import Timekeeper
from . import systemd
from .bus import Bus
from .config import Config
from .watch import BusLike, Watch

_logger = logging.getLogger(__name__)

COLLECT_S = 1.0
STATUS_S = 10.0
SENDER_DEAD_S = 600.0
STOP_S = 5.0


class AlreadyRunning(Exception):
    """Another process uses the store."""


class Agent:
    """Everything put together for a configuration.

    :param bus: for another one than that of this device
    :param clock: likewise
    :param client: for another way to the server than the configured address
    """

    def __init__(
        self,
        config: Config,
        *,
        bus: BusLike | None = None,
        clock: Clock | None = None,
        client: ClientLike | None = None,
    ) -> None:
        clock = clock or SystemClock()
        self._config = config
        self._timekeeper = Timekeeper(clock, anyway=config.clock == "system")
        keeper = Keeper(
            config.store,
            max_rows=config.max_rows,
            max_bytes=config.max_bytes,
            memory_rows=config.memory_rows,
        )
        self.backlog = Backlog(keeper, self._timekeeper, max_rows=config.max_rows)
        self.watch = Watch(
            bus or Bus(config.bus),
            self._timekeeper.moment,
            timeout=config.probe_timeout,
            faults=config.faults,
        )
        client = client or make_client(config, clock)
        self.sender = Sender(self.backlog, client, self._timekeeper, batch_size=config.batch_size)
        self._stop = threading.Event()
        self._told_at = float("-inf")

    def stop(self) -> None:
        """Have `run()` return soon."""
        self._stop.set()

    def run(self) -> None:
        """Measure and send until `stop()`."""
        thread = threading.Thread(target=self.sender.run, name="sender", daemon=True)
        thread.start()
        _logger.info("Started; %d readings wait from before.", self.backlog.count)
        systemd.notify("READY=1")
        due = time.monotonic()
        while not self._stop.is_set():
            if time.monotonic() >= due:
                self.watch.round()
                due = max(due + self._config.interval, time.monotonic())
            self.keep(self._collect(min(due, time.monotonic() + COLLECT_S)))
            self.backlog.note_time()
            self._tell(thread)
        systemd.notify("STOPPING=1")
        self.sender.stop()
        thread.join(STOP_S)
        self.keep(self._collect(time.monotonic()))
        _logger.info("Stopped; %d readings wait.", self.backlog.count)
        if not thread.is_alive():
            self.backlog.close()

    def once(self) -> bool:
        """Measure once and send all that waits; whether nothing waits then."""
        self.watch.round()
        end = time.monotonic() + self._config.probe_timeout
        while self.watch.busy and time.monotonic() < end:
            time.sleep(0.02)
        self.keep(self._collect(time.monotonic()))
        while self.sender.step() == 0.0:
            pass
        left = self.backlog.count
        _logger.info("%s.", self.status())
        self.backlog.close()
        return left == 0

    def keep(self, samples: list[Sample]) -> None:
        """Put what was measured into the backlog."""
        self.backlog.add(samples)
        if samples:
            self.sender.wake()

    def _collect(self, until: float) -> list[Sample]:
        """What is measured until then, for one transaction."""
        found: list[Sample] = []
        while not self._stop.is_set() or not self.watch.samples.empty():
            left = until - time.monotonic()
            try:
                found.append(self.watch.samples.get(left > 0, max(left, 0.0)))
            except queue.Empty:
                break
        return found

    def _tell(self, thread: threading.Thread) -> None:
        now = time.monotonic()
        alive = thread.is_alive() and now - self.sender.beat < SENDER_DEAD_S
        period = min(systemd.watchdog_s() / 3 or STATUS_S, STATUS_S)
        if alive and now - self._told_at >= period:
            self._told_at = now
            systemd.notify(f"WATCHDOG=1\nSTATUS={self.status()}")

    def status(self) -> str:
        """How it goes, in one line."""
        parts = [
            f"{len(self.watch.present)} probes",
            f"{self.backlog.count} readings wait",
            f"{self.sender.sent} sent",
        ]
        if self.backlog.in_memory:
            parts.append(f"{self.backlog.in_memory} in memory only")
        if self.backlog.unknown:
            parts.append(f"unknown to the server: {', '.join(self.backlog.unknown)}")
        if self.backlog.uncovered:
            parts.append(f"not covered by the credential: {', '.join(self.backlog.uncovered)}")
        if self.backlog.lost:
            parts.append(f"{self.backlog.lost} lost")
        return "; ".join(parts)


def make_client(config: Config, clock: Clock | None = None) -> Client:
    """The client of the server in a configuration."""
    return Client(
        config.url,
        config.token,
        database=config.database,
        ca_file=config.ca_file,
        timeout=config.server_timeout,
        wall=(lambda: clock.moment().wall_ms / 1000) if clock else time.time,
    )


@contextmanager
def sole_user(config: Config) -> Iterator[None]:
    """Have the store for this process alone. Raises `AlreadyRunning`; without a place for the lock there is none."""
    path = config.store.with_name(config.store.name + ".lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.open("a")
    except OSError as error:
        _logger.warning("%s cannot be made (%s).", path, error.strerror)
        yield
        return
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AlreadyRunning(str(path)) from None
        yield
