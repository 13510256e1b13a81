"""One owner in the whole cluster, found by PostgreSQL.

A session-level advisory lock says who owns a worker: it is gone the moment its holder's connection is. A process
that is frozen keeps its connection, though, and with it the lock. So every owner also gives a sign of life, and
where that stays away, the next process ends the holder's connection and takes the lock over. A growing ``epoch`` in
the worker's row, which every transaction of a worker checks, fences the former owner off when it comes back.
"""

from __future__ import annotations

import logging
import os
import select
import socket
from collections.abc import Mapping
from contextlib import suppress

import psycopg2
from odoo import sql_db
from odoo.addons.fusion_iot_base.transactions import database_unavailable
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT

from ..models.iot_runtime_worker import CHANNEL
from .kinds import Health, Tenure

_logger = logging.getLogger(__name__)

LOCK_CLASS = 0x464F5431
FROZEN_AFTER_S = 6

# The server finds out within seconds that a host is gone without a goodbye, and then frees its locks.
_SESSION = """
    SET tcp_keepalives_idle = 4; SET tcp_keepalives_interval = 1; SET tcp_keepalives_count = 3;
    SET lock_timeout = '2s'; SET statement_timeout = '10s'
"""
_TAKE = """
    WITH former AS (SELECT id FROM iot_runtime_worker WHERE id = %(id)s FOR UPDATE)
    UPDATE iot_runtime_worker worker
       SET epoch = coalesce(epoch, 0) + 1, owner = %(owner)s, beat_at = %(now)s, state = 'connecting',
           state_since = %(now)s, connected_since = NULL, queue_depth = 0, lag = 0, rate = 0,
           message_count = 0, error_count = 0, over_count = 0, over_since = NULL, over_last = NULL, over_source = NULL,
           too_fast_count = 0, unlogged_count = 0, retained_count = 0, full_since = NULL
      FROM former
     WHERE worker.id = former.id
 RETURNING worker.epoch
"""
_END_FROZEN = """
    SELECT pg_terminate_backend(lock.pid)
      FROM pg_locks lock
      JOIN iot_runtime_worker worker ON worker.id = lock.objid
     WHERE lock.locktype = 'advisory' AND lock.granted AND lock.classid = %(class)s AND lock.objid = %(id)s
       AND lock.database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND worker.beat_at < (now() AT TIME ZONE 'UTC') - make_interval(secs => %(frozen)s)
"""
_BEAT = """
    UPDATE iot_runtime_worker
       SET beat_at = now() AT TIME ZONE 'UTC', state = %(state)s,
           state_since = CASE WHEN state = %(state)s THEN state_since ELSE now() AT TIME ZONE 'UTC' END,
           connected_since = %(connected_since)s,
           last_error = coalesce(nullif(%(last_error)s, ''), last_error),
           last_error_at = coalesce(%(last_error_at)s, last_error_at),
           queue_depth = %(queue_depth)s, lag = %(lag)s, rate = %(rate)s, message_count = %(message_count)s,
           error_count = %(error_count)s, over_count = %(over_count)s, over_since = %(over_since)s,
           over_last = %(over_last)s, over_source = nullif(%(over_source)s, ''),
           too_fast_count = %(too_fast_count)s, unlogged_count = %(unlogged_count)s,
           retained_count = %(retained_count)s, full_since = %(full_since)s
     WHERE id = %(id)s AND epoch = %(epoch)s
"""
_LEAVE = """
    UPDATE iot_runtime_worker
       SET state = %(state)s, state_since = now() AT TIME ZONE 'UTC', owner = NULL, connected_since = NULL,
           beat_at = now() AT TIME ZONE 'UTC', queue_depth = 0, rate = 0
     WHERE id = %(id)s AND epoch = %(epoch)s
"""


def owner_name() -> str:
    """This process, for people."""
    return f"{socket.gethostname()}:{os.getpid()}"


# Who uninstalls the suite locks all of its tables, one after the other.
_BUSY = (psycopg2.errors.LockNotAvailable, psycopg2.errors.DeadlockDetected)


class LeaseLost(Exception):
    """The connection that held the locks is gone, and all of them with it."""


class Uninstalled(LeaseLost):
    """The database has no workers any more."""


