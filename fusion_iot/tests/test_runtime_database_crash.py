from unittest.mock import Mock, patch

import psycopg2
from odoo import sql_db
from odoo.tests import BaseCase, get_db_name, tagged

from ..runtime import committer as module
from ..runtime import pool
from ..runtime.committer import Committer, Retry
from ..runtime.kinds import Tenure
from ..runtime.transient import is_transient
from .database_relay import DatabaseRelay


@tagged("post_install", "-at_install")
class TestDatabaseCrash(BaseCase):
    """PostgreSQL crashes under a worker: nobody's fault, tried again."""

    def setUp(self):
        super().setUp()
        dbname, info = sql_db.connection_info_for(get_db_name())
        self.relay = DatabaseRelay(info)
        self.addCleanup(self.relay.close)
        connections = sql_db.ConnectionPool(4)
        self.addCleanup(connections.close_all)
        self.registry = Mock(cursor=lambda: sql_db.Cursor(connections, dbname, self.relay.info))
        self.committer = Committer(Tenure(dbname, 0, 0))
        for name, fake in (
            ("Registry", Mock(return_value=self.registry)),
            ("current_registry", Mock(return_value=self.registry)),
            ("_TENURE", "SELECT 1"),
            ("_GUARD", "SELECT 1, 1"),
            ("_TRIM", "SELECT 1"),
        ):
            patcher = patch.object(module, name, fake)
            patcher.start()
            self.addCleanup(patcher.stop)

    def crash(self, env):
        self.relay.crash()
        env.cr.execute("SELECT 1", log_exceptions=False)

    def test_what_psycopg2_makes_of_it(self):
        connection = psycopg2.connect(**self.relay.info)
        self.relay.crash()
        with self.assertRaises(psycopg2.DatabaseError) as caught:
            connection.reset()
        self.assertIs(type(caught.exception), psycopg2.DatabaseError, "else this test says nothing")
        self.assertTrue(is_transient(caught.exception))

    def test_in_a_transaction(self):
        for transaction in (
            lambda: self.committer.run(self.crash),
            lambda: self.committer.commit("batch", b"", self.crash),
        ):
            with self.assertRaises(Retry) as caught:
                transaction()
            self.assertIn("The database cannot take it now", str(caught.exception))
            self.assertFalse(caught.exception.slow)

    def test_between_transactions(self):
        """The connection waits in the pool: whoever borrows next has a new one."""
        pool.install()
        seen = []
        for transaction in (
            lambda: self.committer.run(seen.append),
            lambda: self.committer.commit("batch", b"", seen.append),
            lambda: self.committer.rows("SELECT 1"),
        ):
            self.committer.run(seen.append)
            self.relay.crash()
            transaction()
        self.assertEqual(len(seen), 5)

    def test_a_wrong_statement_is_the_fault_of_who_made_it(self):
        self.registry.registry_sequence = 1
        with (
            patch.object(self.committer, "_outdated", return_value=False),
            self.assertRaises(psycopg2.errors.DivisionByZero),
        ):
            self.committer.run(lambda env: env.cr.execute("SELECT 1 / 0", log_exceptions=False))
