"""The sender of what alerts have to tell, as a worker of the runtime."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor

from ..kinds import OneWorkerKind, Tenure
from ..thread_worker import ThreadWorker
from .jobs import attempt

EVERY_S = 2.0
AT_ONCE = 8
"""Requests that are under way: one receiver that does not answer holds nobody else up."""


class NotifyWorker(ThreadWorker):
    """Turn by turn: who is to be told what, what is due, and what became of it. All it goes by is in the database, but
    what is under way: that is kept while the database is away, as nobody is to be told twice for that.
    """

    def __init__(self, spec, tenure: Tenure) -> None:
        super().__init__(spec, tenure, spec, "notify")
        self._under_way: dict[Future, object] = {}
        self._pool = ThreadPoolExecutor(AT_ONCE, "fusion_iot.notify.post")

    def _serve(self) -> None:
        while not self._stopping.is_set():
            self._turn(self._pool)
            if self._up_since is None:
                self._up()
            self._stopping.wait(EVERY_S)

    def _run(self) -> None:
        try:
            super()._run()
        finally:
            # What is under way then is found as such in the database, and is sent again.
            self._pool.shutdown(wait=False, cancel_futures=True)

    def _turn(self, pool: ThreadPoolExecutor) -> None:
        jobs: list = []
        ended = [future for future in self._under_way if future.done()]
        outcomes = [(self._under_way[future], future.result()) for future in ended]
        room = AT_ONCE - len(self._under_way) + len(ended)

        def work(env):
            jobs[:] = env["iot.alert.notifier"]._turn(outcomes, room)

        self._committer.run(work)
        for future in ended:
            del self._under_way[future]
        self._under_way.update((pool.submit(attempt, job), job) for job in jobs)
        self._health.moved = time.monotonic()
        self._health.message_count += len(outcomes)


class NotifyKind(OneWorkerKind):
    """One sender for the database."""

    name = "notify"
    model = "iot.alert.notifier"
    is_missed = False
    worker = NotifyWorker
