"""Transactions that wait for each other instead of failing, and those whose connection is lost."""

import psycopg2
import psycopg2.pool
from odoo.sql_db import Cursor
from psycopg2.extensions import ISOLATION_LEVEL_READ_COMMITTED, STATUS_READY


def read_committed(cr):
    """Let the transaction of ``cr`` see what others commit while it waits for a lock.

    Under Odoo's REPEATABLE READ a writer that waited for another one of the same row would fail, and have to start
    over after a pause. To be called before the first statement; the pool sets the level anew for every cursor.
    """
    if isinstance(cr, Cursor):
        if cr.connection.status != STATUS_READY:
            cr.rollback()
        cr.connection.set_isolation_level(ISOLATION_LEVEL_READ_COMMITTED)


def database_unavailable(error):
    """Whether an error is of the connection to PostgreSQL or of its server, and not of what was asked of them.

    A server that crashes on a Unix socket is a bare ``DatabaseError`` to psycopg2: it has no SQLSTATE, and the
    connection does not even count as closed.
    """
    return type(error) is psycopg2.DatabaseError or isinstance(
        error, (psycopg2.OperationalError, psycopg2.InterfaceError, psycopg2.pool.PoolError)
    )
