"""From the journal to the sessions.

The engine keeps the machines of a database in memory and moves them over what comes. It writes at once what happened
in sessions, and every half a minute what they amount to: then the states, the power log and the deletion of what is
read of the journal are one transaction. So the journal always holds what the log does not, a stored state says itself
up to where it has heard, and whoever takes over reads the journal from its beginning: what is not new changes nothing.

Others may move a machine as well (a person's word, changed settings). They do so on the stored state, and leave a
higher revision behind. The engine, which finds that out when it locks the state to write, then drops what it had
worked out, and works it out again from there.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..detector import due_at, tick
from . import journal, power_log, store
from .alarms import Alarms
from .announcing import announce_events, announce_machines
from .links import BACKLOG_FROM, CONNECTIONS, Links, Report
from .machine import NO_TIME, Machine
from .packing import Heard
from .session_rows import in_session

_logger = logging.getLogger(__name__)

LINKS_EVERY = timedelta(seconds=1)
TOLD_EVERY = timedelta(seconds=1)
LOOKS_AGAIN_IN = timedelta(seconds=1)
MOST_SAMPLES = 200_000
"""More than this is not kept until the next flush."""


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """:ivar flush: how often running sessions and the power log are written
    :ivar hold: for how long machines of a connection that is away do not count as silent
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
            cr.execute(CONNECTIONS)
            self._links.refresh((Report(*row) for row in cr.fetchall()), now)
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
                if device_id not in machines or machines[device_id].revision != revision
            }
            self._strangers.clear()
            self._changed = False
        if self._stale:
            self._load(env)

    def _load(self, env) -> None:
        device_ids, self._stale = self._stale, set()
        loaded = {machine.device_id: machine for machine in store.load(env, device_ids)}
        for device_id in device_ids:
            before = self._machines.get(device_id)
            machine = loaded.get(device_id)
            if machine is None:
                self._forget(device_id)
                continue
            machine.usual_delay = machine.delay if machine.last_at else None
            if before is not None:
                machine.go_on_from(before)
            self._machines[device_id] = machine
            if device_id in self._moved or machine.events:
                self._moved[device_id] = machine
            self._untold.add(device_id)
            self._alarms.set(machine)

    def _forget(self, device_id: int) -> None:
        self._machines.pop(device_id, None)
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
            new = machine.hear(by_device[machine.device_id])
            if not new:
                continue
            try:
                machine.advance(new)
            except Exception:  # noqa: BLE001 - the other machines must not suffer
                self._set_aside(machine)
                continue
            self._watch_delay(machine, now)
            self._move(machine)

    def _set_aside(self, machine: Machine) -> None:
        """Do without a machine until it is loaded again, with the next flush."""
        _logger.exception("%s: the detector failed on what it said; that is left out.", machine.identifier)
        self._forget(machine.device_id)
        self._strangers.add(machine.device_id)

    def _watch_delay(self, machine: Machine, now: datetime) -> None:
        delay, usual = machine.delay, machine.usual_delay
        if usual is None or delay < usual:
            machine.usual_delay = delay
        if delay - (usual or NO_TIME) > BACKLOG_FROM:
            self._links.saw_backlog(machine.connection_ids, now)

    # Time

    def _ring(self, now: datetime) -> None:
        """Have happen what falls due without a message."""
        for machine in self._alarms.ringing(self._machines, now):
            due = due_at(machine.state, machine.config)
            if due is None:
                continue
            if not self._links.settled(machine.connection_ids, now):
                self._alarms.set_at(machine, now + LOOKS_AGAIN_IN)
                continue
            until = machine.now(now) - self._links.grace(machine.connection_ids)
            if until < due:
                self._alarms.set_at(machine, now + (due - until))
                continue
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
        mine = self._lock(env, changed)
        store.write_states(env.cr, mine)
        self._write_sessions(env, mine)

    def _flush_due(self, now: datetime) -> bool:
        if now - self._flushed_at >= self.settings.flush:
            return True
        return sum(len(machine.samples) for machine in self._moved.values()) >= MOST_SAMPLES

    def _flush(self, env, now: datetime) -> None:
        """Write all that is not written, and drop what is read of the journal."""
        moved = self._moved
        mine = self._lock(env, moved.values())
        store.write_states(env.cr, mine, logged=True)
        power_log.write(env.cr, mine)
        self._write_sessions(env, mine)
        flushed = {machine.device_id for machine in mine}
        for machine in mine:
            machine.samples.clear()
        self._moved = {device_id: machine for device_id, machine in moved.items() if device_id not in flushed}
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

    def _write_sessions(self, env, machines: list[Machine]) -> None:
        if not machines:
            return
        store.write_events(env.cr, machines, self._database)
        announce_events(env, machines, self._database)
        for machine in machines:
            machine.events.clear()

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
