import asyncio
import threading
import time
from itertools import pairwise
from unittest.mock import patch

from odoo.addons.fusion_iot_base.tests.pace import patient
from odoo.tests import BaseCase, get_db_name, tagged

from ..runtime import async_worker, event_loop, held, supervisor
from ..runtime.async_worker import AsyncWorker
from .runtime_rows import FakeKind
from .supervised import SupervisedCase


class Poller(AsyncWorker):
    """Asks and commits, ten times a second and more.

    :ivar turns: how often it has
    :ivar trouble: a coroutine function that is awaited once
    :ivar threads: in which it worked in the database
    """

    first_pause_s = 0.05
    stop_within_s = 0.3

    def __init__(self, kind, spec, tenure):
        super().__init__(spec, tenure, f"Poller {tenure.row_id}", f"test.{tenure.row_id}")
        self.turns, self.threads, self.trouble = 0, set(), None
        self.loops = set()
        self.kind = kind

    def start(self):
        super().start()
        self.kind.workers.append(self)

    def _takes(self, spec):
        return spec != "anew"

    async def _serve(self):
        self._up()
        while not self._stopping.is_set():
            self._spec = self._wanted
            if trouble := self.trouble:
                self.trouble = None
                await trouble()
            self.loops.add(threading.current_thread())
            self.turns = await self._commit(self._work)
            await self._pause(0.05)

    def _work(self, env):
        self.threads.add(threading.current_thread().name)
        env.cr.execute("UPDATE iot_runtime_worker SET memo = %s WHERE id = %s", ["[]", self.row_id])
        return self.turns + 1

    def _figures(self):
        return {"message_count": self.turns, "details": {"Turns": self.turns}}

    @property
    def row_id(self):
        return self._committer.tenure.row_id


class PollerKind(FakeKind):
    def worker(self, spec, tenure):
        return Poller(self, spec, tenure)


