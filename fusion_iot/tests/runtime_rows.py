import threading
import time
from unittest.mock import patch

import psycopg2
from odoo import sql_db
from odoo.modules.registry import Registry
from odoo.tests import get_db_name

from ..runtime.kinds import Health

KIND = "test_kind"


def connected():
    """A connection of its own, which commits at once."""
    _dbname, info = sql_db.connection_info_for(get_db_name())
    connection = psycopg2.connect(**info)
    connection.autocommit = True
    return connection


class RuntimeRows:
    """Rows of `iot.runtime.worker` that every connection sees, since the runtime has connections of its own."""

    def __init__(self, test):
        self._connection = connected()
        test.addCleanup(self._connection.close)
        test.addCleanup(self.sql, "DELETE FROM iot_runtime_worker WHERE kind LIKE %s", [KIND + "%"])

    def sql(self, statement, values=None):
        """The rows of a statement."""
        with self._connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def make(self, count, kind=KIND):
        """Rows of workers that wait for a server; their ids."""
        rows = self.sql(
            "INSERT INTO iot_runtime_worker (kind, name, res_model, res_id, state, listed_at)"
            " SELECT %s, 'Worker ' || number, 'mqtt.connection', 1000000 + number, 'waiting', now()"
            "   FROM (SELECT count(*) FROM iot_runtime_worker WHERE kind = %s) AS before,"
            "        generate_series(before.count + 1, before.count + %s) AS made(number) RETURNING id",
            [kind, kind, count],
        )
        return [row_id for (row_id,) in rows]

    def of(self, row_id, *columns):
        """Columns of a row."""
        (row,) = self.sql(f"SELECT {', '.join(columns)} FROM iot_runtime_worker WHERE id = %s", [row_id])
        return row[0] if len(columns) == 1 else row


def with_kinds(test, *kinds):
    """Have supervisors know these kinds, and no others, until the test ends."""
    model = Registry(get_db_name())["iot.runtime"]
    patcher = patch.object(model, "_kinds", lambda _self: kinds)
    patcher.start()
    test.addCleanup(patcher.stop)


class FakeKind:
    """A kind of workers that do nothing.

    :ivar row_ids: of the workers that should run; one of each has the settings ``spec``
    :ivar workers: all that were started
    :ivar reads: how often its settings were read; ``tries``: how often a worker was to be made
    :ivar error: is raised in place of the settings; ``statement`` is run before
    :ivar wanted_rows: is returned in place of the settings
    :ivar hangs: reading the settings waits for this; ``hanging``: it does now
    :ivar raises: what goes wrong in ``worker`` or ``start``: an exception, or an event that it waits for
    """

    def __init__(self, row_ids, name=KIND):
        self.name, self.row_ids = name, row_ids
        self.spec, self.workers = "first", []
        self.reads = self.tries = 0
        self.error, self.statement, self.raises = None, "", {}
        self.wanted_rows = None
        self.hangs, self.hanging = threading.Event(), False
        self.hangs.set()

    def wanted(self, env):
        self.reads += 1
        if not self.hangs.is_set():
            self.hanging = True
            self.hangs.wait()
            self.hanging = False
        if self.statement:
            env.cr.execute(self.statement)
        if self.error:
            raise self.error
        if self.wanted_rows:
            return self.wanted_rows(env)
        return {row_id: (row_id, self.spec) for row_id in self.row_ids}

    def worker(self, spec, tenure):
        self.tries += 1
        happen(self.raises.get("worker"))
        return FakeWorker(self, spec, tenure)


class Incomparable:
    """Settings that cannot say whether they have changed: as an array, or by an error."""

    def __init__(self, error=None):
        self.error = error

    def __eq__(self, other):
        if self.error:
            raise self.error
        return self

    def __bool__(self):
        raise ValueError("the truth value is ambiguous")

    __hash__ = None


class FakeWorker:
    """:ivar answers: what a method answers in place of the usual; an exception is raised, an event waited for"""

    def __init__(self, kind, spec, tenure):
        self.kind, self.spec, self.tenure = kind, spec, tenure
        self.stopped, self.answers = False, {}

    def start(self):
        happen(self.kind.raises.get("start"))
        self.kind.workers.append(self)

    def update(self, spec):
        self._answer("update", None)
        self.spec = spec
        return True

    def stop(self):
        self.stopped = True
        self._answer("stop", None)

    def join(self, timeout):
        return self._answer("join", self.stopped)

    def health(self):
        now = time.monotonic()
        return Health(self._answer("health", "connected"), moved=now)

    def _answer(self, method, usual):
        answer = self.answers.get(method, usual)
        happen(answer)
        return usual if isinstance(answer, threading.Event) else answer


def happen(trouble):
    """Raise it, or wait for it."""
    if isinstance(trouble, Exception):
        raise trouble
    if isinstance(trouble, threading.Event):
        trouble.wait()
