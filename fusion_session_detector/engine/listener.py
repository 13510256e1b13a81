"""Waiting for what the database has to tell."""

from __future__ import annotations

import os
import select
import socket
from contextlib import suppress

import psycopg2
from odoo import sql_db
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT

from .hand import MOVED
from .journal import CHANNEL

# A host that is gone without a goodbye is noticed within seconds.
_SESSION = "SET tcp_keepalives_idle = 4; SET tcp_keepalives_interval = 1; SET tcp_keepalives_count = 3"


class ListenerLost(Exception):
    """The connection is gone; what was told meanwhile is not known."""


class Listener:
    """A connection that hears of new power and of machines that were moved. Used by one thread, but for :meth:`wake`.

    Raises :class:`ListenerLost` when the connection broke; the object is of no use then.
    """

    def __init__(self, dbname: str) -> None:
        _, info = sql_db.connection_info_for(dbname)
        self._wake_read, self._wake_write = socket.socketpair()
        self._wake_read.setblocking(False)
        self._wake_write.setblocking(False)
        try:
            self._connection = psycopg2.connect(
                **dict(info, application_name=f"fusion_session {os.getpid()}")
            )
            self._connection.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
            with self._connection.cursor() as cursor:
                cursor.execute(_SESSION)
                cursor.execute(f"LISTEN {CHANNEL}")
        except psycopg2.Error as exc:
            raise ListenerLost(str(exc).strip()) from exc

    def wait(self, seconds: float) -> tuple[bool, bool]:
        """Wait until something was told, for :meth:`wake` or for the time to pass.

        :returns: whether there is new power, and whether machines were moved
        """
        try:
            # Not select(), which knows no descriptors above 1,023: a threaded server has as many as its clients need.
            poller = select.poll()
            poller.register(self._connection.fileno(), select.POLLIN)
            poller.register(self._wake_read.fileno(), select.POLLIN)
            poller.poll(max(0.0, seconds) * 1000)
            with suppress(BlockingIOError):
                self._wake_read.recv(4096)
            self._connection.poll()
        except (psycopg2.Error, OSError) as exc:
            raise ListenerLost(str(exc).strip()) from exc
        told = {notice.payload for notice in self._connection.notifies}
        self._connection.notifies.clear()
        return bool(told - {MOVED}), MOVED in told

    def wake(self) -> None:
        """End the waiting, from any thread."""
        with suppress(OSError):
            self._wake_write.send(b".")

    def close(self) -> None:
        """Hang up."""
        with suppress(psycopg2.Error):
            self._connection.close()
        self._wake_read.close()
        self._wake_write.close()
