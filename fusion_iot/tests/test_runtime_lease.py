from contextlib import closing, contextmanager
from datetime import datetime, timedelta, timezone
from unittest.mock import patch

from odoo.addons.fusion_iot_base.tests.waiting import WaitingMixin
from odoo.tests import BaseCase, get_db_name, tagged

from ..runtime import lease as module
from ..runtime.kinds import Health
from ..runtime.lease import Leases
from .runtime_rows import RuntimeRows, connected

MANY = 500


@tagged("post_install", "-at_install")
class TestLeases(WaitingMixin, BaseCase):
    def setUp(self):
        super().setUp()
        self.rows = RuntimeRows(self)

    def leases(self):
        made = Leases(get_db_name())
        self.addCleanup(made.close)
        return made

    @contextmanager
    def statements(self, leases):
        """The statements that are run meanwhile."""
        run = []
        execute = leases._execute

        def count(statement, values):
            run.append(statement)
            execute(statement, values)

        with patch.object(leases, "_execute", count):
            yield run

    def silent(self, row_ids):
        """Their owner has given no heartbeat for a while."""
        self.rows.sql(
            "UPDATE iot_runtime_worker SET beat_at = now() AT TIME ZONE 'UTC' - interval '7 s' WHERE id = ANY(%s)",
            [row_ids],
        )

    @contextmanager
    def in_transaction(self, row_id, lock):
        """Somebody has the row, or the table with ``row_id`` 0."""
        with closing(connected()) as connection, connection.cursor() as cursor:
            connection.autocommit = False
            if row_id:
                cursor.execute(f"SELECT 1 FROM iot_runtime_worker WHERE id = %s FOR {lock}", [row_id])
            else:
                cursor.execute(f"LOCK TABLE iot_runtime_worker IN {lock} MODE")
            yield connection

    def test_the_number_of_statements_does_not_grow_with_the_workers(self):
        ids, ours, theirs = self.rows.make(MANY), self.leases(), self.leases()
        with self.statements(ours) as run:
            self.assertEqual(ours.take(ids).keys(), set(ids))
            self.assertEqual(ours.beat(dict.fromkeys(ids, Health("connected"))), set())
        self.assertEqual(len(run), 2)
        with self.statements(theirs) as run:
            self.assertEqual(theirs.take(ids), {})
        self.assertEqual(len(run), 2, "one for the locks, one for owners that are frozen")
        with self.statements(ours) as run:
            ours.leave(dict.fromkeys(ids, "waiting"))
        self.assertEqual(len(run), 2)
        self.assertEqual(theirs.take(ids).keys(), set(ids))

    def test_what_one_has_no_other_gets(self):
        ids, ours, theirs = self.rows.make(4), self.leases(), self.leases()
        self.assertEqual(ours.take(ids[:2]).keys(), set(ids[:2]))
        self.assertEqual(theirs.take(ids).keys(), set(ids[2:]))
        self.assertEqual(self.rows.of(ids[3], "epoch", "state"), (1, "connecting"))
        ours.close()
        taken = {}
        self.comes(lambda: taken.update(theirs.take(ids)) or len(taken) == 2)
        self.assertEqual([taken[row_id].epoch for row_id in ids[:2]], [2, 2])

    def test_a_heartbeat_says_how_a_worker_is(self):
        (one, other), ours = self.rows.make(2), self.leases()
        ours.take([one, other])
        ours.beat({one: Health("retrying", last_error="It's away"), other: Health("connected", lag=1.5)})
        self.assertEqual(self.rows.of(one, "state", "last_error"), ("retrying", "It's away"))
        self.assertEqual(self.rows.of(other, "state", "last_error", "lag"), ("connected", None, 1.5))
        since = self.rows.of(one, "state_since", "beat_at")
        ours.beat({one: Health("retrying")})
        self.assertEqual(
            (self.rows.of(one, "state_since"), self.rows.of(one, "last_error")), (since[0], "It's away")
        )
        self.assertGreater(self.rows.of(one, "beat_at"), since[1])

    def test_a_kind_has_figures_of_its_own(self):
        [row_id], ours = self.rows.make(1), self.leases()
        ours.take([row_id])
        details = {"Nodes": 12, "Slowest": "pump \0", "Ratio": 0.5, "Not a number": float("nan"), "Up": True}
        ours.beat({row_id: Health("connected", details=details).checked()})
        stored = {"Nodes": 12, "Slowest": "pump ", "Ratio": 0.5, "Not a number": "nan", "Up": True}
        self.assertEqual(self.rows.of(row_id, "details"), stored)
        ours.beat({row_id: Health("connected")})
        self.assertIsNone(self.rows.of(row_id, "details"))

    def test_what_no_database_can_hold(self):
        for values in (
            {"state": "fine"},
            {"lag": "long"},
            {"queue_depth": None},
            {"last_error_at": "today"},
            {"details": "all is well"},
        ):
            with self.assertRaises((ValueError, TypeError, AttributeError), msg=values):
                Health(**values).checked()
        self.assertEqual(Health(message_count=2**40, error_count=-1).checked().message_count, 2**31 - 1)
        at = datetime(2026, 11, 2, 13, tzinfo=timezone(timedelta(hours=1)))
        self.assertEqual(Health(last_error_at=at).checked().last_error_at, datetime(2026, 11, 2, 12))

    def test_a_former_owner_learns_it_and_writes_nothing(self):
        ids, former, new = self.rows.make(2), self.leases(), self.leases()
        former.take(ids)
        self.rows.sql("UPDATE iot_runtime_worker SET epoch = epoch + 1 WHERE id = %s", [ids[0]])
        lost = former.beat(dict.fromkeys(ids, Health("failed")))
        self.assertEqual(lost, {ids[0]})
        self.assertEqual([self.rows.of(each, "state") for each in ids], ["connecting", "failed"])
        former.leave(dict.fromkeys(ids, "stopped"))
        self.assertEqual([self.rows.of(each, "state") for each in ids], ["connecting", "stopped"])
        self.assertEqual(new.take(ids).keys(), set(ids), "it has let go of the lock")

    def test_a_row_that_somebody_has_keeps_no_other_waiting(self):
        ids, ours = self.rows.make(3), self.leases()
        ours.take(ids)
        with self.in_transaction(ids[0], "UPDATE"):
            # One that waited would end by the timeout of locks, and write none of them.
            self.assertEqual(ours.beat(dict.fromkeys(ids, Health("connected"))), set())
            states = [self.rows.of(each, "state") for each in ids]
        self.assertEqual(states, ["connecting", "connected", "connected"])

    def test_a_table_that_somebody_has_is_no_end(self):
        ids, ours = self.rows.make(2), self.leases()
        ours.take(ids[:1])
        with self.in_transaction(0, "ACCESS EXCLUSIVE") as other:
            self.assertEqual(ours.beat({ids[0]: Health("connected")}), set())
            self.assertEqual(ours.take(ids), {})
            other.rollback()
            self.assertEqual(ours.take(ids).keys(), {ids[1]})
        self.assertEqual(self.locks(ours), set(ids))

    def test_the_transaction_of_a_former_owner_is_waited_for(self):
        ids, ours = self.rows.make(3), self.leases()
        with self.in_transaction(ids[0], "KEY SHARE") as former:
            self.assertEqual(ours.take(ids).keys(), set(ids[1:]))
            self.assertTrue(ours.hurried)
            self.assertEqual(self.locks(ours), set(ids[1:]), "another process may have it first")
            former.rollback()
            self.assertEqual(ours.take(ids).keys(), {ids[0]})
        self.assertFalse(ours.hurried)

    def locks(self, leases):
        """The ids of the workers whose locks this connection has."""
        leases._cursor.execute(
            "SELECT objid::int FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND classid = %s",
            [module.LOCK_CLASS],
        )
        return {row_id for (row_id,) in leases._cursor.fetchall()}

    def test_a_frozen_owner_is_ended(self):
        ids, frozen, ours = self.rows.make(3), self.leases(), self.leases()
        frozen.take(ids)
        self.assertEqual(ours.take(ids), {})
        self.assertFalse(ours.hurried, "it has just given a heartbeat")
        self.silent(ids)
        with self.assertLogs(module._logger, "WARNING") as logs:
            with patch.object(
                module, "_END_FROZEN", module._END_FROZEN.replace("pg_terminate_backend(pid)", "true")
            ):
                for _ in range(3):
                    self.assertEqual(ours.take(ids[:2]), {}, "it takes a moment to end")
                    self.assertTrue(ours.hurried)
            self.comes(lambda: ours.take(ids[:2]).keys() == set(ids[:2]))
        self.assertEqual(len(logs.records), 1, logs.output)

    def test_an_owner_with_a_row_that_somebody_has_is_not_frozen(self):
        ids, theirs, ours = self.rows.make(2), self.leases(), self.leases()
        theirs.take(ids)
        self.silent(ids)
        theirs.beat({ids[1]: Health("connected")})
        with self.assertNoLogs(module._logger, "WARNING"):
            self.assertEqual(ours.take(ids), {})
        self.assertEqual(theirs.beat(dict.fromkeys(ids, Health("connected"))), set())
