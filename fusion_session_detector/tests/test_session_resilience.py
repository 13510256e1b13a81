from odoo import fields
from odoo.tests import tagged

from ..engine import hand
from .session_common import SessionCase, at


@tagged("post_install", "-at_install")
class TestSessionResilience(SessionCase):
    """What comes in the way of the engine, and what stands in for it."""

    def test_a_row_of_the_journal_that_commits_late_is_read(self):
        """Of two transactions the one that took the higher number may be the first to commit."""
        engine = self.engine()
        self.env.cr.execute("SELECT nextval('iot_power_journal_id_seq')")
        late = self.env.cr.fetchone()[0]
        other = self.make_device("lathe")
        self.ingest((0, 60), (5, 60), device="lathe")
        self.step(engine, 5)
        self.ingest((0, 60), (5, 60))
        self.env.cr.execute(
            "UPDATE iot_power_journal SET id = %s WHERE %s = ANY(device_ids)", [late, self.device.id]
        )
        self.step(engine, 6)
        self.assertEqual((len(self.sessions()), len(self.sessions(other))), (1, 1))

    def test_a_machine_that_somebody_moved_goes_on_from_there(self):
        engine = self.engine()
        self.ingest((0, 60), (5, 60))
        self.step(engine, 5)
        hand.handle(self.env, self.device.ids, hand.stop, at(8))
        self.ingest((9, 60), (12, 0))
        self.step(engine, 12)
        self.step(engine, 13)
        session = self.sessions()
        self.assertEqual((session.status, session.end_reason), ("completed", "manual"))
        self.ingest((40, 60), (50, 60))
        self.step(engine, 50)
        self.assertEqual(self.sessions().mapped("status"), ["completed", "running"])

    def test_a_state_that_somebody_else_has_locked_is_written_later(self):
        engine = self.engine()
        self.ingest((0, 60), (5, 60))
        engine._lock = lambda env, machines: engine._stale.update(each.device_id for each in machines) or []
        self.step(engine, 5)
        self.step(engine, 40)
        self.assertFalse(self.sessions())
        self.assertEqual(self.journal_rows(), 1, "what is not written stays in the journal")
        del engine._lock
        self.step(engine, 41)
        self.assertEqual(self.sessions().status, "running")
        self.step(engine, 80)
        self.assertEqual((self.journal_rows(), self.log_rows()), (0, (1, 2)))

    def test_what_cannot_be_read_is_not_in_the_way(self):
        engine = self.engine()
        self.ingest((0, 60))
        self.env.cr.execute("UPDATE iot_power_journal SET samples = %s", [b"\x09junk"])
        self.ingest((10, 60), (15, 60))
        with self.assertLogs("odoo.addons.fusion_session_detector.engine.journal", "ERROR"):
            self.step(engine, 15)
        self.assertEqual(self.sessions().start_time, at(10).replace(tzinfo=None))
        self.step(engine, 16, flush=True)
        self.assertEqual(self.journal_rows(), 0)

    def test_an_orphan_is_not_in_the_way(self):
        self.draw((0, 60), (5, 60))
        orphan = self.sessions()
        self.env.cr.execute("UPDATE iot_session_state SET state = NULL")
        self.env.invalidate_all()
        self.draw((100, 60), (110, 60))
        self.assertEqual(self.sessions().mapped("status"), ["completed", "running"])
        self.assertEqual(orphan.end_reason, "timeout")
        self.assertTrue(orphan.currency_id, "it is billed")

    def test_the_backstop_works_where_nobody_else_does(self):
        self.ingest((0, 60), (5, 60))
        rows = self.env["iot.runtime.worker"].search([("kind", "=", "sessions")]).sudo()
        self.assertEqual(rows.state, "waiting")
        Engines = self.env["iot.session.engine"]
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE iot_runtime_worker SET beat_at = %s WHERE kind = 'sessions'", [fields.Datetime.now()]
        )
        self.assertFalse(Engines._work_off(), "a server has it")
        self.env.cr.execute(
            "UPDATE iot_runtime_worker SET beat_at = %s WHERE kind = 'sessions'",
            [at(0).replace(tzinfo=None)],
        )
        epoch = rows.epoch
        self.assertTrue(Engines._work_off())
        session = self.sessions()
        self.assertEqual((session.status, session.end_reason), ("completed", "timeout"))
        self.assertEqual(session.end_time, at(5).replace(tzinfo=None))
        self.assertEqual(rows.epoch, epoch + 1, "who had it before is fenced off")
        self.assertEqual(self.journal_rows(), 0)

    def test_the_job_of_the_backstop(self):
        self.ingest((0, 60), (5, 60))
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE iot_runtime_worker SET beat_at = %s WHERE kind = 'sessions'", [at(0).replace(tzinfo=None)]
        )
        with self.enter_registry_test_mode():
            self.env.ref("fusion_session_detector.ir_cron_session_backstop").method_direct_trigger()
        self.assertEqual(self.sessions().end_reason, "timeout")
