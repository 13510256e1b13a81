"""Which errors pass by themselves: what failed by them is tried again, and is nobody's fault."""

from __future__ import annotations

import psycopg2.errors
from odoo.addons.fusion_iot_base.transactions import database_unavailable

_TRANSIENT = (
    psycopg2.errors.IdleInTransactionSessionTimeout,
    psycopg2.errors.ReadOnlySqlTransaction,
    psycopg2.errors.InFailedSqlTransaction,
    # Tables and columns come and go while modules are upgraded.
    psycopg2.errors.UndefinedTable,
    psycopg2.errors.UndefinedColumn,
    psycopg2.errors.FeatureNotSupported,
    MemoryError,
)
_SLOW = (psycopg2.errors.LockNotAvailable, psycopg2.errors.QueryCanceled)


def is_transient(error: BaseException) -> bool:
    """Whether the same may work later."""
    return database_unavailable(error) or isinstance(error, _TRANSIENT)


def is_slow(error: BaseException) -> bool:
    """Whether it took too long: less of it has a better chance."""
    return isinstance(error, _SLOW)
