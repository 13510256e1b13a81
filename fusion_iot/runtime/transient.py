"""Which errors pass by themselves: what failed by them is tried again, and is nobody's fault."""

from __future__ import annotations

import psycopg2.errors
from odoo.addons.fusion_iot_base.transactions import database_unavailable

LONGEST = 500
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


def in_words(error: BaseException) -> str:
    """An error in one line, for people."""
    try:
        text = str(error).strip().partition("\n")[0].replace("\0", "")[:LONGEST]
    except Exception:  # noqa: BLE001 - of whatever addon
        text = ""
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
