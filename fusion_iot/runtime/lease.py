"""One owner in the whole cluster, found by PostgreSQL.

A session-level advisory lock says who owns a worker: it is gone the moment its holder's connection is. A process
that is frozen keeps its connection, though, and with it the lock. So every owner also gives heartbeats, and where
those stay away, the next process ends the holder's connection and takes the lock over. A growing ``epoch`` in the
worker's row, which every transaction of a worker checks, fences the former owner off when it comes back.

Everything here is done for all workers of a process at once: the number of statements does not grow with theirs.
"""

from __future__ import annotations

import json
import logging
import os
import select
import socket
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress

import psycopg2
from odoo import sql_db
from odoo.addons.fusion_iot_base.transactions import database_unavailable
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT

from .kinds import Health, Tenure

_logger = logging.getLogger(__name__)

CHANNEL = "fusion_iot"
"""PostgreSQL's channel by which the runtime hears that settings have changed."""
LOCK_CLASS = 0x464F5431
FROZEN_AFTER_S = 6

# The server finds out within seconds that a host is gone without a goodbye, and then frees its locks.
_SESSION = """
    SET tcp_keepalives_idle = 4; SET tcp_keepalives_interval = 1; SET tcp_keepalives_count = 3;
    SET lock_timeout = '2s'; SET statement_timeout = '10s'
"""
# The advisory locks come first, in a CTE that is computed once. Then FOR UPDATE, which an UPDATE of other columns
# would not need, is refused while a transaction of the former owner holds the row FOR KEY SHARE: the epoch must not
# change under it. Rows that are locked have no epoch in the answer.
_TAKE = """
    WITH free AS MATERIALIZED (
             SELECT id FROM unnest(%(ids)s::int[]) AS wanted(id) WHERE pg_try_advisory_lock(%(class)s, id)),
         former AS (
             SELECT worker.id FROM iot_runtime_worker worker JOIN free ON free.id = worker.id
              ORDER BY worker.id FOR UPDATE OF worker SKIP LOCKED),
         taken AS (
             UPDATE iot_runtime_worker worker
                SET epoch = coalesce(epoch, 0) + 1, owner = %(owner)s, beat_at = now() AT TIME ZONE 'UTC',
                    state = 'connecting', state_since = now() AT TIME ZONE 'UTC', connected_since = NULL,
                    queue_depth = 0, lag = 0, rate = 0, message_count = 0, error_count = 0, over_count = 0,
                    over_since = NULL, over_last = NULL, over_source = NULL, full_since = NULL, details = NULL
               FROM former
              WHERE worker.id = former.id
          RETURNING worker.id, worker.epoch)
    SELECT free.id, taken.epoch FROM free LEFT JOIN taken ON taken.id = free.id
"""
# A busy former owner has the row in one transaction after the other: only who queues for it gets it in the end.
_TAKE_LOCKED = _TAKE.replace("WHERE pg_try_advisory_lock(%(class)s, id)", "").replace("SKIP LOCKED", "")
_UNLOCK_OTHERS = """
    SELECT pg_advisory_unlock(classid::int, objid::int)
      FROM pg_locks
     WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid() AND classid = %(class)s
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND NOT objid::int = ANY(%(held)s::int[])
"""
# One heartbeat that stays away may be that of a row which somebody has locked; a frozen process gives none at all.
_END_FROZEN = """
    SELECT pid, pg_terminate_backend(pid)
      FROM (SELECT lock.pid
              FROM pg_locks lock
              JOIN iot_runtime_worker worker ON worker.id = lock.objid
             WHERE lock.locktype = 'advisory' AND lock.granted AND lock.classid = %(class)s
               AND lock.database = (SELECT oid FROM pg_database WHERE datname = current_database())
             GROUP BY lock.pid
            HAVING bool_or(worker.id = ANY(%(ids)s::int[]))
               AND max(worker.beat_at) < (now() AT TIME ZONE 'UTC') - make_interval(secs => %(frozen)s)) AS frozen
"""
_FIGURES = {
    "state": "text",
    "connected_since": "timestamp",
    "last_error": "text",
    "last_error_at": "timestamp",
    "queue_depth": "int",
    "lag": "float8",
    "rate": "float8",
    "message_count": "int",
    "error_count": "int",
    "over_count": "int",
    "over_since": "timestamp",
    "over_last": "timestamp",
    "over_source": "text",
    "full_since": "timestamp",
    "details": "jsonb",
}
"""What a heartbeat says, with the types of the columns it is stored in."""
_KEPT = {
    "last_error": "coalesce(nullif(beat.last_error, ''), worker.last_error)",
    "last_error_at": "coalesce(beat.last_error_at, worker.last_error_at)",
    "over_source": "nullif(beat.over_source, '')",
    "details": "nullif(beat.details, '{}')",
}
# A row that somebody else has locked gets its heartbeat the next time: the others must not wait for it.
_BEAT = f"""
    WITH beat AS (
             SELECT * FROM unnest(%(id)s::int[], %(epoch)s::int[],
                                  {", ".join(f"%({name})s::{kind}[]" for name, kind in _FIGURES.items())})
                        AS beat(id, epoch, {", ".join(_FIGURES)})),
         ours AS (
             SELECT worker.id FROM iot_runtime_worker worker JOIN beat ON beat.id = worker.id
              WHERE worker.epoch = beat.epoch
              ORDER BY worker.id FOR NO KEY UPDATE OF worker SKIP LOCKED),
         written AS (
             UPDATE iot_runtime_worker worker
                SET beat_at = now() AT TIME ZONE 'UTC',
                    state_since = CASE WHEN worker.state = beat.state THEN worker.state_since
                                       ELSE now() AT TIME ZONE 'UTC' END,
                    {", ".join(f"{name} = {_KEPT.get(name, f'beat.{name}')}" for name in _FIGURES)}
               FROM beat JOIN ours ON ours.id = beat.id
              WHERE worker.id = beat.id AND worker.epoch = beat.epoch)
    SELECT beat.id
      FROM beat LEFT JOIN iot_runtime_worker worker ON worker.id = beat.id
     WHERE worker.epoch IS DISTINCT FROM beat.epoch
"""
_LEAVE = """
    WITH gone AS (
             SELECT * FROM unnest(%(id)s::int[], %(epoch)s::int[], %(state)s::text[]) AS gone(id, epoch, state)),
         ours AS (
             SELECT worker.id FROM iot_runtime_worker worker JOIN gone ON gone.id = worker.id
              WHERE worker.epoch = gone.epoch
              ORDER BY worker.id FOR NO KEY UPDATE OF worker SKIP LOCKED)
    UPDATE iot_runtime_worker worker
       SET state = gone.state, state_since = now() AT TIME ZONE 'UTC', owner = NULL, connected_since = NULL,
           beat_at = now() AT TIME ZONE 'UTC', queue_depth = 0, rate = 0
      FROM gone JOIN ours ON ours.id = gone.id
     WHERE worker.id = gone.id AND worker.epoch = gone.epoch
"""
# Of workers that nobody has, and that nobody will take until the settings can be read.
_FAIL = """
    WITH fault AS (SELECT * FROM unnest(%(kinds)s::text[], %(errors)s::text[]) AS fault(kind, error)),
         concerned AS (
             SELECT worker.id, fault.error
               FROM iot_runtime_worker worker JOIN fault ON fault.kind IN (worker.kind, '')
              WHERE worker.state != 'stopped' AND (worker.state != 'failed' OR worker.beat_at IS NOT NULL)
                AND NOT worker.id = ANY(%(wanted)s::int[])
                AND NOT EXISTS (
                        SELECT 1 FROM pg_locks lock
                         WHERE lock.locktype = 'advisory' AND lock.granted AND lock.classid = %(class)s
                           AND lock.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                           AND lock.objid = worker.id)
              ORDER BY worker.id FOR NO KEY UPDATE OF worker SKIP LOCKED)
    UPDATE iot_runtime_worker worker
       SET state = 'failed', owner = NULL, connected_since = NULL, beat_at = now() AT TIME ZONE 'UTC',
           state_since = CASE WHEN worker.state = 'failed' THEN worker.state_since ELSE now() AT TIME ZONE 'UTC' END,
           last_error_at = CASE WHEN worker.state = 'failed' AND worker.last_error = concerned.error
                                THEN worker.last_error_at ELSE now() AT TIME ZONE 'UTC' END,
           last_error = concerned.error, queue_depth = 0, rate = 0
      FROM concerned
     WHERE worker.id = concerned.id
"""
# A kind that has no rows yet has one of its own for its fault, until it has some or the fault is over.
_NOTE = """
    INSERT INTO iot_runtime_worker
           (kind, name, res_model, res_id, state, state_since, listed_at, beat_at, last_error, last_error_at)
    SELECT fault.kind, fault.kind, 'iot.runtime', 0, 'failed', at.now, at.now, at.now, fault.error, at.now
      FROM unnest(%(kinds)s::text[], %(errors)s::text[]) AS fault(kind, error),
           (SELECT now() AT TIME ZONE 'UTC' AS now) AS at
     WHERE fault.kind != '' AND NOT EXISTS (SELECT 1 FROM iot_runtime_worker WHERE kind = fault.kind)
        ON CONFLICT (kind, res_id) DO NOTHING
"""
_FORGET_NOTES = """
    DELETE FROM iot_runtime_worker note
     WHERE note.res_model = 'iot.runtime'
       AND (NOT note.kind = ANY(%(kinds)s::text[])
            OR EXISTS (SELECT 1 FROM iot_runtime_worker other WHERE other.kind = note.kind AND other.res_id != 0))
"""