@tagged("post_install", "-at_install")
class TestAsyncWorker(SupervisedCase):
    quick = (
        (supervisor, "BEAT_S", 0.1),
        (event_loop, "MOVES_EVERY_S", 0.05),
        (async_worker, "CANCEL_AGAIN_S", 0.1),
    )

    def setUp(self):
        super().setUp()
        self.supervisor.start()
        self.connect()
        self.pollers = list(self.kind.workers)

    def kinds(self):
        self.kind = PollerKind(self.rows.make(3))
        return (self.kind,)

    def connect(self):
        self.comes(lambda: self.states(self.kind) == ["connected"] * 3)

    def stopped(self):
        super().stopped()
        self.assertTrue(all(poller.join(0) for poller in self.kind.workers))
        self.comes(lambda: not self.threads(), self.threads)

    def threads(self):
        """Those that asynchronous workers have."""
        return [
            thread.name
            for thread in threading.enumerate()
            if thread.name.startswith(("fusion_iot.loop.", "fusion_iot.test."))
        ]

    def go_on(self, *pollers):
        """They do their work, now."""
        before = [poller.turns for poller in pollers]
        self.comes(
            lambda: all(poller.turns > turns + 1 for poller, turns in zip(pollers, before, strict=True))
        )

    def has(self, poller, trouble):
        """It has some trouble, and this has happened."""
        happened = threading.Event()

        async def once():
            happened.set()
            await trouble()

        poller.trouble = once
        self.assertTrue(happened.wait(patient(5)))

    def test_they_share_a_loop_and_work_in_the_database_in_threads_of_their_own(self):
        self.go_on(*self.pollers)
        [loop] = {thread for poller in self.pollers for thread in poller.loops}
        self.assertEqual(loop.name, f"fusion_iot.loop.{get_db_name()}")
        for poller in self.pollers:
            self.assertEqual(poller.threads, {f"fusion_iot.test.{poller.row_id}"})
            self.comes(lambda poller=poller: self.rows.of(poller.row_id, "message_count"))
            self.assertEqual(self.rows.of(poller.row_id, "memo"), [])
            self.assertGreater(self.rows.of(poller.row_id, "details")["Turns"], 0)

    def test_settings_are_taken_over_or_it_is_made_anew(self):
        self.kind.spec = "new"
        self.comes(lambda: [poller._spec for poller in self.pollers] == ["new"] * 3)
        self.assertEqual(self.kind.workers, self.pollers)
        self.kind.spec = "anew"
        self.comes(lambda: len(self.kind.workers) == 6)
        self.go_on(*self.kind.workers[3:])
        self.assertTrue(all(poller.health().state == "stopped" for poller in self.pollers))

    def test_it_stops(self):
        row_id = self.kind.row_ids.pop()
        self.comes(lambda: self.rows.of(row_id, "state") == "stopped")
        self.go_on(*self.pollers[:2])

    def test_what_does_not_stop_is_cancelled(self):
        caught = []

        async def stubborn():
            for _ in range(2):
                try:
                    await asyncio.sleep(3600)
                except asyncio.CancelledError as exc:
                    caught.append(exc)
            await asyncio.sleep(3600)

        self.has(self.pollers[0], stubborn)
        self.go_on(*self.pollers[1:])
        row_ids, self.kind.row_ids = self.kind.row_ids, self.kind.row_ids[1:]
        self.comes(lambda: self.rows.of(row_ids[0], "state") == "stopped")
        self.assertEqual(len(caught), 2)
        self.assertTrue(self.pollers[0].join(0), "it has ended, and was not only given up")
        self.go_on(*self.pollers[1:])

    def test_what_one_raises_is_its_own(self):
        async def raising(error):
            raise error

        async def exit_in_a_task():
            await asyncio.get_running_loop().create_task(raising(SystemExit("leaving")))

        async def cancelled():
            asyncio.current_task().cancel()
            await asyncio.sleep(3600)

        troubles = [
            ("ValueError: no answer", lambda: raising(ValueError("no answer"))),
            ("SystemExit: leaving", lambda: raising(SystemExit("leaving"))),
            ("SystemExit: leaving", exit_in_a_task),
            ("CancelledError", cancelled),
        ]
        poller, *others = self.pollers
        for text, trouble in troubles:
            poller._health.last_error = ""
            with self.subTest(text=text), self.assertLogs("odoo.addons.fusion_iot", "WARNING"):
                self.has(poller, trouble)
                self.comes(lambda text=text: self.rows.of(poller.row_id, "last_error") == text)
                self.go_on(*self.pollers)
        self.assertFalse([other for other in others if other.health().last_error])
        self.assertEqual(self.kind.workers, self.pollers, "it is tried again by itself")

    def test_it_waits_for_longer_after_every_error(self):
        times = []

        async def raising():
            times.append(time.monotonic())
            if len(times) < 4:
                self.pollers[0].trouble = raising
            raise ValueError("no answer")

        with self.assertLogs("odoo.addons.fusion_iot", "WARNING"):
            self.has(self.pollers[0], raising)
            self.comes(lambda: len(times) == 4)
            self.go_on(self.pollers[0])  # the last one has been logged
        pauses = [after - before for before, after in pairwise(times)]
        self.assertGreater(pauses[1], 0.1)
        self.assertGreater(pauses[2], 0.2)

    def test_who_is_fenced_off_ends(self):
        poller, *others = self.pollers
        with self.assertLogs("odoo.addons.fusion_iot", "WARNING") as logs:
            self.rows.sql("UPDATE iot_runtime_worker SET epoch = epoch + 1 WHERE id = %s", [poller.row_id])
            self.comes(lambda: poller.join(0))
            self.comes(lambda: len(self.kind.workers) == 4)
        self.assertIn("another process has taken over", "\n".join(logs.output).lower())
        self.go_on(*others, self.kind.workers[3])

    def test_who_is_fenced_off_within_a_group_of_tasks_ends(self):
        fenced = async_worker.Fenced()
        group = RuntimeError("of several tasks")
        group.exceptions = (ValueError(), fenced)
        self.assertIs(async_worker._fenced(group), fenced)
        self.assertIsNone(async_worker._fenced(ValueError()))

    def test_a_loop_that_is_blocked_is_seen(self):
        poller, other, _third = self.pollers
        going_on = threading.Event()
        self.addCleanup(going_on.set)

        async def blocking():
            going_on.wait()

        with patch.object(held, "STALLED_AFTER_S", 0.5):
            self.has(poller, blocking)
            blocked = f"The event loop has been blocked by {poller.name} for"
            self.comes(lambda: blocked in (self.rows.of(other.row_id, "last_error") or ""))
            self.assertEqual(self.rows.of(other.row_id, "state"), "retrying")
            going_on.set()
            self.connect()
        self.go_on(*self.pollers)

    def test_a_thread_that_is_blocked_is_seen(self):
        """The loop goes on, and so do the others."""
        poller, *others = self.pollers
        going_on = threading.Event()
        self.addCleanup(going_on.set)

        async def blocking():
            await poller._off_loop(going_on.wait)

        with patch.object(held, "STALLED_AFTER_S", 0.5):
            self.has(poller, blocking)
            self.comes(lambda: "busy with one thing for" in (self.rows.of(poller.row_id, "last_error") or ""))
            self.assertEqual(self.rows.of(poller.row_id, "state"), "retrying")
            self.go_on(*others)
            going_on.set()
            self.connect()

    def test_who_comes_while_the_loop_is_blocked_gets_another(self):
        blocked, going_on = threading.Event(), threading.Event()

        async def blocking():
            blocked.set()
            going_on.wait()

        self.addCleanup(going_on.set)
        self.has(self.pollers[0], blocking)
        self.assertTrue(blocked.wait(patient(5)))
        with patch.object(event_loop, "BLOCKED_AFTER_S", 0.1), patch.object(supervisor, "JOIN_S", 0.3):
            loop = event_loop._loops[get_db_name()]
            self.comes(lambda: loop.still > event_loop.BLOCKED_AFTER_S)
            with self.assertLogs(supervisor._logger, "WARNING") as logs:
                self.kind.spec = "anew"
                self.comes(lambda: len(self.kind.workers) == 6)
        self.assertEqual(len(logs.output), 3, "they did not end in time")
        self.go_on(*self.kind.workers[3:])
        with self.assertLogs("odoo.addons.fusion_iot", "WARNING"):  # their epochs have gone by
            going_on.set()
            self.comes(lambda: all(poller.join(0) for poller in self.pollers))

    def test_a_loop_whose_thread_cannot_start_is_nobodys(self):
        name = "a_database_of_its_own"
        with patch.object(threading.Thread, "start", side_effect=RuntimeError("can't start new thread")):
            self.assertRaises(RuntimeError, event_loop.borrow, name)
        loop = event_loop.borrow(name)
        self.addCleanup(loop.give_back)
        came = threading.Event()
        loop.call(came.set)
        self.assertTrue(came.wait(patient(5)))

    def test_what_is_left_behind_ends_with_the_loop(self):
        left = []

        async def leave():
            left.append(asyncio.get_running_loop().create_task(asyncio.sleep(3600)))

        self.has(self.pollers[0], leave)
        self.go_on(*self.pollers)
        self.stopped()
        self.assertTrue(left[0].cancelled())


@tagged("post_install", "-at_install")
class TestOneThread(BaseCase):
    def setUp(self):
        super().setUp()
        self.executor = event_loop.OneThread("fusion_iot.test.executor", "a_database")

    def test_one_thing_after_the_other(self):
        names = [self.executor.submit(lambda: threading.current_thread().name) for _ in range(3)]
        self.assertEqual({future.result(patient(5)) for future in names}, {"fusion_iot.test.executor"})
        with self.assertRaises(ZeroDivisionError):
            self.executor.submit(lambda: 1 / 0).result(patient(5))
        self.executor.shutdown()
        self.assertRaises(RuntimeError, self.executor.submit, print)

    def test_it_ends_although_it_has_never_begun(self):
        self.executor.shutdown(wait=False)
        self.assertTrue(self.executor.join(0))
