"""Reading what one kind of workers asks for, apart from all others."""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import Future, wait
from datetime import datetime, timezone

import psycopg2
from odoo import SUPERUSER_ID, api
from odoo.addons.fusion_iot_base.transactions import read_committed
from odoo.modules.registry import Registry

from .complaints import Complaints
from .event_loop import OneThread
from .kinds import Kind
from .registry import is_outdated
from .transient import in_words, is_transient
from .wanted import Fault, Key, Wanted, wanted_of

LATE_AFTER_S = 60.0
"""A kind whose settings take longer is said to be at fault."""
# What the code of an addon does in there must not keep locks for ever, nor the thread that reads it. While modules are
# upgraded, the tables are locked for as long as that takes: then it waits, and nothing is wrong.
BOUNDS = """
    SET LOCAL lock_timeout = '120s'; SET LOCAL statement_timeout = '120s';
    SET LOCAL idle_in_transaction_session_timeout = '10s'
"""
_ENDED_BY_BOUNDS = (psycopg2.errors.QueryCanceled, psycopg2.errors.IdleInTransactionSessionTimeout)


class KindReader:
    """Reads the settings of one kind in a thread of its own, in a transaction each. Used by one thread.

    :ivar workers: what should run by the last settings that could be read
    :ivar fault: what is wrong with those of now
    :ivar answered: the last request that both answer
    :ivar asked: the last request that it has begun with
    """

    def __init__(self, name: str, dbname: str, complaints: Complaints) -> None:
        self.name = name
        self.workers: dict[Key, Wanted] = {}
        self.fault: Fault | None = None
        self.answered = self.asked = 0
        self._complaints = complaints
        self._thread = OneThread(f"fusion_iot.settings.{name}.{dbname}", dbname)
        self._thread_id: int | None = None
        self._reading: Future | None = None
        self._began, self._began_at = 0.0, _now()

    @property
    def idle(self) -> bool:
        """Whether it can begin."""
        return self._reading is None

    def begin(self, registry: Registry, kind: Kind, asked: int) -> None:
        """Have the settings read; returns at once."""
        self.asked, self._began, self._began_at = asked, time.monotonic(), _now()
        self._reading = self._thread.submit(self._read, registry, kind, self.workers)

    def finish(self, timeout: float) -> bool:
        """Take over what was read, where it comes in time; whether there is anything to take over."""
        if self._reading is None or not wait([self._reading], timeout).done:
            return False
        workers, error, passes = self._reading.result()
        self._reading, self.answered = None, max(self.answered, self.asked)
        self._complaints.over((self.name, "late"))
        if error is None:
            self.workers, self.fault = workers, None
            self._complaints.over(self.name)
            return True
        text = f"The runtime cannot read the settings of {self.name}; it goes on with those it has"
        if passes:
            self._complaints.say(self.name, text, error, level=logging.WARNING)
        else:
            self._complaints.say(self.name, text, error)
            self._at_fault(in_words(error), _now())
        return True

    def overdue(self, asked: int) -> bool:
        """Whether it is late, and has not said so in answer to this request."""
        if self._reading is None or time.monotonic() - self._began < LATE_AFTER_S or self.answered == asked:
            return False
        text = f"Reading the settings of {self.name} does not come to an end"
        self._complaints.blocked((self.name, "late"), text, self._thread_id)
        self._at_fault(text, self._began_at)
        self.answered = asked
        return True

    def stop(self) -> None:
        """Ask for the end; returns at once."""
        self._thread.shutdown(wait=False)

    def join(self, timeout: float) -> None:
        """Wait for the end, which never comes where the kind hangs."""
        self._thread.join(timeout)

    def _at_fault(self, text: str, at: datetime) -> None:
        if not self.fault or self.fault.text != text:
            self.fault = Fault(text, at)

    def _read(
        self, registry: Registry, kind: Kind, before: dict[Key, Wanted]
    ) -> tuple[dict[Key, Wanted], BaseException | None, bool]:
        """:return: what should run, or why it is not known, and whether that passes by itself"""
        self._thread_id = threading.get_ident()
        try:
            with registry.cursor() as cr:
                read_committed(cr)
                cr.execute(BOUNDS)
                return wanted_of(api.Environment(cr, SUPERUSER_ID, {}), kind, before), None, False
        except BaseException as exc:  # noqa: BLE001 - of whatever addon, an exit included
            return {}, exc, _passes(exc, registry)


def _passes(error: BaseException, registry: Registry) -> bool:
    if is_transient(error) and not isinstance(error, _ENDED_BY_BOUNDS):
        return True
    try:
        with registry.cursor() as cr:
            return is_outdated(cr, registry)
    except Exception:  # noqa: BLE001 - then the database is away
        return True


def _now() -> datetime:
    return datetime.now(timezone.utc).replace(tzinfo=None)
