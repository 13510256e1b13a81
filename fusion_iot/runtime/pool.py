"""Connections to the database that web requests cannot use up.

All threads of a server share one pool (`db_maxconn`), and one request too many takes the last connection. The runtime
would stop then, for as long as the requests last. Its threads have a pool of their own here, of the same size, whatever
code of Odoo it is in which they need a connection.
"""

from __future__ import annotations

import functools
import threading

import psycopg2
from odoo.sql_db import ConnectionPool

THREADS = "fusion_iot."
"""What the names of the threads of the runtime begin with."""
_OWN = "fusion_iot_pool"


def install() -> None:
    """Wrap the pool; does nothing the second time."""
    if hasattr(ConnectionPool, _OWN):
        return
    setattr(ConnectionPool, _OWN, None)
    ConnectionPool.borrow = _own_first(_past_a_crash(ConnectionPool.borrow))
    ConnectionPool.give_back = _where_it_is_from(ConnectionPool.give_back)
    ConnectionPool.close_all = _both(ConnectionPool.close_all)


_lock = threading.Lock()


def own_pool(pool: ConnectionPool) -> ConnectionPool:
    """The pool of the runtime beside ``pool``."""
    with _lock:
        own = getattr(pool, _OWN)
        if own is None:
            own = ConnectionPool(pool._maxconn, readonly=pool.readonly)
            own._is_of_runtime = True
            setattr(pool, _OWN, own)
        return own


def _past_a_crash(borrow):
    """Have nobody meet the idle connections of a server that crashed.

    Odoo drops a connection whose reset fails with an ``OperationalError``. Over a Unix socket a crashed server is a
    bare ``DatabaseError`` to psycopg2, so each idle connection would fail one request more.
    """

    @functools.wraps(borrow)
    def wrapped(self, connection_info):
        try:
            return borrow(self, connection_info)
        except psycopg2.DatabaseError as error:
            if type(error) is not psycopg2.DatabaseError:
                raise
        with self._lock:
            for connection in self._connections:
                if not connection._pool_in_use and not connection.closed:
                    connection.close()
        return borrow(self, connection_info)

    return wrapped


def _own_first(borrow):
    @functools.wraps(borrow)
    def wrapped(self, connection_info):
        if hasattr(self, "_is_of_runtime") or not threading.current_thread().name.startswith(THREADS):
            return borrow(self, connection_info)
        own = own_pool(self)
        connection = borrow(own, connection_info)
        connection.fusion_iot_pool = own
        return connection

    return wrapped


def _where_it_is_from(give_back):
    @functools.wraps(give_back)
    def wrapped(self, connection, keep_in_pool=True):
        return give_back(getattr(connection, _OWN, None) or self, connection, keep_in_pool=keep_in_pool)

    return wrapped


def _both(close_all):
    @functools.wraps(close_all)
    def wrapped(self, dsn=None):
        close_all(self, dsn)
        if own := getattr(self, _OWN):
            close_all(own, dsn)

    return wrapped
