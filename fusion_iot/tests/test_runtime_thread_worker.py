import threading
from unittest.mock import patch

from odoo.addons.fusion_iot_base.tests.pace import patient
from odoo.tests import BaseCase

from ..runtime import worker as module
from ..runtime.committer import Fenced, Retry
from ..runtime.kinds import Tenure
from ..runtime.thread_worker import ThreadWorker


class FakeCommitter:
    """:ivar error: what a check raises"""

    def __init__(self, tenure, receipt_bytes):
        self.tenure, self.error = tenure, None

    def check(self):
        if self.error:
            raise self.error


class Link(ThreadWorker):
    """Its attempts end with the next one of ``outcomes``: an exception, or ``None`` to go on until the end.

    :ivar pauses: before each further attempt
    """

    expected = (ConnectionError,)

    def __init__(self, *outcomes):
        super().__init__("settings", Tenure("nowhere", 1, 1), "Line 1", "test.thread")
        self.outcomes, self.pauses, self.finished = list(outcomes), [], 0
        self.up = threading.Event()

    def _takes(self, spec):
        return spec != "other"

    def _serve(self):
        if error := self.outcomes.pop(0):
            raise error
        self._up()
        self.up.set()
        self._stopping.wait()

    def _rest(self, seconds):
        self.pauses.append(seconds)

    def _finish(self):
        self.finished += 1

    def _in_words(self, error):
        return ("Correct it", True) if isinstance(error, PermissionError) else super()._in_words(error)


class TestThreadWorker(BaseCase):
    def setUp(self):
        super().setUp()
        patcher = patch.object(module, "Committer", FakeCommitter)
        patcher.start()
        self.addCleanup(patcher.stop)

    def started(self, *outcomes):
        worker = Link(*outcomes)
        self.addCleanup(worker.join, patient(5))
        self.addCleanup(worker.stop)
        worker.start()
        return worker

    def up(self, *outcomes):
        worker = self.started(*outcomes, None)
        self.assertTrue(worker.up.wait(patient(5)))
        return worker

    def test_it_goes_on_until_the_end_is_wanted(self):
        worker = self.up()
        self.assertEqual((worker.health().state, worker.health().last_error), ("connected", ""))
        self.assertTrue(worker.health().connected_since)
        self.assertFalse(worker.join(0))
        worker.stop()
        self.assertTrue(worker.join(patient(5)))
        self.assertEqual((worker.health().state, worker.health().connected_since), ("stopped", None))
        self.assertEqual((worker.finished, worker.pauses), (1, []))

    def test_errors(self):
        for error, text, lines in (
            (Retry("The database is away"), "The database is away", 1),
            (ConnectionError("Nobody is there"), "Nobody is there", 1),
            (ValueError("a fault"), "ValueError: a fault", 2),
        ):
            with self.subTest(error=error), self.assertLogs(__name__, "WARNING") as logs:
                worker = self.up(error, error)
                self.assertEqual(worker.health().last_error, text)
                worker.stop()
            self.assertEqual(sum(text in line and "Traceback" not in line for line in logs.output), 1, "once")
            self.assertEqual(sum("Traceback" in line for line in logs.output), 2 if lines == 2 else 0)

    def test_what_a_person_has_to_correct(self):
        waiting, going_on = threading.Event(), threading.Event()

        def rest(_worker, _seconds):
            waiting.set()
            going_on.wait()

        with self.assertLogs(__name__, "ERROR"), patch.object(Link, "_rest", rest):
            worker = self.started(PermissionError("no"), None)
            self.addCleanup(going_on.set)
            self.assertTrue(waiting.wait(patient(5)))
            self.assertEqual((worker.health().state, worker.health().last_error), ("failed", "Correct it"))
        going_on.set()
        self.assertTrue(worker.up.wait(patient(5)))
        self.assertEqual(worker.health().state, "connected")

    def test_pauses_grow(self):
        with self.assertLogs(__name__, "WARNING"):
            worker = self.up(*(ConnectionError("away") for _ in range(7)))
        self.assertEqual(worker.pauses, [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0])
        self.assertEqual(worker._pause_after(None, 5.0), 10.0)
        self.assertEqual(worker._pause_after(None, 11.0), 0.5, "it was up for long")

    def test_settings(self):
        worker = self.up()
        self.assertFalse(worker.update("other"))
        self.assertTrue(worker.update("new"))
        self.assertEqual((worker._spec, worker._wanted), ("settings", "new"))

    def test_it_ends_where_it_is_not_ours(self):
        worker = Link(None)
        worker._committer.error = Fenced()
        with self.assertLogs(__name__, "WARNING") as logs:
            worker.start()
            self.assertTrue(worker.join(patient(5)))
        self.assertIn("Line 1: another process has taken over", logs.output[0])
        self.assertEqual((worker.outcomes, worker.finished), ([None], 0), "it has done nothing")

    def test_what_goes_wrong_at_the_end(self):
        with (
            patch.object(Link, "_finish", side_effect=ValueError("a fault")),
            self.assertLogs(__name__, "ERROR"),
        ):
            worker = self.up()
            worker.stop()
            self.assertTrue(worker.join(patient(5)))
        self.assertEqual(worker.health().state, "stopped")
