import threading
from unittest.mock import patch

from odoo.addons.fusion_iot.runtime import worker as base
from odoo.addons.fusion_iot.runtime.committer import Fenced, Retry
from odoo.addons.fusion_iot.runtime.kinds import Tenure
from odoo.addons.fusion_iot_base.tests.pace import patient
from odoo.tests import BaseCase, tagged

from ..engine import worker as module
from ..engine.engine import EngineSettings, Step
from ..engine.listener import ListenerLost
from ..engine.worker import EngineSpec, SessionWorker
from .session_common import at

SPEC = EngineSpec("Sessions", "7b0f6bd0-5a2c-4d6e-8f6f-6f6c7f0c1f11", EngineSettings())


class FakeListener:
    def __init__(self, dbname):
        pass

    def wait(self, seconds):
        return True, False

    def wake(self):
        pass

    def close(self):
        pass


class FakeEngine:
    """:cvar made: one entry an engine: the steps it made, and whether they were to write everything"""

    made = []

    def __init__(self, database, settings, now):
        self.steps = []
        self.made.append(self.steps)
        self.next_at = at(0)

    def step(self, env, now, flush):
        self.steps.append(flush)
        return Step(messages=1, lag=0.5, more=len(self.steps) == 2)


class FakeCommitter:
    """Fails with what is in ``errors``, one each, before it works."""

    def __init__(self, tenure, receipt_bytes):
        self.tenure = tenure
        self.errors = []
        self.done = threading.Semaphore(0)

    def check(self):
        pass

    def run(self, work):
        error = self.errors.pop(0) if self.errors else None
        if error:
            raise error
        work(None)
        self.done.release()


@tagged("post_install", "-at_install")
class TestWorker(BaseCase):
    def setUp(self):
        super().setUp()
        FakeEngine.made = []
        for where, name, fake in (
            (module, "Engine", FakeEngine),
            (module, "Listener", FakeListener),
            (base, "Committer", FakeCommitter),
            (SessionWorker, "first_pause_s", 0.01),
            (module, "STEP_EVERY_S", 0.01),
        ):
            patcher = patch.object(where, name, fake)
            patcher.start()
            self.addCleanup(patcher.stop)
        self.worker = SessionWorker(SPEC, Tenure("nowhere", 1, 1))
        self.committer = self.worker._committer
        self.addCleanup(self.worker.join, patient(5))
        self.addCleanup(self.worker.stop)

    def steps(self, count):
        for _ in range(count):
            self.assertTrue(self.committer.done.acquire(timeout=patient(5)))

    def test_it_ends_with_everything_written(self):
        self.worker.start()
        self.steps(4)
        self.assertEqual(self.worker.health().state, "connected")
        self.assertEqual(self.worker.health().lag, 0.5)
        self.worker.stop()
        self.assertTrue(self.worker.join(patient(5)))
        [made] = FakeEngine.made
        self.assertEqual((made[-1], any(made[:-1])), (True, False))
        self.assertEqual(self.worker.health().state, "stopped")

    def test_a_long_backlog_does_not_keep_it_from_ending(self):
        def step(engine, env, now, flush):
            engine.steps.append(flush)
            return Step(messages=1, lag=0.5, more=True)

        with patch.object(FakeEngine, "step", step):
            self.worker.start()
            self.steps(2)
            self.worker.stop()
            self.assertTrue(self.worker.join(patient(5)))
        [made] = FakeEngine.made
        self.assertEqual((made[-1], sum(made)), (True, 1))

    def test_after_a_failure_the_next_engine_begins_with_the_database(self):
        self.committer.errors = [
            None,
            Retry("The database is away"),
            ListenerLost("gone"),
            RuntimeError("a fault"),
        ]
        with self.assertLogs(module.__name__, "INFO") as logs:
            self.worker.start()
            self.steps(4)
        self.assertEqual(len(FakeEngine.made), 4)
        self.assertEqual(self.worker.health().state, "connected")
        self.assertEqual(self.worker.health().last_error, "RuntimeError: a fault")
        self.assertEqual(
            sum("Traceback" in line for line in logs.output), 1, "what is usual needs no traceback"
        )

    def test_a_clock_that_is_set_back_makes_a_new_engine(self):
        moments = iter([at(3600)] * 12)
        with patch.object(module, "_now", lambda: next(moments, at(0))):
            self.worker.start()
            self.steps(8)
            self.worker.stop()
            self.assertTrue(self.worker.join(patient(5)))
        self.assertEqual(len(FakeEngine.made), 2)

    def test_it_ends_where_another_process_has_taken_over(self):
        self.committer.errors = [None, Fenced()]
        with self.assertLogs(module.__name__, "WARNING"):
            self.worker.start()
            self.worker._thread.join(patient(5))
        self.assertTrue(self.worker.join(0))
        self.assertEqual(len(FakeEngine.made), 1)
