import logging
from unittest.mock import Mock, patch

from odoo.tests import BaseCase, TransactionCase

from ..runtime import committer
from ..runtime.committer import Committer, Fenced, Retry
from ..runtime.kinds import Tenure
from ..runtime.mqtt.worker import MqttWorker

LOGGER = "odoo.addons.fusion_iot.tests"


class TestCommitter(BaseCase):
    def setUp(self):
        super().setUp()
        self.committer = Committer(Tenure("a_database", 1, 1))

    def test_modules_that_cannot_be_loaded_are_not_the_fault_of_a_message(self):
        work = Mock()
        for error in (ImportError("no module"), KeyError("mqtt.intake")):
            with (
                patch.object(committer, "Registry"),
                patch.object(committer, "current_registry", side_effect=error),
                self.assertRaises(Retry) as caught,
            ):
                self.committer.commit("batch", b"", work)
            self.assertIn("cannot be loaded", str(caught.exception))
        work.assert_not_called()

    def test_an_unfinished_change_of_modules_is_no_excuse_for_ever(self):
        registry = Mock(registry_sequence=7)
        with (
            patch.object(self.committer, "rows", return_value=[(True, 7)]),
            patch.object(committer.time, "monotonic") as clock,
        ):
            clock.return_value = 1000.0
            self.assertTrue(self.committer._outdated(registry))
            clock.return_value += committer.CHANGE_LASTS_S + 1
            self.assertFalse(self.committer._outdated(registry))

    def test_a_registry_of_before_is_an_excuse(self):
        for sequence, outdated in ((7, False), (8, True), (7, False)):
            with patch.object(self.committer, "rows", return_value=[(False, sequence)]):
                self.assertEqual(self.committer._outdated(Mock(registry_sequence=7)), outdated)


class TestTenure(TransactionCase):
    def setUp(self):
        super().setUp()
        patcher = patch.object(committer, "read_committed")  # the transaction of a test has begun
        patcher.start()
        self.addCleanup(patcher.stop)

    def committer_of(self, epoch):
        self.env.cr.execute(
            "INSERT INTO iot_runtime_worker (kind, name, res_model, res_id, state, epoch)"
            " VALUES ('tenure', 'tenure', 'mqtt.connection', 1, 'connected', 5) RETURNING id"
        )
        return Committer(Tenure(self.env.cr.dbname, self.env.cr.fetchone()[0], epoch))

    def test_the_owner_works(self):
        seen = []
        self.committer_of(5)._run(self.env.cr, lambda env: seen.append(env.su))
        self.assertEqual(seen, [True])

    def test_a_former_owner_does_not(self):
        work = Mock()
        with self.assertRaises(Fenced) as caught:
            self.committer_of(4)._run(self.env.cr, work)
        work.assert_not_called()
        with self.assertLogs(LOGGER, "WARNING") as said:
            caught.exception.tell(logging.getLogger(LOGGER), "Hall")
        self.assertIn("Hall: another process has taken over", said.output[0])

    def test_nor_does_the_owner_of_what_was_deleted(self):
        work, owner = Mock(), self.committer_of(5)
        self.env.cr.execute("DELETE FROM iot_runtime_worker WHERE id = %s", [owner.tenure.row_id])
        for transaction in (
            lambda: owner._run(self.env.cr, work),
            lambda: owner._commit(self.env.cr, "batch", b"", work),
        ):
            with self.assertRaises(Fenced) as caught:
                transaction()
            self.assertTrue(caught.exception.deleted)
        work.assert_not_called()
        with self.assertNoLogs(LOGGER, "WARNING"):
            caught.exception.tell(logging.getLogger(LOGGER), "Hall")

    def test_a_server_that_starts_knows_what_was_a_repetition(self):
        """Else what a broker sends once more could not be told from what was new, from its second time on."""
        owner, cr = self.committer_of(5), self.env.cr
        batches = {"one": (b"a" * 16, None), "two": (b"b" * 16, b"b" * 8), "three": (b"c" * 8, b"")}
        for name, (entries, new) in batches.items():
            owner._commit(cr, name, entries, Mock(), new)

        def rows(statement):
            cr.execute(statement, {"id": owner.tenure.row_id})
            return cr.fetchall()

        with patch.object(owner, "rows", rows):
            self.assertEqual(
                [(entries, new) for entries, _age, new in owner.receipts()], list(batches.values())
            )


class TestReceiptsKept(TransactionCase):
    def kept(self, sizes):
        """Which of the batches with so many bytes of entries are kept, the first one is 0."""
        cr = self.env.cr
        cr.execute(
            "INSERT INTO iot_runtime_worker (kind, name, res_model, res_id, state)"
            " VALUES ('trim', 'trim', 'mqtt.connection', 1, 'waiting') RETURNING id"
        )
        (worker_id,) = cr.fetchone()
        cr.execute(
            "INSERT INTO iot_runtime_receipt (worker_id, batch, entries)"
            " SELECT %s, position - 1, decode(repeat('00', size), 'hex')"
            "   FROM unnest(%s) WITH ORDINALITY AS made(size, position)",
            [worker_id, sizes],
        )
        cr.execute(committer._TRIM, {"id": worker_id, "kept": MqttWorker.receipt_bytes})
        cr.execute("SELECT batch FROM iot_runtime_receipt WHERE worker_id = %s ORDER BY id", [worker_id])
        return [int(batch) for (batch,) in cr.fetchall()]

    def test_few_are_all_kept(self):
        self.assertEqual(self.kept([4000] * 100), list(range(100)))

    def test_every_message_that_can_be_under_way_has_its_receipt(self):
        kept = self.kept([8] * 70_000)
        self.assertEqual(kept, list(range(70_000 - 65_536, 70_000)))

    def test_large_batches(self):
        kept = self.kept([8_000] * 100)
        self.assertGreaterEqual(8_000 * len(kept), 8 * 65_535)
        self.assertLess(8_000 * (len(kept) - 1), 8 * 65_536)

    def test_those_without_entries_are_not_kept_for_ever(self):
        self.assertEqual(len(self.kept([0] * 70_000)), 65_536)
