import logging
import threading
import time
from contextlib import contextmanager
from unittest.mock import patch

from odoo import sql_db
from odoo.addons.fusion_iot_base.nudges import board
from odoo.addons.fusion_iot_base.tests.pace import patient
from odoo.addons.fusion_iot_base.tests.waiting import WaitingMixin
from odoo.tests import BaseCase, get_db_name, tagged

from ..runtime import lease, settings, supervisor
from ..runtime.supervisor import Supervisor
from .runtime_rows import KIND, FakeKind, RuntimeRows, with_kinds
from .supervised import SupervisedCase

OTHER = f"{KIND}_other"
MANY = 500
_logger = logging.getLogger(__name__)


@tagged("post_install", "-at_install")
class TestIsolation(SupervisedCase):
    """What is wrong with one worker, or with its kind, is its own trouble."""

    quick = (
        (supervisor, "BEAT_S", 0.3),
        (supervisor, "LAUNCH_AGAIN_S", 0.5),
        (settings, "LOOK_S", 0.1),
    )

    def kinds(self):
        self.good, self.bad = FakeKind(self.rows.make(2)), FakeKind(self.rows.make(2, OTHER), OTHER)
        return self.good, self.bad

    def runs(self, *kinds):
        self.comes(lambda: all(self.states(kind) == ["connected"] * len(kind.row_ids) for kind in kinds))

    def started(self):
        self.supervisor.start()
        self.runs(self.good, self.bad)
        return [*self.good.workers, *self.bad.workers]

    def everything_turns(self):
        """Settings are read and heartbeats given, twice more."""
        reads, beats = self.good.reads, set()
        self.comes(lambda: beats.add(self.rows.of(self.good.row_ids[0], "beat_at")) or len(beats) > 2)
        self.comes(lambda: self.good.reads > reads + 1)

    @contextmanager
    def unharmed(self, logger, *workers):
        """What goes wrong is logged once, with its traceback, and these workers run on and get their settings."""
        with self.assertLogs(logger, "ERROR") as logs:
            yield
            self.everything_turns()
            self.good.spec = "changed"
            self.comes(lambda: all(worker.spec == "changed" for worker in self.good.workers))
        self.assertEqual(len(logs.output), 1, logs.output)
        self.assertIn("Traceback", logs.output[0])
        self.assertFalse([worker for worker in workers if worker.stopped])
        self.assertEqual(self.states(self.good), ["connected", "connected"])

    def test_the_settings_of_a_kind_cannot_be_read(self):
        workers = self.started()
        with self.unharmed(settings._logger, *workers):
            self.bad.error = KeyError("a_field")
            self.comes(lambda: "a_field" in (self.rows.of(self.bad.row_ids[0], "last_error") or ""))
        self.assertEqual(self.states(self.bad), ["connected", "connected"], "with the settings they have")
        self.assertIn("goes on with those it has", self.rows.of(self.bad.row_ids[1], "last_error"))
        self.bad.error, self.bad.spec = None, "new"
        self.comes(lambda: [worker.spec for worker in self.bad.workers] == ["new", "new"])

    def test_an_error_of_sql_is_one_of_its_kind(self):
        self.bad.statement = "SELECT 1 / 0"
        with self.assertLogs("odoo", "ERROR"):
            self.supervisor.start()
            self.runs(self.good)
            self.comes(lambda: self.states(self.bad) == ["failed", "failed"])

    def test_a_kind_that_never_could_be_read_says_so(self):
        self.bad.error = KeyError("a_field")
        with self.assertLogs(settings._logger, "ERROR"):
            self.supervisor.start()
            self.runs(self.good)
            self.comes(lambda: self.states(self.bad) == ["failed", "failed"])
        self.assertEqual(
            self.rows.of(self.bad.row_ids[0], "last_error"),
            "Its settings cannot be read: KeyError: 'a_field'",
        )
        since, beat_at = self.rows.of(self.bad.row_ids[0], "last_error_at", "beat_at")
        self.comes(lambda: self.rows.of(self.bad.row_ids[0], "beat_at") > beat_at)
        self.assertEqual(self.rows.of(self.bad.row_ids[0], "last_error_at"), since)
        self.bad.error = None
        self.runs(self.bad)

    def test_modules_that_cannot_be_loaded(self):
        workers = self.started()
        with patch.object(settings, "current_registry", side_effect=ImportError("no module")) as loading:
            with self.assertLogs(settings._logger, "ERROR") as logs:
                self.comes(lambda: "no module" in (self.rows.of(self.good.row_ids[0], "last_error") or ""))
                tried = loading.call_count
                self.comes(lambda: loading.call_count > tried + 1)
            self.assertEqual(len(logs.output), 1)
        self.assertEqual(self.states(self.good) + self.states(self.bad), ["connected"] * 4)
        self.good.spec = "changed"
        self.comes(lambda: [worker.spec for worker in self.good.workers] == ["changed"] * 2)
        self.assertFalse([worker for worker in workers if worker.stopped])

    def test_modules_that_never_could_be_loaded(self):
        with (
            patch.object(settings, "current_registry", side_effect=ImportError("no module")),
            patch.object(lease, "_FAIL", lease._FAIL.replace("fault.kind IN (worker.kind, '')", self.ours())),
            self.assertLogs(settings._logger, "ERROR"),
        ):
            self.supervisor.start()
            self.comes(lambda: self.states(self.good) + self.states(self.bad) == ["failed"] * 4)
        self.runs(self.good, self.bad)

    def ours(self):
        """Other rows of the database stay as they are."""
        return f"fault.kind = '' AND worker.kind LIKE '{KIND}%%'"

    def test_a_worker_cannot_be_made(self):
        for where in ("worker", "start"):
            with self.subTest(where=where):
                self.bad.raises = {where: ValueError("no such port")}
                with self.assertLogs(supervisor._logger, "ERROR") as logs:
                    self.supervisor = Supervisor(get_db_name())
                    self.supervisor.start()
                    self.runs(self.good)
                    self.comes(lambda: self.states(self.bad) == ["failed", "failed"])
                    error, since = self.rows.of(self.bad.row_ids[0], "last_error", "last_error_at")
                    tried = self.bad.tries
                    self.comes(lambda tried=tried: self.bad.tries > tried + 1)
                self.assertIn("no such port", error)
                self.assertEqual(self.rows.of(self.bad.row_ids[0], "last_error_at"), since)
                self.assertEqual(len(logs.output), 2, "once a worker")
                self.bad.raises, self.bad.spec = {}, f"after {where}"
                self.runs(self.bad)
                self.stopped()

    def test_what_is_left_of_a_start_that_failed(self):
        """The next one is started when it has ended, or has another epoch."""
        made, make = [], self.bad.worker

        def worker(spec, tenure):
            made.append(make(spec, tenure))
            made[-1].answers["join"] = len(made) != 2
            return made[-1]

        self.bad.worker = worker
        self.bad.row_ids = self.bad.row_ids[:1]
        self.bad.raises = {"start": ValueError("half of it")}
        with patch.object(supervisor, "JOIN_S", 0.3), self.assertLogs(supervisor._logger, "WARNING"):
            self.supervisor.start()
            self.comes(lambda: len(made) > 2)
        self.assertTrue(all(half.stopped for half in made[:2]))
        first, second, third = (half.tenure.epoch for half in made[:3])
        self.assertEqual(second, first, "the first had ended")
        self.assertGreater(third, second, "the second had not")

    def test_what_is_said_to_one_worker_concerns_no_other(self):
        one, other, _, old = self.started()
        nudged = []
        for worker in (one, other):
            worker.nudge = lambda worker=worker: nudged.append(worker) or True
        reader = self.supervisor._reader
        with patch.object(supervisor, "RECONCILE_S", 60):
            time.sleep(0.3)  # the last regular look is over
            asked = reader._asked
            self.say(f"{KIND}/1", f"{KIND}/{other.tenure.row_id}")
            self.comes(lambda: nudged)
            self.assertEqual((nudged, reader._asked), ([other], asked))
            self.say(f"{OTHER}/{old.tenure.row_id}")
            self.comes(lambda: reader._asked > asked)  # it does not know how to look for itself
            asked = reader._asked
            self.say("")
            self.comes(lambda: reader._asked > asked)
        self.assertEqual(nudged, [other])

    def say(self, *words):
        self.rows.sql("SELECT pg_notify(%s, words) FROM unnest(%s) AS words", [lease.CHANNEL, list(words)])

    def test_a_worker_cannot_say_how_it_is(self):
        workers = self.started()
        for answer in (ValueError("no idea"), "all is well"):
            with self.subTest(answer=answer), self.unharmed(supervisor._logger, *workers):
                self.bad.workers[0].answers["health"] = answer
                self.comes(lambda: self.states(self.bad) == ["failed", "connected"])
            self.bad.workers[0].answers.clear()
            self.runs(self.bad)

    def test_a_worker_that_does_not_do_as_it_is_told(self):
        self.started()
        first = self.bad.workers[0]
        first.answers.update(dict.fromkeys(("update", "stop"), ValueError("no")))
        with self.assertLogs(supervisor._logger, "ERROR"):
            self.bad.spec = "new"
            self.comes(lambda: [worker.spec for worker in self.bad.workers] == ["first", "new", "new"])
        self.runs(self.good, self.bad)
        self.assertFalse([worker for worker in self.good.workers if worker.stopped])

    def test_the_end_of_a_worker_that_cannot_be_waited_for(self):
        workers = self.started()
        with patch.object(supervisor, "JOIN_S", 0.3), self.unharmed(supervisor._logger, *self.good.workers):
            workers[2].answers["join"] = ValueError("no")
            self.bad.row_ids, row_ids = self.bad.row_ids[1:], self.bad.row_ids
            self.comes(lambda: self.rows.of(row_ids[0], "state") == "stopped")

    def test_screens_that_cannot_be_nudged(self):
        workers = self.started()
        with self.unharmed(settings._logger, *workers):
            board.add((get_db_name(), "nowhere.group_uninstalled", "runtime"), {})
            board.add((get_db_name(), "fusion_iot.group_iot_user", "other"), {})
            self.comes(lambda: not board.waiting(get_db_name()))

    def test_heartbeats_go_on_while_a_registry_is_loaded(self):
        self.started()
        release = threading.Event()
        self.addCleanup(release.set)
        loading = threading.Event()

        def load(dbname):
            loading.set()
            release.wait(patient(10))
            raise ImportError("no module")

        with patch.object(settings, "current_registry", load), self.assertLogs(settings._logger, "ERROR"):
            self.comes(loading.is_set)
            beats = set()
            self.comes(
                lambda: beats.add(self.rows.of(self.good.row_ids[0], "beat_at")) or len(beats) > 4,
            )
            release.set()
            self.comes(lambda: self.supervisor._settings.faults)

    def test_a_kind_whose_settings_take_for_ever(self):
        self.started()
        self.addCleanup(self.bad.hangs.set)
        row_id = self.good.row_ids[0]
        with patch.object(settings, "LATE_AFTER_S", 0.5):
            self.bad.hangs.clear()
            self.comes(
                lambda: f"Reading the settings of {OTHER}" in (self.rows.of(row_id, "last_error") or "")
            )
            self.assertEqual(self.states(self.good), ["connected", "connected"])
            self.bad.hangs.set()
            self.good.spec = "changed"
            self.comes(lambda: [worker.spec for worker in self.good.workers] == ["changed"] * 2)

    def test_one_database_does_not_wait_for_another(self):
        from ..runtime import registry

        with registry._one_at_a_time.setdefault("another_database", threading.Lock()):
            self.supervisor.start()
            self.runs(self.good, self.bad)

    def test_workers_that_take_long_to_start(self):
        """Heartbeats do not wait for all of them."""
        slow = FakeKind(self.rows.make(30, f"{KIND}_slow"), f"{KIND}_slow", slow=0.1)
        with_kinds(self, slow)
        with patch.object(supervisor, "LAUNCH_S", 0.2):
            self.supervisor.start()
            beats = set()
            self.comes(lambda: beats.add(self.rows.of(slow.row_ids[0], "beat_at")) or len(slow.workers) == 30)
        self.assertGreater(len(beats), 4)


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
