from contextlib import contextmanager
from unittest.mock import patch

from odoo.tests import get_db_name, tagged

from ..runtime import held, supervisor
from ..runtime.supervisor import Supervisor
from .runtime_rows import KIND, FakeKind, with_kinds
from .supervised import OTHER, TwoKindsCase


@tagged("post_install", "-at_install")
class TestBlocked(TwoKindsCase):
    """A worker that does not return from a call is its own trouble."""

    def test_workers_that_take_long_to_start(self):
        """Heartbeats do not wait for all of them."""
        slow = FakeKind(self.rows.make(30, f"{KIND}_slow"), f"{KIND}_slow")
        with_kinds(self, slow)
        going_on = self.event()
        slow.raises = {"worker": going_on}
        with patch.object(held, "BLOCKED_AFTER_S", 600):
            self.supervisor.start()
            self.comes(lambda: slow.tries)
            self.beats(*slow.row_ids)
            self.assertFalse(slow.workers)
            going_on.set()
            self.runs(slow)

    def beats(self, *row_ids):
        """Heartbeats of all of these come, and come again."""
        seen = {row_id: set() for row_id in row_ids}

        def some():
            for row_id, beats in seen.items():
                beats.add(self.rows.of(row_id, "beat_at"))
            return all(len(beats) > 4 for beats in seen.values())

        self.comes(some)

    @contextmanager
    def blocked(self, method, *states):
        """Its row says which method blocks, while all others go on.

        :param states: of the workers of its kind meanwhile
        """
        row_id = self.bad.row_ids[0]
        said = f"{method} has not returned since"
        # What is slow on a busy machine may be said as well, until all is over.
        with self.assertLogs(supervisor._logger, "WARNING") as logs:
            with patch.object(held, "BLOCKED_AFTER_S", 0.3):
                yield
                self.comes(lambda: f"blocked: {said}" in (self.rows.of(row_id, "last_error") or ""))
                self.beats(*self.good.row_ids, *self.bad.row_ids)
                self.good.spec = method
                self.comes(lambda: [worker.spec for worker in self.good.workers] == [method] * 2)
                if states:
                    self.comes(lambda: self.states(self.bad) == [*states])
            for event in self.events:
                event.set()
            self.bad.raises = {}
            for worker in self.bad.workers:
                worker.answers.clear()
            self.runs(self.good, self.bad)
        about = [line for line in logs.output if OTHER in line and said in line]
        self.assertTrue(any("trouble.wait()" in line for line in about), logs.output)

    def test_a_worker_that_blocks(self):
        """Nobody's heartbeats stay away, and others of its kind are served, too."""
        self.started()
        first, second = self.bad.workers
        for method in ("health", "update"):
            with self.subTest(method=method):
                first.answers[method] = self.event()
                with self.blocked(method, "retrying", "connected"):
                    self.bad.spec = method
                    self.comes(lambda method=method: second.spec == method)
                self.comes(lambda method=method: first.spec == method)

    def test_a_worker_that_blocks_when_it_is_made(self):
        for where, method in (("worker", "its constructor"), ("start", "start")):
            with self.subTest(where=where):
                self.bad.raises = {where: self.event()}
                self.good.workers.clear()
                self.supervisor = Supervisor(get_db_name())
                with self.blocked(method):
                    self.supervisor.start()
                    self.runs(self.good)
                self.stopped()

    def test_a_worker_that_blocks_at_its_end(self):
        self.started()
        first, row_id = self.bad.workers[0], self.bad.row_ids[0]
        first.answers["stop"] = self.event()
        with patch.object(supervisor, "JOIN_S", 600), self.blocked("stop"):
            row_ids, self.bad.row_ids = self.bad.row_ids, self.bad.row_ids[1:]
            self.comes(lambda: first.stopped)
            self.comes(lambda: "stop has not" in (self.rows.of(row_id, "last_error") or ""))
            [leaving] = self.supervisor._ending.values()
            leaving.stops_by = 0.0
            self.comes(lambda: self.rows.of(row_id, "state") == "stopped")
            self.bad.row_ids = row_ids

    def test_who_was_waited_for_in_vain_does_not_run_later(self):
        """What is made too late, when its lease may be another's, is not started."""
        event = self.event()
        self.bad.raises = {"start": event}
        with patch.object(supervisor, "JOIN_S", 0.3), self.assertLogs(supervisor._logger, "WARNING"):
            self.supervisor.start()
            self.runs(self.good)
            row_ids, self.bad.row_ids = self.bad.row_ids, []
            self.comes(lambda: {self.rows.of(row_id, "state") for row_id in row_ids} == {"stopped"})
        event.set()
        self.comes(lambda: self.bad.workers and all(worker.stopped for worker in self.bad.workers))
        self.runs(self.good)
