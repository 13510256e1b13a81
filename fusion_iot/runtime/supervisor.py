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
from .lease import LeaseLost, Leases

_logger = logging.getLogger(__name__)

TICK_S = 0.5
BEAT_S = 2.0
RECONCILE_S = 4.0
RETRY_S = 2.0
JOIN_S = 8.0
STALLED_AFTER_S = 60.0

_Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class _Wanted:
    kind: Kind
    row_id: int
    spec: object


@dataclass(slots=True)
class _Running:
    row_id: int
    spec: object
    worker: Worker


class Supervisor:
    """The workers of one database in this process.

    Compares every few seconds, and at once when settings change, what should run with what does. What another
    process holds the lease of is left alone. Runs in a thread of its own.
    """

    def __init__(self, dbname: str) -> None:
        self.dbname = dbname
        self._wanted: dict[_Key, _Wanted] = {}
        self._running: dict[_Key, _Running] = {}
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
        except LeaseLost as exc:
            self._complain("The runtime lost its connection to the database", exc)
        except Exception:
            _logger.exception("The runtime's supervisor met an unexpected error and starts over.")
        finally:
            with suppress(LeaseLost):
                self._end(leases, list(self._running))
            leases.close()

    def _supervise(self, leases: Leases) -> None:
        reconciled = beaten = 0.0
        changed = True
        while not self._stopping.is_set():
            now = time.monotonic()
            if changed or now - reconciled >= RECONCILE_S:
                self._reconcile(leases)
                reconciled = now
            self._take_free(leases)
            if changed or now - beaten >= BEAT_S:
                self._beat(leases)
                beaten = now
            self._nudge()
            changed = leases.wait(TICK_S, self._wake_read.fileno())

    def _reconcile(self, leases: Leases) -> None:
        # A worker whose thread ended by itself, or was fenced off, makes room for a new one.
        self._end(leases, [key for key, running in self._running.items() if running.worker.join(0)])
        if not leases.installed():
            return
        try:
            wanted = self._wanted = self._read_wanted()
        except psycopg2.Error as exc:
            self._complain("The runtime cannot read its settings; it goes on with those it has", exc)
            return
        self._complaint = ""
        self._end(leases, [key for key in self._running if key not in wanted])
        self._end(
            leases, [key for key, running in self._running.items() if not _up_to_date(running, wanted[key])]
        )

    def _take_free(self, leases: Leases) -> None:
        """Start what should run and what no other process has."""
        for key, item in self._wanted.items():
            if key not in self._running and (tenure := leases.take(item.row_id)):
                worker = item.kind.worker(item.spec, tenure)
                self._running[key] = _Running(item.row_id, item.spec, worker)
                worker.start()

    def _read_wanted(self) -> dict[_Key, _Wanted]:
        registry = Registry(self.dbname).check_signaling()
        with registry.cursor() as cr:
            read_committed(cr)
            env = api.Environment(cr, SUPERUSER_ID, {})
            if "iot.runtime.worker" not in env:
                return {}
            return {
                (kind.name, res_id): _Wanted(kind, row_id, spec)
                for kind in kinds()
                for res_id, (row_id, spec) in kind.wanted(env).items()
            }

    def _beat(self, leases: Leases) -> None:
        healths = {running.row_id: _health(running.worker) for running in self._running.values()}
        lost = leases.beat(healths)
        states = {row_id: (health.state, health.last_error) for row_id, health in healths.items()}
        if states != self._states:
            self._states = states
            board.add((self.dbname, "fusion_iot.group_iot_user", "runtime"), {})
        keys = [key for key, running in self._running.items() if running.row_id in lost]
        if keys:
            _logger.warning("Another process has taken over %s worker(s) of this one.", len(keys))
            self._end(leases, keys)

    def _nudge(self) -> None:
        """Tell open screens what could not be told at once, whoever in this process had it to tell."""
        if board.waiting(self.dbname):
            try:
                with Registry(self.dbname).cursor() as cr:
                    api.Environment(cr, SUPERUSER_ID, {})["iot.nudge"]._send_waiting()
            except psycopg2.Error as exc:
                _logger.debug("Screens could not be told: %s", exc)

    def _end(self, leases: Leases, keys: Collection[_Key]) -> None:
        """Disconnect first, then let the leases go."""
        ended = [self._running.pop(key) for key in keys]
        for running in ended:
            running.worker.stop()
        until = time.monotonic() + JOIN_S
        for running in ended:
            if not running.worker.join(max(0.0, until - time.monotonic())):
                _logger.warning("A worker did not end in time (%s); its epoch fences it off.", running.spec)
        for running in ended:
            leases.leave(running.row_id)

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


def _health(worker: Worker) -> Health:
    health = worker.health()
    still = time.monotonic() - health.moved
    if still > STALLED_AFTER_S:
        health.state = "retrying"
        health.last_error = f"The worker has been busy with one thing for {still:.0f} seconds."
    return health
