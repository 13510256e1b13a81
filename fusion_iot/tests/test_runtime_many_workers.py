import logging
import threading
import time
from unittest.mock import patch

from odoo import sql_db
from odoo.addons.fusion_iot_base.tests.pace import patient
from odoo.addons.fusion_iot_base.tests.waiting import WaitingMixin
from odoo.tests import BaseCase, get_db_name, tagged

from ..runtime import lease
from ..runtime.supervisor import Supervisor
from .runtime_rows import FakeKind, RuntimeRows, with_kinds

MANY = 500
_logger = logging.getLogger(__name__)


@tagged("post_install", "-at_install")
class TestManyWorkers(WaitingMixin, BaseCase):
    SECONDS = 6

    def test_statements(self):
        """As few for 500 workers as for one, on the server that has them and on the one that waits."""
        rows = RuntimeRows(self)
        kind = FakeKind(rows.make(MANY))
        with_kinds(self, kind)
        owner, standby = (Supervisor(get_db_name()) for _ in range(2))
        for each in (owner, standby):
            self.addCleanup(each.join, patient(15))
            self.addCleanup(each.stop)
        owner.start()
        self.comes(lambda: len(kind.workers) == MANY, seconds=20)
        standby.start()
        run = {}
        execute = lease.Leases._execute

        def count(leases, statement, values):
            run.setdefault(threading.current_thread(), []).append(statement)
            execute(leases, statement, values)

        with patch.object(lease.Leases, "_execute", count):
            # The start is over, and both go their rounds.
            self.comes(
                lambda: all(len(run.get(each._thread, ())) > 3 for each in (owner, standby)), seconds=20
            )
            run.clear()
            before, began = sql_db.sql_counter, time.monotonic()
            for number in range(2 * self.SECONDS):
                # Of many workers one has always something new to say.
                kind.workers[number].answers["health"] = "retrying"
                time.sleep(0.5)
            seconds = time.monotonic() - began
            reading = (sql_db.sql_counter - before) / 2 / seconds
        rates = [len(run[each._thread]) / seconds + reading for each in (owner, standby)]
        _logger.info("Statements a second, with %s workers: owner %.1f, standby %.1f.", MANY, *rates)
        self.assertTrue(all(0 < rate < 20 for rate in rates), rates)
        self.assertEqual(len(kind.workers), MANY, "they run in one of the two")
