"""Keeps what a database asks for running."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass

import psycopg2
from odoo import SUPERUSER_ID, api
from odoo.addons.fusion_iot_base.nudges import board
from odoo.addons.fusion_iot_base.transactions import read_committed
from odoo.modules.registry import Registry

from .kinds import Health, Kind, Worker, kinds
from .lease import LeaseLost, Leases, Uninstalled
from .registry import current_registry

_logger = logging.getLogger(__name__)

TICK_S = 0.5
BEAT_S = 2.0
RECONCILE_S = 4.0
TAKE_S = 2.0
"""How often a process looks for leases that have become free."""
RETRY_S = 2.0
JOIN_S = 8.0
PATIENCE_S = 0.2
STALLED_AFTER_S = 60.0

_Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class _Wanted:
    kind: Kind
    row_id: int
    spec: object


@dataclass(slots=True)
class _Running:
    """A worker; once it was told to stop, with the time by which it should have (monotonic)."""

    row_id: int
    spec: object
    worker: Worker
    stops_by: float = 0.0


class Supervisor:
    """The workers of one database in this process.

    Compares every few seconds, and at once when settings change, what should run with what does. What another
    process holds the lease of is left alone. Runs in a thread of its own, which ends by itself when the suite is
    uninstalled.
    """

    def __init__(self, dbname: str) -> None:
        self.dbname = dbname
        self._wanted: dict[_Key, _Wanted] = {}
        self._running: dict[_Key, _Running] = {}
        self._ending: dict[_Key, _Running] = {}
        self._stopping = threading.Event()
        self._wake_read, self._wake_write = socket.socketpair()
        self._states: dict[int, tuple[str, str]] = {}
        self._complaint = ""
        self._thread = threading.Thread(target=self._run, name=f"fusion_iot.supervisor.{dbname}", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Ask for an end in good order; returns at once."""
        self._stopping.set()
        with suppress(OSError):
            self._wake_write.send(b".")

    def join(self, timeout: float) -> None:
        """Wait for the end."""
        self._thread.join(timeout)

    @property
    def alive(self) -> bool:
        """Whether its thread runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        threading.current_thread().dbname = self.dbname
        while not self._stopping.is_set():
            try:
                leases = Leases(self.dbname)
            except LeaseLost as exc:
                self._complain("The runtime has no connection to its database", exc)
            else:
                self._hold(leases)
            self._stopping.wait(RETRY_S)
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
        reconciled = taken = beaten = 0.0
        changed = True
        while not self._stopping.is_set():
            now = time.monotonic()
            if changed or now - reconciled >= RECONCILE_S:
                self._reconcile(leases)
                reconciled, taken = now, 0.0
            if self._let_go(leases, PATIENCE_S) or leases.hurried or now - taken >= TAKE_S:
                self._take_free(leases)
                taken = now
            due = now - beaten >= BEAT_S
            self._beat(leases, self._healths(), due)
            if due:
                beaten = now
            self._nudge()
            changed = leases.wait(TICK_S, self._wake_read.fileno())

    def _reconcile(self, leases: Leases) -> None:
        # A worker whose thread ended by itself, or was fenced off, makes room for a new one.
        self._end([key for key, running in self._running.items() if running.worker.join(0)])
        if not leases.installed():
            return
        try:
            wanted = self._wanted = self._read_wanted()
        except psycopg2.Error as exc:
            self._complain("The runtime cannot read its settings; it goes on with those it has", exc)
            return
        self._complaint = ""
        self._end([key for key in self._running if key not in wanted])
        self._end([key for key, running in self._running.items() if not _up_to_date(running, wanted[key])])

    def _take_free(self, leases: Leases) -> None:
        """Start what should run and what no other process has."""
        free = {
            item.row_id: key
            for key, item in self._wanted.items()
            if key not in self._running and key not in self._ending
        }
        for row_id, tenure in leases.take(free).items():
            key = free[row_id]
            item = self._wanted[key]
            worker = item.kind.worker(item.spec, tenure)
            self._running[key] = _Running(row_id, item.spec, worker)
            worker.start()

    def _read_wanted(self) -> dict[_Key, _Wanted]:
        with current_registry(self.dbname).cursor() as cr:
            read_committed(cr)
            env = api.Environment(cr, SUPERUSER_ID, {})
            if "iot.runtime.worker" not in env:
                return {}
            return {
                (kind.name, res_id): _Wanted(kind, row_id, spec)
                for kind in kinds()
                for res_id, (row_id, spec) in kind.wanted(env).items()
            }

    def _healths(self) -> dict[int, Health]:
        held = (*self._running.values(), *self._ending.values())
        return {running.row_id: _health(running.worker) for running in held}

    def _beat(self, leases: Leases, healths: dict[int, Health], due: bool) -> None:
        """Write how the workers are: all of them where that is ``due``, and at once those whose state is new."""
        states = _states(healths)
        changed = {row_id for row_id, state in states.items() if self._states.get(row_id) != state}
        lost = leases.beat({row_id: healths[row_id] for row_id in (healths if due else changed)})
        if states != self._states:
            self._states = states
            board.add((self.dbname, "fusion_iot.group_iot_user", "runtime"), {})
        keys = [key for key, running in self._running.items() if running.row_id in lost]
        if keys:
            _logger.warning("Another process has taken over %s worker(s) of this one.", len(keys))
            self._end(keys)

    def _nudge(self) -> None:
        """Tell open screens what could not be told at once, whoever in this process had it to tell."""
        if board.waiting(self.dbname):
            try:
                with Registry(self.dbname).cursor() as cr:
                    api.Environment(cr, SUPERUSER_ID, {})["iot.nudge"]._send_waiting()
            except psycopg2.Error as exc:
                _logger.debug("Screens could not be told: %s", exc)

    def _end(self, keys: Collection[_Key]) -> None:
        """Have workers disconnect; :meth:`_let_go` comes after that."""
        for key in keys:
            running = self._ending[key] = self._running.pop(key)
            running.stops_by = time.monotonic() + JOIN_S
            running.worker.stop()

    def _let_go(self, leases: Leases, patience: float) -> bool:
        """Let the leases go of workers that have ended, or will not; whether there were any.

        The others must not suffer from one that cannot end because nothing answers it: it is waited for
        ``patience`` seconds now, and again the next time.
        """
        gone: dict[int, str] = {}
        until = time.monotonic() + patience
        for key, running in list(self._ending.items()):
            ended = running.worker.join(max(0.0, until - time.monotonic()))
            if not ended and time.monotonic() < running.stops_by:
                continue
            if not ended:
                _logger.warning("A worker did not end in time (%s); its epoch fences it off.", running.spec)
            del self._ending[key]
            gone[running.row_id] = "waiting" if key in self._wanted else "stopped"
        leases.leave(gone)
        return bool(gone)

    def _complain(self, text: str, error: Exception) -> None:
        """Say the same thing once."""
        if text != self._complaint:
            self._complaint = text
            _logger.warning("%s: %s", text, str(error).strip().partition("\n")[0])


def _up_to_date(running: _Running, wanted: _Wanted) -> bool:
    """Whether a worker has its settings, or could take them over while running."""
    if running.spec != wanted.spec and not running.worker.update(wanted.spec):
        return False
    running.spec = wanted.spec
    return True


def _states(healths: dict[int, Health]) -> dict[int, tuple[str, str]]:
    """What people want to know at once."""
    return {row_id: (health.state, health.last_error) for row_id, health in healths.items()}


def _health(worker: Worker) -> Health:
    health = worker.health()
    still = time.monotonic() - health.moved
    if still > STALLED_AFTER_S:
        health.state = "retrying"
        health.last_error = f"The worker has been busy with one thing for {still:.0f} seconds."
    return health
