from unittest.mock import patch

import psycopg2
from odoo.addons.fusion_iot_base.tests.pace import patient
from odoo.tests import BaseCase

from ..runtime import supervisor
from ..runtime.lease import LeaseLost, Leases, Uninstalled
from ..runtime.supervisor import Supervisor


class TestSupervisor(BaseCase):
    def leases(self, error):
        """What holds the leases, on a connection whose statements all fail."""
        made = Leases.__new__(Leases)
        made._held, made._connection, made._cursor = {}, self, self
        made.dbname = "a_database"
        self.error = error
        return made

    def execute(self, _statement, _values):
        raise self.error

    def close(self):
        pass

    def test_it_ends_when_the_suite_is_uninstalled(self):
        """Whoever looks for databases starts another when it is installed again."""
        leases = self.leases(psycopg2.errors.UndefinedTable("iot_runtime_worker"))
        runner = Supervisor("a_database")
        with (
            patch.object(supervisor, "Leases", return_value=leases),
            patch.object(leases, "installed", side_effect=lambda: leases.take([1])),
            self.assertNoLogs("odoo.addons.fusion_iot.runtime.supervisor", "WARNING"),
        ):
            runner.start()
            runner.join(patient(10))
        self.assertFalse(runner.alive)
        runner.stop()

    def test_what_a_failed_statement_means(self):
        self.assertRaises(Uninstalled, self.leases(psycopg2.errors.UndefinedTable()).take, [1])
        self.assertRaises(LeaseLost, self.leases(psycopg2.OperationalError()).take, [1])

    def test_the_locks_of_an_uninstallation_do_not_break_it(self):
        for error in (psycopg2.errors.DeadlockDetected(), psycopg2.errors.LockNotAvailable()):
            leases = self.leases(error)
            with patch.object(leases, "_rows", side_effect=[error, []]):
                self.assertEqual(leases.take([1]), {})