class Leases:
    """All leases of this process in one database, on one connection. Used by one thread only.

    Methods raise :class:`LeaseLost` when the connection broke, :class:`Uninstalled` when the suite is gone; the object
    is of no use then.
    """

    def __init__(self, dbname: str) -> None:
        self.dbname = dbname
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

    def installed(self) -> bool:
        """Whether the database has the table of workers, and no module of it is being changed."""
        rows = self._rows(
            "SELECT to_regclass('iot_runtime_worker') IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ir_module_module"
            " WHERE state IN ('to install', 'to upgrade', 'to remove'))"
        )
        return bool(rows[0][0])

    def take(self, row_id: int) -> Tenure | None:
        """Become the owner of a worker; ``None`` while another process is, and is alive."""
        locked = self._rows("SELECT pg_try_advisory_lock(%s, %s)", LOCK_CLASS, row_id)[0][0]
        if not locked:
            self._end_frozen(row_id)
            return None
        try:
            rows = self._rows(
                _TAKE.replace("%(now)s", "now() AT TIME ZONE 'UTC'"), {"id": row_id, "owner": owner_name()}
            )
        except _BUSY:
            rows = []  # a transaction of the former owner is still open; PostgreSQL ends it within seconds
        if not rows:
            self._rows("SELECT pg_advisory_unlock(%s, %s)", LOCK_CLASS, row_id)
            return None
        tenure = self._held[row_id] = Tenure(self.dbname, row_id, rows[0][0])
        return tenure

    def _end_frozen(self, row_id: int) -> None:
        try:
            ended = self._rows(_END_FROZEN, {"class": LOCK_CLASS, "id": row_id, "frozen": FROZEN_AFTER_S})
        except psycopg2.errors.InsufficientPrivilege:
            if not self._warned:
                self._warned = True
                _logger.warning(
                    "The owner of worker %s gives no sign of life, and uses another database role, whose connections "
                    "we may not end. Have all servers use the same role.",
                    row_id,
                )
            return
        if ended:
            _logger.warning("The owner of worker %s gave no sign of life; its lease is taken over.", row_id)

    def beat(self, healths: Mapping[int, Health]) -> set[int]:
        """Give a sign of life for every worker that is held.

        :return: those that are ours no more
        """
        lost = set()
        for row_id, health in healths.items():
            tenure = self._held.get(row_id)
            if tenure is None:
                continue  # its lease was lost before it had ended
            values = {name: getattr(health, name) for name in health.__slots__ if name != "moved"}
            try:
                self._execute(_BEAT, {**values, "id": row_id, "epoch": tenure.epoch})
            except _BUSY:
                continue  # somebody has the row; whether it is still ours shows at the next beat
            if not self._cursor.rowcount:
                lost.add(row_id)
        return lost

    def leave(self, row_id: int, state: str) -> None:
        """Give a worker back; ``waiting`` for another process to take it, or ``stopped``."""
        tenure = self._held.pop(row_id, None)
        if tenure:
            with suppress(*_BUSY):
                self._execute(_LEAVE, {"id": row_id, "epoch": tenure.epoch, "state": state})
            self._rows("SELECT pg_advisory_unlock(%s, %s)", LOCK_CLASS, row_id)

    def wait(self, seconds: float, wakeup: int) -> bool:
        """Wait for a change of settings, for ``wakeup`` (a readable file descriptor) or for the time to pass.

        :return: whether settings changed
        """
        try:
            poller = select.poll()
            poller.register(self._connection.fileno(), select.POLLIN)
            poller.register(wakeup, select.POLLIN)
            poller.poll(seconds * 1000)
            self._connection.poll()
        except psycopg2.Error as exc:
            raise LeaseLost(str(exc).strip()) from exc
        notified = bool(self._connection.notifies)
        self._connection.notifies.clear()
        return notified

    def close(self) -> None:
        """Let go of everything."""
        self._held.clear()
        try:
            self._connection.close()
        except psycopg2.Error:
            return

    def _rows(self, statement: str, *values: object) -> list[tuple]:
        self._execute(statement, values[0] if values and isinstance(values[0], dict) else values)
        return self._cursor.fetchall()

    def _execute(self, statement: str, values: object) -> None:
        try:
            self._cursor.execute(statement, values or None)
        except _BUSY:
            raise
        except psycopg2.errors.UndefinedTable as exc:
            raise Uninstalled(str(exc).strip()) from exc
        except psycopg2.Error as exc:
            if not database_unavailable(exc):
                raise
            raise LeaseLost(str(exc).strip()) from exc
