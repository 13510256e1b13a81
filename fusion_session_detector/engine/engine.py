"""From the journal to the sessions.

The engine keeps the machines of a database in memory and moves them over what comes. It writes at once what happened
in sessions, and every half a minute what they amount to: then the states, the power log and the deletion of what is
read of the journal are one transaction. So the journal always holds what the log does not, a stored state says itself
up to where it has heard, and whoever takes over reads the journal from its beginning: what is not new changes nothing.

Others may move a machine as well (a person's word, changed settings). They do so on the stored state, and leave a
higher revision behind. The engine, which finds that out when it locks the state to write, then drops what it had
worked out, and works it out again from there.

What fails because of one machine, wherever that is, sets this machine aside (:mod:`.aside`), and the engine goes on
with the others.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from odoo.addons.fusion_iot.runtime.registry import is_outdated
from odoo.addons.fusion_iot.runtime.transient import is_transient

from fusion_iot_core.detector import due_at, tick

from . import aside, journal, power_log, store
from .alarms import Alarms
from .announcing import GROUP, Told, announce_events, announce_machines, tell_events
from .links import BACKLOG_FROM, WORKERS, Links, Report
from .machine import NO_TIME, Machine
from .packing import Heard
from .session_rows import in_session

_logger = logging.getLogger(__name__)

LINKS_EVERY = timedelta(seconds=1)
TOLD_EVERY = timedelta(seconds=1)
LOOKS_AGAIN_IN = timedelta(seconds=1)
MOST_EVIDENCE = 20_000
"""As many samples of a machine that is set aside are kept at most, the newest."""
MOST_SAMPLES = 200_000
"""More than this is not kept until the next flush."""


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """:ivar flush: how often running sessions and the power log are written
    :ivar hold: for how long machines of a worker that is away do not count as silent
    """

    flush: timedelta = timedelta(seconds=30)
    hold: timedelta = timedelta(seconds=900)


@dataclass(slots=True)
class Step:
    """What a step did.

    :ivar messages: how many were heard
    :ivar lag: from receipt to now, of the one that waited longest, in seconds
    :ivar more: the journal holds more
    """

    messages: int = 0
    lag: float = 0.0
    more: bool = False


class Engine:
    """The machines of one database. Used by one thread; an object whose transaction failed is of no use any more.

    :param database: the UUID of the database
    :param patient: see :class:`.links.Links`
    """

    def __init__(self, database: str, settings: EngineSettings, now: datetime, patient: bool = True) -> None:
        self.settings = settings
        self._database = database
        self._machines: dict[int, Machine] = {}
        self._strangers: set[int] = set()
        self._rows: dict[int, list[int]] = {}
        self._moved: dict[int, Machine] = {}
        self._stale: set[int] = set()
        self._faults: dict[int, aside.Fault] = {}
        self._left: dict[int, Machine] = {}
        self._alarms = Alarms()
        self._links = Links(settings.hold, patient)
        self._told: dict[int, tuple[float, str]] = {}
        self._untold: set[int] = set()
        self._changed = True
        self._flushed_at = self._told_at = now
        self._links_due = now

    def refresh(self) -> None:
        """Look at the next step for machines that somebody else has moved."""
        self._changed = True

    @property
    def next_at(self) -> datetime:
        """By when there is something to do, whatever comes (server's clock)."""
        flush_at = self._flushed_at + self.settings.flush
        return min(flush_at, self._alarms.next_at or flush_at)

    def step(self, env, now: datetime, flush: bool = False) -> Step:
        """Hear what is new, have happen what is due, and write what has to be written, in the caller's transaction.

        :param now: the server's time, aware UTC
        :param flush: write everything
        """
        cr = env.cr
        self._follow(env)
        if now >= self._links_due:
            cr.execute(WORKERS)
            reports = (Report((kind, res_id), *rest) for kind, res_id, *rest in cr.fetchall())
            self._links.refresh(reports, now)
            self._links_due = now + LINKS_EVERY
        page = journal.read(cr, self._rows)
        self._rows |= page.rows
        self._hear(env, page.heard, now)
        if page.last:
            self._ring(now)
        if flush or self._flush_due(now):
            self._flush(env, now)
        else:
            self._write_events(env)
        self._write_faults(env)
        self._keep_evidence(env)
        self._tell(env, now)
        lag = max(((now - item.received_at).total_seconds() for item in page.heard), default=0.0)
        return Step(len(page.heard), lag, not page.last)

    # Machines

    def _follow(self, env) -> None:
        """Load machines that are new, that somebody else has moved, or that could not be written."""
        if self._changed:
            known = store.revisions(env.cr)
            for device_id in self._machines.keys() - known.keys():
                self._forget(device_id)
            machines = self._machines
            self._stale |= {
                device_id
                for device_id, revision in known.items()
                if device_id not in self._faults
                and (device_id not in machines or machines[device_id].revision != revision)
            }
            self._strangers.clear()
            self._changed = False
        if self._stale:
            self._load(env)

    def _load(self, env) -> None:
        device_ids, self._stale = self._stale, set()
        machines, faults = store.load(env, device_ids)
        self._faults |= {fault.device_id: fault for fault in faults}
        loaded = {machine.device_id: machine for machine in machines}
        for device_id in device_ids:
            before = self._machines.get(device_id)
            machine = loaded.get(device_id)
            if machine is None:
                self._forget(device_id)
                continue
            machine.usual_delay = machine.delay if machine.last_at else None
            self._machines[device_id] = machine
            with self._at_its_own_risk(machine):
                if before is not None:
                    machine.go_on_from(before)
                if device_id in self._moved or machine.events:
                    self._moved[device_id] = machine
                self._untold.add(device_id)
                self._alarms.set(machine)

    def _forget(self, device_id: int) -> None:
        machine = self._machines.pop(device_id, None)
        if machine is not None and machine.samples:
            self._left[device_id] = machine
        self._moved.pop(device_id, None)
        self._told.pop(device_id, None)
        self._untold.discard(device_id)

    # Hearing

    def _hear(self, env, heard: Iterable[Heard], now: datetime) -> None:
        by_device: dict[int, list[Heard]] = defaultdict(list)
        for item in heard:
            by_device[item.device_id].append(item)
        if not by_device:
            return
        unknown = by_device.keys() - self._machines.keys() - self._strangers
        if unknown:
            self._changed = True
            self._follow(env)
            self._strangers |= unknown - self._machines.keys()
        speaking = [self._machines[device_id] for device_id in by_device if device_id in self._machines]
        store.find_channels(env.cr, speaking, by_device)
        for machine in speaking:
            with self._at_its_own_risk(machine):
                new = machine.hear(by_device[machine.device_id])
                if not new:
                    continue
                machine.advance(new)
                self._watch_delay(machine, now)
                self._move(machine)

    @contextmanager
    def _at_its_own_risk(self, machine: Machine) -> Iterator[None]:
        """Set a machine aside that something goes wrong with."""
        try:
            yield
        except Exception as error:
            if is_transient(error):
                raise
            self._set_aside(machine, error)

    def _set_aside(self, machine: Machine, error: Exception) -> None:
        """Do without a machine from now on."""
        _logger.error("%s is set aside: it makes no sessions.", machine.identifier, exc_info=error)
        self._forget(machine.device_id)
        self._strangers.add(machine.device_id)
        self._faults[machine.device_id] = aside.Fault(
            machine.device_id, machine.revision, aside.describe(error)
        )

    def _watch_delay(self, machine: Machine, now: datetime) -> None:
        delay, usual = machine.delay, machine.usual_delay
        if usual is None or delay < usual:
            machine.usual_delay = delay
        if delay - (usual or NO_TIME) > BACKLOG_FROM:
            self._links.saw_backlog(machine.workers, now)

    # Time

    def _ring(self, now: datetime) -> None:
        """Have happen what falls due without a message."""
        for machine in self._alarms.ringing(self._machines, now):
            with self._at_its_own_risk(machine):
                self._wake(machine, now)

    def _wake(self, machine: Machine, now: datetime) -> None:
        due = due_at(machine.state, machine.config)
        if due is None:
            return
        if not self._links.settled(machine.workers, now):
            self._alarms.set_at(machine, now + LOOKS_AGAIN_IN)
            return
        until = machine.now(now) - self._links.grace(machine.workers)
        if until < due:
            self._alarms.set_at(machine, now + (due - until))
            return
        machine.state, events = tick(machine.state, machine.config, until)
        machine.events += events
        self._move(machine)

    def _move(self, machine: Machine) -> None:
        self._moved[machine.device_id] = machine
        self._untold.add(machine.device_id)
        self._alarms.set(machine)

    # Writing

    def _write_events(self, env) -> None:
        changed = [machine for machine in self._moved.values() if any(map(in_session, machine.events))]
        self._write(env, self._lock(env, changed))

    def _write(self, env, machines: list[Machine], logged: bool = False) -> list[Machine]:
        """Write states and what follows from them; a machine that cannot be written is set aside.

        :param machines: their states are locked
        :param logged: write the power log, too
        :returns: those that are written
        """
        told: Told = []

        def write(some: Sequence[Machine]) -> None:
            store.write_states(env.cr, some, logged=logged)
            if logged:
                power_log.write(env.cr, some)
            store.write_events(env, some, self._database)
            told.extend(tell_events(some, self._database))

        def blame(machine: Machine, error: Exception) -> None:
            if is_outdated(env.cr, env.registry):
                raise error
            self._set_aside(machine, error)

        written = aside.write_apart(env.cr, machines, write, blame)
        announce_events(env, told)
        for machine in written:
            machine.events.clear()
        return written

    def _write_faults(self, env) -> None:
        """Have set aside what is to be, in the transaction of the step that found it."""
        if not self._faults:
            return
        faults, self._faults = self._faults, {}
        if aside.store(env, faults.values()):
            env["iot.nudge"]._nudge(GROUP, ("session", "runtime"), {})
        self._changed = True

    def _keep_evidence(self, env) -> None:
        """Log what machines drew that are gone or set aside, up to what went wrong: it is needed to find out why.

        In the transaction that sets them aside: afterwards nothing says any more which of the journal is theirs.
        """
        if not self._left:
            return
        left, self._left = self._left, {}
        for machine in left.values():
            del machine.samples[:-MOST_EVIDENCE]

        def write(machines: Sequence[Machine]) -> None:
            power_log.write(env.cr, machines)

        def give_up(machine: Machine, error: Exception) -> None:
            _logger.warning("What %s drew last cannot be kept: %s", machine.identifier, aside.describe(error))

        aside.write_apart(env.cr, list(left.values()), write, give_up)

    def _flush_due(self, now: datetime) -> bool:
        if now - self._flushed_at >= self.settings.flush:
            return True
        return sum(len(machine.samples) for machine in self._moved.values()) >= MOST_SAMPLES

    def _flush(self, env, now: datetime) -> None:
        """Write all that is not written, and drop what is read of the journal."""
        moved = self._moved
        mine = self._write(env, self._lock(env, moved.values()), logged=True)
        flushed = {machine.device_id for machine in mine}
        for machine in mine:
            machine.samples.clear()
        for device_id in flushed:
            del moved[device_id]
        self._drop_read(env.cr, self._moved.keys())
        self._flushed_at = now
        self._changed = True

    def _drop_read(self, cr, unwritten: Collection[int]) -> None:
        done = [row_id for row_id, device_ids in self._rows.items() if unwritten.isdisjoint(device_ids)]
        journal.delete(cr, done)
        for row_id in done:
            del self._rows[row_id]

    def _lock(self, env, machines: Iterable[Machine]) -> list[Machine]:
        """Lock the states of machines; those that somebody else has, or has moved, are loaded the next time."""
        wanted = {machine.device_id: machine for machine in machines}
        if not wanted:
            return []
        revisions = store.lock(env.cr, wanted.keys())
        mine = [
            machine
            for device_id, machine in sorted(wanted.items())
            if revisions.get(device_id) == machine.revision
        ]
        self._stale |= wanted.keys() - {machine.device_id for machine in mine}
        return mine

    def _tell(self, env, now: datetime) -> None:
        """Have screens show what machines draw, once a second."""
        if now - self._told_at < TOLD_EVERY:
            return
        changed = {}
        for device_id in self._untold:
            machine = self._machines[device_id]
            shown = (machine.state.power_w, machine.state.phase.value)
            if self._told.get(device_id) != shown:
                self._told[device_id] = shown
                changed[device_id] = machine
        self._untold.clear()
        if changed:
            announce_machines(env, changed)
            self._told_at = now
