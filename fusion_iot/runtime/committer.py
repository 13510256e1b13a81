"""Committing a batch once, and only while it is ours to commit."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from odoo import SUPERUSER_ID, api
from odoo.addons.fusion_iot_base.transactions import read_committed
from odoo.modules.registry import Registry
from odoo.sql_db import BaseCursor

from .kinds import Tenure
from .registry import CHANGING, current_registry
from .transient import is_slow, is_transient

SIGNALS_EVERY_S = 1.0
TRIM_EVERY = 100
RECEIPT_BYTES = 64 * 1024
CHANGE_LASTS_S = 600.0

# A process that freezes in the middle of a transaction keeps its row locks until PostgreSQL ends it.
_GUARD = """
    SET LOCAL idle_in_transaction_session_timeout = '5s'; SET LOCAL statement_timeout = '20s';
    SET LOCAL lock_timeout = '2s';
    WITH tenure AS (SELECT id FROM iot_runtime_worker WHERE id = %(id)s AND epoch = %(epoch)s FOR KEY SHARE),
         receipt AS (INSERT INTO iot_runtime_receipt (worker_id, batch, entries, new_entries, committed_at)
                     SELECT id, %(batch)s, %(entries)s, %(new)s, now() AT TIME ZONE 'UTC' FROM tenure
                     ON CONFLICT (worker_id, batch) DO NOTHING
                  RETURNING id)
    SELECT (SELECT count(*) FROM tenure), (SELECT count(*) FROM receipt)
"""
_TENURE = """
    SET LOCAL idle_in_transaction_session_timeout = '5s'; SET LOCAL statement_timeout = '20s';
    SET LOCAL lock_timeout = '2s';
    SELECT 1 FROM iot_runtime_worker WHERE id = %(id)s AND epoch = %(epoch)s FOR KEY SHARE
"""
_TRIM = """
    DELETE FROM iot_runtime_receipt
     WHERE worker_id = %(id)s
       AND id < (SELECT max(id)
                   FROM (SELECT id, sum(greatest(octet_length(entries), 8)) OVER (ORDER BY id DESC) AS bytes
                           FROM iot_runtime_receipt WHERE worker_id = %(id)s) AS newest
                  WHERE bytes >= %(kept)s)
