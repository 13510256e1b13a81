"""Keeps what a database asks for running."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone

from odoo.addons.fusion_iot_base.nudges import board

from .kinds import Health, Tenure, Worker
from .lease import LeaseLost, Leases, Uninstalled, addressee
from .settings import Complaints, Key, Settings, SettingsReader, Wanted
from .transient import in_words

_logger = logging.getLogger(__name__)

TICK_S = 0.5
BEAT_S = 2.0
RECONCILE_S = 4.0
TAKE_S = 2.0
"""How often a process looks for leases that have become free."""
RETRY_S = 2.0
JOIN_S = 8.0
PATIENCE_S = 0.2
LAUNCH_S = 1.0
"""Starting workers stops for heartbeats after so long."""
LAUNCH_AGAIN_S = 20.0
STALLED_AFTER_S = 60.0


@dataclass(slots=True)
class _Running:
    """A worker whose lease we have.

    :ivar worker: ``None`` before it is launched, and while that does not work
    :ivar half: a worker whose start did not work, until it has ended
    :ivar fault: why it could not be launched
    :ivar launch_at: time of the next attempt (monotonic)
    :ivar stops_by: once it was told to stop, the time by which it should have (monotonic)
    """

    wanted: Wanted
    tenure: Tenure
    worker: Worker | None = None
    half: Worker | None = None
    fault: str = ""
    fault_at: datetime | None = None
    launch_at: float = 0.0
    stops_by: float = 0.0

    @property
    def row_id(self) -> int:
        return self.tenure.row_id

    def failed(self, error: Exception) -> Health:
        """What its row says because of an error."""
        text = in_words(error)
        if text != self.fault:
            self.fault, self.fault_at = text, _now()
        return self.health

    @property
    def health(self) -> Health:
        """Of what does not run, or cannot say how it is."""
        state = "failed" if self.fault else "connecting"
        return Health(state, last_error=self.fault, last_error_at=self.fault_at)


class Supervisor:
    """The workers of one database in this process.

    Compares every few seconds, and at once when settings change, what should run with what does. What another
    process holds the lease of is left alone. Runs in a thread of its own, which ends by itself when the suite is
    uninstalled; that thread gives the heartbeats, so nothing in it may wait for a registry or for a worker. What goes
    wrong with one worker, or with reading the settings of its kind, is said in its row and concerns no other.
    """

    def __init__(self, dbname: str) -> None:
        self.dbname = dbname
        self._settings = Settings()
        self._running: dict[Key, _Running] = {}
        self._ending: dict[Key, _Running] = {}
        self._stopping = threading.Event()
        self._wake_read, self._wake_write = socket.socketpair()
        self._wake_read.setblocking(False)
        self._wake_write.setblocking(False)
        self._states: dict[int, tuple[str, str]] = {}
        self._complaint = ""
        self._complaints = Complaints(_logger)
        self._reader = SettingsReader(dbname, self._wake)
        self._thread = threading.Thread(target=self._run, name=f"fusion_iot.supervisor.{dbname}", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Ask for an end in good order; returns at once."""
        self._stopping.set()
        self._wake()

    def join(self, timeout: float) -> None:
        """Wait for the end."""
        self._thread.join(timeout)

    @property
    def alive(self) -> bool:
        """Whether its thread runs."""
        return self._thread.is_alive()

    def _wake(self) -> None:
        with suppress(OSError):
            self._wake_write.send(b".")

    def _run(self) -> None:
        threading.current_thread().dbname = self.dbname
        self._reader.start()
        while not self._stopping.is_set():
            try:
                leases = Leases(self.dbname)
            except LeaseLost as exc:
                self._complain("The runtime has no connection to its database", exc)
            else:
                self._hold(leases)
            self._stopping.wait(RETRY_S)
        self._reader.stop()
        self._wake_read.close()
        self._wake_write.close()

    def _hold(self, leases: Leases) -> None:
        try:
            self._supervise(leases)
        except Uninstalled:
            _logger.info("The suite was uninstalled; the runtime of its database ends.")
            self._stopping.set()
        except LeaseLost as exc:
            self._complain("The runtime lost its connection to the database", exc)
        except Exception:
            _logger.exception("The runtime's supervisor met an unexpected error and starts over.")
        finally:
            self._end(list(self._running))
            with suppress(LeaseLost):
                self._let_go(leases, JOIN_S if self._stopping.is_set() else PATIENCE_S)
            leases.close()

    def _supervise(self, leases: Leases) -> None:
        looked = taken = beaten = 0.0
        # Nothing is taken by settings that are older than the connection.
        self._settings, changed, first = Settings(), True, 0
        while not self._stopping.is_set():
            now = time.monotonic()
            if changed or now - looked >= RECONCILE_S:
                looked = now
                self._end_ended()
                if leases.installed():
                    asked = self._reader.ask()
                    first = first or asked
            settings = self._reader.settings
            if settings is not self._settings and first and settings.asked >= first:
                self._complaint, taken = "", 0.0
                self._follow(leases, settings)
            if self._let_go(leases, PATIENCE_S) or leases.hurried or now - taken >= TAKE_S:
                self._take_free(leases)
                taken = now
            busy = self._launch_due()
            if due := time.monotonic() - beaten >= BEAT_S:
                beaten = time.monotonic()
            self._beat(leases, due)
            changed = self._heed(leases.wait(0.0 if busy else TICK_S, self._wake_read.fileno()))
            with suppress(OSError):
                self._wake_read.recv(4096)

    def _heed(self, told: Iterable[str]) -> bool:
        """Have those workers look that something is said to; whether settings have to be read."""
        changed = False
        for words in told:
            key = addressee(words)
            if key is None:
                changed = True
            elif running := self._running.get(key):
                changed |= not self._ask(key, running, _nudged, otherwise=False)
        return changed

    # What should run

    def _follow(self, leases: Leases, settings: Settings) -> None:
        """Stop what should not run any more, and give the others the settings that they have now."""
        self._settings = settings
        wanted = settings.workers
        self._end([key for key in self._running if key not in wanted])
        self._end(
            [key for key, running in self._running.items() if not self._up_to_date(key, running, wanted[key])]
        )
        faults = {
            kind: f"Its settings cannot be read: {fault.text}" for kind, fault in settings.faults.items()
        }
        leases.fail(faults, [item.row_id for item in wanted.values()])

    def _up_to_date(self, key: Key, running: _Running, wanted: Wanted) -> bool:
        """Whether a worker has its settings, or could take them over while running."""
        if running.wanted.spec != wanted.spec:
            if running.worker is None:
                running.launch_at = 0.0
            elif not self._ask(key, running, lambda worker: worker.update(wanted.spec), otherwise=False):
                return False
        running.wanted = wanted
        return True

    def _take_free(self, leases: Leases) -> None:
        """Become the owner of what should run and what no other process has."""
        free = {
            item.row_id: key
            for key, item in self._settings.workers.items()
            if key not in self._running and key not in self._ending
        }
        for row_id, tenure in leases.take(free).items():
            key = free[row_id]
            self._running[key] = _Running(self._settings.workers[key], tenure)

    def _launch_due(self) -> bool:
        """Start workers that are not started yet, for a second at most; whether there are more."""
        until = time.monotonic() + LAUNCH_S
        for key, running in list(self._running.items()):
            if running.worker is None and running.launch_at <= time.monotonic():
                if time.monotonic() >= until:
                    return True
                if running.half is not None and not self._joined(key, running, 0.0):
                    # What is left of it could get in the way of the next one: that has to have another epoch.
                    self._end([key])
                else:
                    running.half = None
                    self._launch(key, running)
        return False

    def _launch(self, key: Key, running: _Running) -> None:
        worker = None
        try:
            worker = running.wanted.kind.worker(running.wanted.spec, running.tenure)
            worker.start()
        except Exception as exc:  # noqa: BLE001 - of whatever addon
            running.half = worker
            self._ask(key, running, lambda half: half.stop(), otherwise=None)
            running.launch_at = time.monotonic() + LAUNCH_AGAIN_S
            running.failed(exc)
            self._complain_of(key, "cannot be started", exc)
        else:
            running.worker, running.fault, running.fault_at = worker, "", None
            self._complaints.over((key, "cannot be started"))

    # The end of workers

    def _end_ended(self) -> None:
        """A worker that ended by itself, or was fenced off, makes room for a new one."""
        self._end(
            [
                key
                for key, running in self._running.items()
                if running.worker is not None and self._joined(key, running, 0.0)
            ]
        )

    def _end(self, keys: Collection[Key]) -> None:
        """Have workers disconnect; :meth:`_let_go` comes after that."""
        for key in keys:
            running = self._ending[key] = self._running.pop(key)
            running.stops_by = time.monotonic() + JOIN_S
            self._ask(key, running, lambda worker: worker.stop(), otherwise=None)

    def _let_go(self, leases: Leases, patience: float) -> bool:
        """Let the leases go of workers that have ended, or will not; whether there were any.

        The others must not suffer from one that cannot end because nothing answers it: it is waited for
        ``patience`` seconds now, and again the next time.
        """
        gone: dict[int, str] = {}
        until = time.monotonic() + patience
        for key, running in list(self._ending.items()):
            ended = self._joined(key, running, max(0.0, until - time.monotonic()))
            if not ended and time.monotonic() < running.stops_by:
                continue
            if not ended:
                _logger.warning(
                    "A worker did not end in time (%s); its epoch fences it off.", running.wanted.spec
                )
            del self._ending[key]
            gone[running.row_id] = "waiting" if key in self._settings.workers else "stopped"
        leases.leave(gone)
        return bool(gone)

    def _joined(self, key: Key, running: _Running, timeout: float) -> bool:
        if running.worker is None and running.half is None:
            return True
        return self._ask(key, running, lambda worker: worker.join(timeout), otherwise=False)

    # How they are

    def _beat(self, leases: Leases, due: bool) -> None:
        """Write how the workers are: all of them where that is ``due``, and at once those whose state is new."""
        held = [*self._running.items(), *self._ending.items()]
        healths = {running.row_id: self._health(key, running) for key, running in held}
        states = {row_id: (health.state, health.last_error) for row_id, health in healths.items()}
        changed = {row_id for row_id, state in states.items() if self._states.get(row_id) != state}
        lost = leases.beat({row_id: healths[row_id] for row_id in (healths if due else changed)})
        if states != self._states:
            self._states = states
            board.add((self.dbname, "fusion_iot.group_iot_user", "runtime"), {})
        keys = [key for key, running in self._running.items() if running.row_id in lost]
        if keys:
            _logger.warning("Another process has taken over %s worker(s) of this one.", len(keys))
            self._end(keys)

    def _health(self, key: Key, running: _Running) -> Health:
        if running.worker is None:
            return running.health
        try:
            health = running.worker.health().checked()
        except Exception as exc:  # noqa: BLE001 - of whatever addon
            self._complain_of(key, "cannot say how it is", exc)
            return running.failed(exc)
        running.fault = ""
        self._complaints.over((key, "cannot say how it is"))
        still = time.monotonic() - health.moved
        if still > STALLED_AFTER_S:
            health.state = "retrying"
            health.last_error = f"{health.stuck} for {still:.0f} seconds."
        elif health.state == "connected" and (
            fault := self._settings.faults.get(key[0]) or self._reader.late
        ):
            # It works, and others rely on its state; what people change does not reach it, though.
            health.last_error = f"Its settings cannot be read; it goes on with those it has: {fault.text}"
            health.last_error_at = fault.at
        return health

    def _ask(self, key: Key, running: _Running, question: Callable, otherwise: object):
        """What a worker answers; ``otherwise`` where there is none, or it only raises."""
        worker = running.worker or running.half
        if worker is None:
            return otherwise
        try:
            return question(worker)
        except Exception as exc:  # noqa: BLE001 - of whatever addon
            self._complain_of(key, "does not do as it is told", exc)
            return otherwise

    def _complain_of(self, key: Key, what: str, error: Exception) -> None:
        kind, record = key
        self._complaints.say((key, what), f"A worker {what} ({kind} {record})", error)

    def _complain(self, text: str, error: Exception) -> None:
        """Say the same thing once."""
        if text != self._complaint:
            self._complaint = text
            _logger.warning("%s: %s", text, str(error).strip().partition("\n")[0])


def _nudged(worker: Worker) -> bool:
    """Whether a worker looks for itself; one of an addon may not know how."""
    return getattr(worker, "nudge", bool)()


def _now() -> datetime:
    return datetime.now(timezone.utc).replace(tzinfo=None)
