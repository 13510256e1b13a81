"""Keeps what a database asks for running."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Collection, Iterable
from contextlib import suppress
from functools import partial

from odoo.addons.fusion_iot_base.nudges import board

from .calls import Calls, Round
from .complaints import Complaints
from .held import Held
from .kinds import Health
from .lease import LeaseLost, Leases, Uninstalled, addressee
from .settings import SettingsReader
from .wanted import Key, Settings

_logger = logging.getLogger(__name__)

TICK_S = 0.5
BEAT_S = 2.0
RECONCILE_S = 4.0
TAKE_S = 2.0
"""How often a process looks for leases that have become free."""
RETRY_S = 2.0
JOIN_S = 8.0
PATIENCE_S = 0.2
"""Heartbeats wait so long for what workers answer."""
LOOK_AGAIN_S = 0.02
END_WITHIN_S = 1.0


class Supervisor:
    """The workers of one database in this process.

    Compares every few seconds, and at once when settings change, what should run with what does. What another
    process holds the lease of is left alone. Runs in a thread of its own, which ends by itself when the suite is
    uninstalled; that thread gives the heartbeats, so nothing in it may wait for a registry or for a worker: it calls
    nothing that an addon has written. What goes wrong with one worker, or with reading the settings of its kind, is
    said in its row and concerns no other.
    """

    def __init__(self, dbname: str) -> None:
        self.dbname = dbname
        self._settings = Settings()
        self._running: dict[Key, Held] = {}
        self._ending: dict[Key, Held] = {}
        self._calls: dict[str, Calls] = {}
        self._beaten = 0.0
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
        for calls in self._calls.values():
            calls.close()
        self._reader.join(END_WITHIN_S)
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
        looked = taken = self._beaten = 0.0
        # Nothing is taken by settings that are older than the connection.
        self._settings, seen = Settings(), self._reader.settings
        changed, first = True, 0
        while not self._stopping.is_set():
            now = time.monotonic()
            if changed or now - looked >= RECONCILE_S:
                looked = now
                # What ended by itself, or was fenced off, makes room for a new one.
                self._end([key for key, held in self._running.items() if held.ended])
                if leases.installed():
                    asked = self._reader.ask()
                    first = first or asked
            settings = self._reader.settings
            if settings is not seen and first:
                self._complaint, seen, taken = "", settings, 0.0
                self._follow(leases, settings.since(first))
            if self._let_go(leases, PATIENCE_S) or leases.hurried or now - taken >= TAKE_S:
                self._take_free(leases)
                taken = now
            self._have_turns(self._running.values(), PATIENCE_S)
            refused = [key for key, held in self._running.items() if held.refused]
            unheard = [key for key, held in self._running.items() if held.is_unheard()]
            self._end(refused)
            self._beat(leases)
            told = leases.wait(0.0 if refused or unheard else TICK_S, self._wake_read.fileno())
            changed = self._heed(told) or bool(unheard)
            with suppress(OSError):
                self._wake_read.recv(4096)

    def _heed(self, told: Iterable[str]) -> bool:
        """Have those workers look that something is said to; whether settings have to be read."""
        keys = {addressee(words) for words in told}
        for key in keys & self._running.keys():
            self._running[key].nudged = True
        return None in keys

    # What should run

    def _follow(self, leases: Leases, settings: Settings) -> None:
        """Stop what should not run any more, and give the others the settings that they have now."""
        self._settings = settings
        wanted = settings.workers
        self._end([key for key in self._running if key not in wanted])
        for key, held in self._running.items():
            held.wanted = wanted[key]
        faults = {
            kind: f"Its settings cannot be read: {fault.text}" for kind, fault in settings.faults.items()
        }
        leases.fail(faults, [item.row_id for item in wanted.values()])

    def _take_free(self, leases: Leases) -> None:
        """Become the owner of what should run and what no other process has."""
        free = {
            item.row_id: key
            for key, item in self._settings.workers.items()
            if key not in self._running and key not in self._ending
        }
        for row_id, tenure in leases.take(free).items():
            key = free[row_id]
            self._running[key] = Held(key, self._settings.workers[key], tenure, self._complaints)

    def _have_turns(self, workers: Collection[Held], patience: float) -> None:
        """Have those called whose last turn is over, and wait for that: not for longer than heartbeats may."""
        idle = [held for held in workers if held.waits_since is None]
        together, now = Round(len(idle)), time.monotonic()
        for held in idle:
            held.waits_since = now
            kind = held.key[0]
            if kind not in self._calls:
                self._calls[kind] = Calls(kind, self.dbname)
            self._calls[kind].make(partial(_have_turn, held, together))
        for calls in self._calls.values():
            calls.help_out()
        if idle:
            together.wait(patience)

    # The end of workers

    def _end(self, keys: Collection[Key]) -> None:
        """Have workers disconnect; :meth:`_let_go` comes after that."""
        for key in keys:
            held = self._ending[key] = self._running.pop(key)
            held.ended, held.leaving, held.stops_by = False, True, time.monotonic() + JOIN_S

    def _let_go(self, leases: Leases, patience: float) -> bool:
        """Let the leases go of workers that have ended, or will not; whether there were any.

        The others must not suffer from one that cannot end because nothing answers it: it is waited for
        ``patience`` seconds now, and again the next time.
        """
        until = time.monotonic() + patience
        self._have_turns(self._ending.values(), PATIENCE_S)
        while not all(held.ended for held in self._ending.values()) and time.monotonic() < until:
            if time.monotonic() - self._beaten >= BEAT_S:
                with suppress(LeaseLost):  # workers end in good order without it, too
                    self._beat(leases)
            time.sleep(LOOK_AGAIN_S)
            self._have_turns(self._ending.values(), PATIENCE_S)
        gone: dict[int, str] = {}
        for key, held in list(self._ending.items()):
            if not held.ended and time.monotonic() < held.stops_by:
                continue
            if not held.ended:
                _logger.warning("A worker did not end in time (%s); its epoch fences it off.", held)
            del self._ending[key]
            gone[held.row_id] = "waiting" if key in self._settings.workers else "stopped"
        leases.leave(gone)
        return bool(gone)

    # How they are

    def _beat(self, leases: Leases) -> None:
        """Write how the workers are: all of them where that is due, and at once those whose state is new."""
        held = [*self._running.values(), *self._ending.values()]
        healths = {each.row_id: self._health(each) for each in held}
        states = {row_id: (health.state, health.last_error) for row_id, health in healths.items()}
        due = time.monotonic() - self._beaten >= BEAT_S
        if due:
            self._beaten = time.monotonic()
        changed = {row_id for row_id, state in states.items() if self._states.get(row_id) != state}
        lost = leases.beat({row_id: healths[row_id] for row_id in (healths if due else changed)})
        if states != self._states:
            self._states = states
            board.add((self.dbname, "fusion_iot.group_iot_user", "runtime"), {})
        keys = [key for key, each in self._running.items() if each.row_id in lost]
        if keys:
            _logger.warning("Another process has taken over %s worker(s) of this one.", len(keys))
            self._end(keys)

    def _health(self, held: Held) -> Health:
        health = held.health()
        if health.state == "connected" and (
            fault := self._settings.faults.get(held.key[0]) or self._reader.late
        ):
            # It works, and others rely on its state; what people change does not reach it, though.
            health.last_error = f"Its settings cannot be read; it goes on with those it has: {fault.text}"
            health.last_error_at = fault.at
        return health

    def _complain(self, text: str, error: Exception) -> None:
        """Say the same thing once."""
        if text != self._complaint:
            self._complaint = text
            _logger.warning("%s: %s", text, str(error).strip().partition("\n")[0])


def _have_turn(held: Held, together: Round) -> None:
    try:
        held.turn()
    finally:
        held.waits_since = None
        together.done()
