import threading
from contextlib import contextmanager
from unittest.mock import patch

from odoo.addons.fusion_iot_base.nudges import board
from odoo.addons.fusion_iot_base.tests.pace import patient
from odoo.modules.registry import Registry
from odoo.tests import get_db_name, tagged

from ..runtime import kind_reader, lease, settings, supervisor
from ..runtime.complaints import Complaints
from ..runtime.kind_reader import KindReader
from ..runtime.supervisor import Supervisor
from .runtime_rows import KIND, FakeKind, Incomparable, with_kinds
from .supervised import OTHER, TwoKindsCase


@tagged("post_install", "-at_install")
class TestIsolation(TwoKindsCase):
    """What is wrong with one worker, or with its kind, is its own trouble."""

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
            self.bad.statement = ""  # Odoo logs it each time
            self.runs(self.bad)

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
        reader, heed, rounds = self.supervisor._reader, self.supervisor._heed, []
        counted = patch.object(self.supervisor, "_heed", lambda told: rounds.append(told) or heed(told))
        with patch.object(supervisor, "RECONCILE_S", 60), counted:
            self.comes(lambda: len(rounds) > 1)  # the last regular look is over
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

    def test_screens_that_take_for_ever(self):
        workers = self.started()
        told, event = threading.Event(), self.event()

        def send(_self, _key):
            told.set()
            event.wait()

        with patch.object(Registry(get_db_name())["iot.nudge"], "_send", send):
            board.add((get_db_name(), "fusion_iot.group_iot_user", "runtime"), {})
            self.comes(told.is_set)
            self.good.spec = "changed"
            self.comes(lambda: [worker.spec for worker in self.good.workers] == ["changed"] * 2)
            event.set()
        self.assertFalse([worker for worker in workers if worker.stopped])

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

    def hang(self, kind):
        """Reading its settings takes for ever, which is said at once, and of no other kind."""
        self.addCleanup(kind.hangs.set)
        kind.hangs.clear()
        overdue = KindReader.overdue

        def at_once(reader, asked):
            if reader.name == kind.name and kind.hanging:
                reader._began = float("-inf")
            return overdue(reader, asked)

        patcher = patch.object(KindReader, "overdue", at_once)
        patcher.start()
        self.addCleanup(patcher.stop)

    def says(self, kind, text):
        return all(text in (self.rows.of(row_id, "last_error") or "") for row_id in kind.row_ids)

    def test_a_kind_whose_settings_take_for_ever(self):
        workers = self.started()
        self.hang(self.bad)
        with self.assertLogs(settings._logger, "WARNING") as logs:
            self.comes(
                lambda: self.says(self.bad, f"Reading the settings of {OTHER} does not come to an end")
            )
            self.good.spec = "changed"
            self.comes(lambda: [worker.spec for worker in self.good.workers] == ["changed"] * 2)
            row_ids = self.rows.make(3)
            self.addCleanup(setattr, self.good, "row_ids", self.good.row_ids)
            self.good.row_ids = row_ids
            self.runs(self.good)
        self.assertEqual(len(logs.output), 1)
        self.assertIn("self.hangs.wait()", logs.output[0], "where it hangs")
        self.assertEqual(self.states(self.bad), ["connected", "connected"], "with the settings they have")
        self.assertFalse([worker for worker in workers[2:] if worker.stopped])
        self.bad.spec = "changed"
        self.bad.hangs.set()
        self.comes(lambda: [worker.spec for worker in self.bad.workers] == ["changed"] * 2)
        self.comes(lambda: not self.supervisor._settings.faults)

    def test_a_kind_that_has_never_come_to_an_end(self):
        for first, second in ((self.good, self.bad), (self.bad, self.good)):
            with_kinds(self, first, second)
            with self.subTest(first=first.name), self.assertLogs(settings._logger, "WARNING"):
                self.hang(self.bad)
                self.supervisor = Supervisor(get_db_name())
                self.supervisor.start()
                self.runs(self.good)
                self.comes(lambda: self.states(self.bad) == ["failed", "failed"])
                self.assertTrue(self.says(self.bad, "does not come to an end"))
                self.bad.hangs.set()
                self.runs(self.bad)
            self.stopped()

    def test_what_is_late_answers_what_was_asked_meanwhile(self):
        """Workers that run by the settings from before are not taken away when it comes in the end."""
        reader = KindReader(OTHER, get_db_name(), Complaints(settings._logger))
        self.addCleanup(reader.stop)
        self.hang(self.bad)
        reader.begin(Registry(get_db_name()), self.bad, 1)
        self.assertFalse(reader.finish(0.0))
        with self.assertLogs(settings._logger, "WARNING"):
            self.comes(lambda: reader.overdue(5))
        self.assertFalse(reader.overdue(5), "that is said")
        self.assertEqual(reader.answered, 5)
        self.bad.hangs.set()
        self.assertTrue(reader.finish(patient(5)))
        self.assertEqual((reader.answered, reader.fault, len(reader.workers)), (5, None, 2))

    def test_a_query_of_a_kind_that_takes_for_ever(self):
        self.bad.statement = "SELECT pg_sleep(3600)"
        short = kind_reader.BOUNDS.replace("statement_timeout = '120s'", "statement_timeout = '1s'")
        with patch.object(kind_reader, "BOUNDS", short), self.assertLogs("odoo", "ERROR"):
            self.supervisor.start()
            self.runs(self.good)
            self.comes(lambda: self.states(self.bad) == ["failed", "failed"])
            self.assertTrue(self.says(self.bad, "QueryCanceled"))
            self.bad.statement = ""
            self.runs(self.bad)

    def test_a_kind_that_has_no_rows_yet(self):
        """Its fault has one to be seen in, for as long as it lasts."""
        empty = FakeKind([], f"{KIND}_empty")
        with_kinds(self, self.good, empty)
        empty.error = KeyError("a_field")

        def notes():
            return self.rows.sql(
                "SELECT state, last_error FROM iot_runtime_worker WHERE kind = %s AND res_model = 'iot.runtime'",
                [empty.name],
            )

        with self.assertLogs(settings._logger, "ERROR"):
            self.supervisor.start()
            self.comes(notes)
        self.assertEqual(notes(), [("failed", "Its settings cannot be read: KeyError: 'a_field'")])
        self.runs(self.good)
        empty.error = None
        self.comes(lambda: not notes())

    def test_what_are_no_rows_of_workers(self):
        good, other = self.good.row_ids[0], self.bad.row_ids[0]
        answers = {
            "a recordset": lambda env: {1: (env["iot.runtime.worker"].browse(other), "first")},
            "a text": lambda env: {1: (str(other), "first")},
            "true": lambda env: {1: (True, "first")},
            "too large": lambda env: {1: (2**31, "first")},
            "twice the same": lambda env: {1: (other, "first"), 2: (other, "first")},
            "that of another kind": lambda env: {1: (good, "first")},
            "no pair": lambda env: {1: other},
            "a record that is a text": lambda env: {"1": (other, "first")},
            "no mapping": lambda env: [(other, "first")],
        }
        for what, answer in answers.items():
            with self.subTest(what=what), self.assertLogs(settings._logger, "ERROR"):
                self.bad.wanted_rows = answer
                self.supervisor = Supervisor(get_db_name())
                self.supervisor.start()
                self.runs(self.good)
                self.comes(lambda: self.states(self.bad) == ["failed", "failed"])
                self.good.spec = what
                self.comes(lambda what=what: [w.spec for w in self.good.workers[-2:]] == [what] * 2)
            self.stopped()

    def test_settings_that_cannot_be_compared(self):
        for spec in (Incomparable(), Incomparable(TypeError("not with those"))):
            self.bad.spec = spec
            self.supervisor = Supervisor(get_db_name())
            with self.assertLogs(settings._logger, "ERROR") as logs, self.assertNoLogs(supervisor._logger):
                self.supervisor.start()
                self.runs(self.good, self.bad)
                words = "not with those" if spec.error else "ambiguous"
                self.comes(lambda words=words: self.says(self.bad, words))
                count = len(self.bad.workers)
                self.good.spec = words
                self.comes(lambda words=words: [w.spec for w in self.good.workers[-2:]] == [words] * 2)
                self.runs(self.bad)
            self.assertEqual(len(logs.output), 1)
            self.assertEqual(len(self.bad.workers), count, "they are kept")
            self.stopped()

    def test_one_database_does_not_wait_for_another(self):
        from ..runtime import registry

        with registry._one_at_a_time.setdefault("another_database", threading.Lock()):
            self.supervisor.start()
            self.runs(self.good, self.bad)
