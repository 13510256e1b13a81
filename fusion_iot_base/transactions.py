"""Transactions that wait for each other instead of failing."""

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