"""


class Fenced(Exception):
    """The worker is not this process's any more: nothing of it may be committed.

    :ivar deleted: it is nobody's; otherwise another process has taken over
    """

    def __init__(self, deleted: bool = False) -> None:
        super().__init__("deleted" if deleted else "taken over")
        self.deleted = deleted

    def tell(self, logger: logging.Logger, name: str) -> None:
        """Log it, for the worker ``name``. Somebody wanted it deleted, so that is no trouble."""
        if self.deleted:
            logger.info("%s: it was deleted; its worker stops.", name)
        else:
            logger.warning("%s: another process has taken over; this one stops.", name)


class Retry(Exception):
    """It did not work now and may work later. Nothing was committed, or everything was and will be found so.

    :ivar slow: a smaller batch has a better chance
    """

    def __init__(self, message: str, slow: bool = False) -> None:
        super().__init__(message)
        self.slow = slow


class Committer:
    """Runs what a batch does in one transaction each, for one tenure of a worker.

    :param receipt_bytes: how much of the entries of its receipts is kept, the newest first; those of a batch count for
        8 bytes at least
    """

    def __init__(self, tenure: Tenure, receipt_bytes: int = RECEIPT_BYTES) -> None:
        self.tenure = tenure
        self._receipt_bytes = receipt_bytes
        self._registry: Registry | None = None
        self._signals_due = 0.0
        self._changing_since: float | None = None
        self._untrimmed = 0

    def commit(
        self,
        batch: str,
        entries: bytes,
        work: Callable[[api.Environment], object],
        new: bytes | None = None,
    ) -> None:
        """Run ``work`` and commit it together with the receipt ``entries``.

        :param new: those of the entries that were no repetitions, where some were

        A batch that was committed before, under a name ``batch`` that is its own, is not worked on again. Raises
        :class:`Fenced` or :class:`Retry`; any other exception is the batch's own, and nothing of it was committed.
        """
        self._transact(lambda cr: self._commit(cr, batch, entries, work, new))

    def run(self, work: Callable[[api.Environment], object]) -> None:
        """Run ``work`` and commit it, without a receipt: for what finds in the database what it has done before.

        Raises as :meth:`commit` does. After :class:`Retry` nobody knows whether it was committed.
        """
        self._transact(lambda cr: self._run(cr, work))

    def _transact(self, work: Callable[[BaseCursor], None]) -> None:
        with _sorted_errors():
            registry = self._current_registry()
            try:
                with registry.cursor() as cr:
                    # A statement that fails is the trouble of the worker, which tells it where it does not pass by
                    # itself. Odoo would log each, also those that only waited too long for a lock.
                    cr.execute = partial(cr.execute, log_exceptions=False)
                    work(cr)
            except Fenced:
                raise
            except Exception as exc:
                if not is_transient(exc) and self._outdated(registry):
                    raise Retry(f"Modules are being changed: {_first_line(exc)}") from exc
                raise
            registry.signal_changes()

    def _commit(
        self,
        cr,
        batch: str,
        entries: bytes,
        work: Callable[[api.Environment], object],
        new: bytes | None = None,
    ) -> None:
        read_committed(cr)
        tenure = self.tenure
        values = {"id": tenure.row_id, "epoch": tenure.epoch, "batch": batch, "entries": entries, "new": new}
        cr.execute(_GUARD, values)
        ours, first = cr.fetchone()
        if not ours:
            raise self._fenced(cr)
        if first:
            work(api.Environment(cr, SUPERUSER_ID, {}))
            self._trim(cr)

    def _run(self, cr, work: Callable[[api.Environment], object]) -> None:
        read_committed(cr)
        cr.execute(_TENURE, {"id": self.tenure.row_id, "epoch": self.tenure.epoch})
        if not cr.fetchone():
            raise self._fenced(cr)
        work(api.Environment(cr, SUPERUSER_ID, {}))

    def check(self) -> None:
        """Raise :class:`Fenced` unless the worker is still ours."""
        rows = self.rows("SELECT epoch = %(epoch)s FROM iot_runtime_worker WHERE id = %(id)s")
        if rows != [(True,)]:
            raise Fenced(deleted=not rows)

    def receipts(self) -> list[tuple[bytes, float, bytes | None]]:
        """Of the last batches, the oldest first: the entries, how many seconds ago they were committed, and those of
        them that were no repetitions, where some were.
        """
        rows = self.rows(
            "SELECT entries, extract(epoch FROM now() AT TIME ZONE 'UTC' - committed_at)::float8, new_entries"
            "  FROM iot_runtime_receipt WHERE worker_id = %(id)s ORDER BY id"
        )
        return [
            (bytes(entries), math.inf if age is None else age, None if new is None else bytes(new))
            for entries, age, new in rows
            if entries
        ]

    def look(self, work: Callable[[api.Environment], object]) -> None:
        """Run ``work`` in a transaction that changes nothing."""
        with _sorted_errors(), self._current_registry().cursor() as cr:
            work(api.Environment(cr, SUPERUSER_ID, {}))

    def rows(self, statement: str, **values: object) -> list[tuple]:
        """The rows of a statement in a transaction of its own; ``id`` and ``epoch`` are the worker's."""
        with _sorted_errors():
            tenure = self.tenure
            with self._current_registry().cursor() as cr:
                read_committed(cr)
                cr.execute(
                    statement, {"id": tenure.row_id, "epoch": tenure.epoch, **values}, log_exceptions=False
                )
                return cr.fetchall() if cr.description else []

    def _current_registry(self) -> Registry:
        try:
            registry = Registry(self.tenure.dbname)
            if registry is not self._registry or time.monotonic() >= self._signals_due:
                self._registry = registry = current_registry(self.tenure.dbname)
                self._signals_due = time.monotonic() + SIGNALS_EVERY_S
        except Exception as exc:
            if is_transient(exc):
                raise
            raise Retry(f"The modules of the database cannot be loaded: {_first_line(exc)}") from exc
        return registry

    def _outdated(self, registry: Registry) -> bool:
        """Whether the tables may be others than those that ``registry`` was loaded for.

        A change of modules that never ends is none: somebody has left it undone.
        """
        [(changing, sequence)] = self.rows(CHANGING)
        now = time.monotonic()
        if changing or sequence != registry.registry_sequence:
            self._signals_due = 0.0
            self._changing_since = self._changing_since or now
        else:
            self._changing_since = None
        return self._changing_since is not None and now - self._changing_since < CHANGE_LASTS_S

    def _fenced(self, cr) -> Fenced:
        cr.execute("SELECT FROM iot_runtime_worker WHERE id = %s", [self.tenure.row_id])
        return Fenced(deleted=not cr.rowcount)

    def _trim(self, cr) -> None:
        self._untrimmed += 1
        if self._untrimmed >= TRIM_EVERY:
            self._untrimmed = 0
            cr.execute(_TRIM, {"id": self.tenure.row_id, "kept": self._receipt_bytes})


@contextmanager
def _sorted_errors() -> Iterator[None]:
    try:
        yield
    except Exception as exc:
        if not is_transient(exc):
            raise
        raise Retry(f"The database cannot take it now: {_first_line(exc)}", slow=is_slow(exc)) from exc


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