def address(kind: str, res_id: int) -> str:
    """What is said on the channel to one worker, when there is something new for it in the database."""
    return f"{kind}/{res_id}"


def addressee(words: str) -> tuple[str, int] | None:
    """The worker that something is said to; ``None``: to all, as settings have changed."""
    kind, _, res_id = words.rpartition("/")
    return (kind, int(res_id)) if kind and res_id.isdecimal() else None


def owner_name() -> str:
    """This process, for people."""
    return f"{socket.gethostname()}:{os.getpid()}"


# Uninstalling the suite locks all of its tables, one after the other.
_BUSY = (psycopg2.errors.LockNotAvailable, psycopg2.errors.DeadlockDetected)


class LeaseLost(Exception):
    """The connection that held the locks is gone, and all of them with it."""


class Uninstalled(LeaseLost):
    """The database has no workers any more."""


class Leases:
    """All leases of this process in one database, on one connection. Used by one thread only.

    Methods raise :class:`LeaseLost` when the connection broke, :class:`Uninstalled` when the suite is gone; the object
    is of no use then.

    :ivar hurried: what another process had may be free in a moment: worth another :meth:`take` soon
    """

    def __init__(self, dbname: str) -> None:
        self.dbname = dbname
        self.hurried = False
        _, info = sql_db.connection_info_for(dbname)
        try:
            self._connection = psycopg2.connect(**dict(info, application_name=f"fusion_iot {os.getpid()}"))
            self._connection.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
            self._cursor = self._connection.cursor()
            self._cursor.execute(_SESSION)
            self._cursor.execute(f"LISTEN {CHANNEL}")
        except psycopg2.Error as exc:
            raise LeaseLost(str(exc).strip()) from exc
        self._held: dict[int, Tenure] = {}
        self._warned = False
        self._ended: set[int] = set()
        self._noted = True  # perhaps, by a process that is gone

    def installed(self) -> bool:
        """Whether the database has the table of workers, and no module of it is being changed."""
        rows = self._rows(
            "SELECT to_regclass('iot_runtime_worker') IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ir_module_module"
            " WHERE state IN ('to install', 'to upgrade', 'to remove'))"
        )
        return bool(rows[0][0])

    def take(self, row_ids: Collection[int]) -> dict[int, Tenure]:
        """Become the owner of workers that no living process has.

        :return: tenures of those that are ours now, by row id
        """
        self.hurried = False
        ids = [row_id for row_id in row_ids if row_id not in self._held]
        if not ids:
            return {}
        before = len(self._held)
        try:
            free = self._take(_TAKE, ids)
            locked = [row_id for row_id in free if row_id not in self._held]
            if locked:
                self.hurried = True
                with suppress(*_BUSY):
                    self._take(_TAKE_LOCKED, locked[:1])
        except _BUSY:
            free, locked = ids, ids
        if any(row_id not in self._held for row_id in locked):
            self._rows(_UNLOCK_OTHERS, {"class": LOCK_CLASS, "held": list(self._held)})
        if others := set(ids).difference(free):
            self._end_frozen(list(others))
        return dict(list(self._held.items())[before:])

    def _take(self, statement: str, ids: Sequence[int]) -> list[int]:
        """:return: the ids of those whose lock we have, whether their rows could be written or not"""
        values = {"class": LOCK_CLASS, "ids": list(ids), "owner": owner_name()}
        rows = self._rows(statement, values)
        for row_id, epoch in rows:
            if epoch is not None:
                self._held[row_id] = Tenure(self.dbname, row_id, epoch)
        return [row_id for row_id, _epoch in rows]

    def _end_frozen(self, ids: Sequence[int]) -> None:
        try:
            ended = self._rows(_END_FROZEN, {"class": LOCK_CLASS, "ids": ids, "frozen": FROZEN_AFTER_S})
        except psycopg2.errors.InsufficientPrivilege:
            if not self._warned:
                self._warned = True
                _logger.warning(
                    "The owner of workers gives no sign of life, and uses another database role, whose connections we "
                    "may not end. Have all servers use the same role."
                )
            return
        pids = {pid for pid, _ended in ended}
        self.hurried = self.hurried or bool(pids)
        # PostgreSQL takes a moment to end a connection: until then it is found again.
        if pids - self._ended:
            _logger.warning("The owner of workers gave no sign of life; its lease is taken over.")
        self._ended = pids

    def beat(self, healths: Mapping[int, Health]) -> set[int]:
        """Give a heartbeat for workers that are held.

        :return: those that are ours no more
        """
        # A lease may be lost before its worker has ended.
        beats = [(self._held[row_id], health) for row_id, health in healths.items() if row_id in self._held]
        if not beats:
            return set()
        values: dict[str, list[object]] = {
            name: [getattr(health, name) for _, health in beats] for name in _FIGURES
        }
        values |= {
            "id": [tenure.row_id for tenure, _ in beats],
            "epoch": [tenure.epoch for tenure, _ in beats],
            "details": [json.dumps(dict(health.details)) for _, health in beats],
        }
        try:
            return {row_id for (row_id,) in self._rows(_BEAT, values)}
        except _BUSY:
            return (
                set()
            )  # somebody has the whole table; whether they are still ours shows at the next heartbeat

    def leave(self, states: Mapping[int, str]) -> None:
        """Give workers back: ``waiting`` for another process to take them, or ``stopped``, by row id."""
        gone = [tenure for row_id in states if (tenure := self._held.pop(row_id, None))]
        if not gone:
            return
        values = {
            "id": [tenure.row_id for tenure in gone],
            "epoch": [tenure.epoch for tenure in gone],
            "state": [states[tenure.row_id] for tenure in gone],
        }
        with suppress(*_BUSY):
            self._execute(_LEAVE, values)
        self._rows(_UNLOCK_OTHERS, {"class": LOCK_CLASS, "held": list(self._held)})

    def fail(self, errors: Mapping[str, str], wanted: Collection[int]) -> None:
        """Have the rows of workers say that they do not run because their settings cannot be read. To be called with
        no errors, too, when they are over.

        :param errors: by the name of their kind; under an empty name those of all kinds
        :param wanted: row ids of workers whose settings are known
        """
        if not errors and not self._noted:
            return
        values = {"kinds": list(errors), "errors": list(errors.values()), "wanted": list(wanted)}
        with suppress(*_BUSY):
            self._execute(_FORGET_NOTES, values)
            self._noted = bool(errors)
            if errors:
                self._execute(_FAIL, {**values, "class": LOCK_CLASS})
                self._execute(_NOTE, values)

    def wait(self, seconds: float, wakeup: int) -> set[str]:
        """Wait for a change of settings, for ``wakeup`` (a readable file descriptor) or for the time to pass.

        :return: what was said on the channel meanwhile: see :func:`addressee`
        """
        try:
            poller = select.poll()
            poller.register(self._connection.fileno(), select.POLLIN)
            poller.register(wakeup, select.POLLIN)
            poller.poll(seconds * 1000)
            self._connection.poll()
        except psycopg2.Error as exc:
            raise LeaseLost(str(exc).strip()) from exc
        told = {notice.payload for notice in self._connection.notifies}
        self._connection.notifies.clear()
        return told

    def close(self) -> None:
        """Let go of everything."""
        self._held.clear()
        try:
            self._connection.close()
        except psycopg2.Error:
            return

    def _rows(self, statement: str, values: Mapping[str, object] | None = None) -> list[tuple]:
        self._execute(statement, values)
        return self._cursor.fetchall()

    def _execute(self, statement: str, values: Mapping[str, object] | None) -> None:
        try:
            self._cursor.execute(statement, values)
        except _BUSY:
            raise
        except psycopg2.errors.UndefinedTable as exc:
            raise Uninstalled(str(exc).strip()) from exc
        except psycopg2.Error as exc:
            if not database_unavailable(exc):
                raise
            raise LeaseLost(str(exc).strip()) from exc
