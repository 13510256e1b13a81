"""Workers that are coroutines: for what waits for the network most of the time, such as pollers."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from odoo import api

from . import event_loop
from .committer import Fenced
from .kinds import Health, Tenure
from .worker import BaseWorker

CANCEL_AGAIN_S = 1.0

_T = TypeVar("_T")


class AsyncWorker(BaseWorker):
    """Does its work in a coroutine, on an event loop that all asynchronous workers of the database share.

    So ``_serve`` must not block: it waits with ``await`` only, and works in the database by :meth:`_commit` and
    :meth:`_off_loop`, which run in a thread of the worker's own. A coroutine that blocks stops all the others; their
    rows name it then. ``_serve`` should return soon after ``_stopping`` is set, for which :meth:`_pause` wakes up, and
    is cancelled ``stop_within_s`` later. Tasks that it starts have to end with it.
    """

    stop_within_s = 4.0

    def __init__(self, spec, tenure: Tenure, name: str, label: str) -> None:
        super().__init__(spec, tenure, name)
        self._executor = event_loop.OneThread(f"fusion_iot.{label}", tenure.dbname)
        self._stopping = asyncio.Event()
        self._woken = asyncio.Event()
        self._shared: event_loop.EventLoop | None = None
        self._task: asyncio.Task | None = None
        self._cancelled = False
        self._gone = threading.Event()

    def start(self) -> None:
        """Begin; returns at once."""
        self._shared = event_loop.borrow(self._committer.tenure.dbname)
        self._shared.call(self._begin)

    def stop(self) -> None:
        """Ask for the end in good order; returns at once."""
        if self._shared:
            self._shared.call(self._end)

    def join(self, timeout: float) -> bool:
        """Wait for the end; ``False`` when it did not come in time."""
        until = time.monotonic() + timeout
        return self._gone.wait(timeout) and self._executor.join(max(0.0, until - time.monotonic()))

    def health(self) -> Health:
        """How it is. It moves as long as the loop and the worker's own thread do."""
        health = super().health()
        if shared := self._shared:
            moved, since = shared.moved, self._executor.busy_since
            if since is not None and since < moved:
                health.moved = since  # in the words of every worker
            else:
                health.moved = moved
                health.stuck = f"The event loop has been blocked by {shared.busy_with}"
        return health

    # For subclasses

    async def _serve(self) -> None:
        """One attempt."""
        raise NotImplementedError

    async def _pause(self, seconds: float) -> None:
        """Wait, until the end is wanted or there are other settings at most."""
        try:
            await asyncio.wait_for(self._woken.wait(), seconds)
        except asyncio.TimeoutError:
            return
        if not self._stopping.is_set():
            self._woken.clear()

    async def _commit(self, work: Callable[[api.Environment], _T]) -> _T:
        """Run ``work`` in a transaction of its own, and return what it returns.

        Raises as :meth:`.committer.Committer.run` does. Where it is cancelled, too, nobody knows whether it was
        committed.
        """
        answers: list[_T] = []
        await self._off_loop(self._committer.run, lambda env: answers.append(work(env)))
        return answers[-1]

    async def _off_loop(self, function: Callable[..., _T], *arguments: object) -> _T:
        """Call what blocks, in the worker's own thread."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, function, *arguments)

    # On the loop

    def _wake(self) -> None:
        if self._shared:
            self._shared.call(self._woken.set)

    def _begin(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run(), name=self.name)
        self._task.add_done_callback(self._done)

    def _end(self) -> None:
        self._stopping.set()
        self._woken.set()
        asyncio.get_running_loop().call_later(self.stop_within_s, self._cancel)

    def _cancel(self) -> None:
        """A coroutine may catch that, so it is done until it works."""
        if self._task and not self._task.done():
            self._cancelled = True
            self._task.cancel()
            asyncio.get_running_loop().call_later(CANCEL_AGAIN_S, self._cancel)

    def _done(self, _task: asyncio.Task) -> None:
        self._health.state, self._health.connected_since = "stopped", None
        self._executor.shutdown(wait=False)
        self._gone.set()
        self._shared.give_back()

    async def _run(self) -> None:
        while not self._stopping.is_set():
            error = await self._attempt()
            if fenced := _fenced(error):
                self._fenced_off(fenced)
                return
            pause = self._ended(error)
            if not self._stopping.is_set():
                await self._pause(pause)

    async def _attempt(self) -> BaseException | None:
        try:
            await self._off_loop(self._committer.check)
            await self._serve()
        except asyncio.CancelledError as exc:
            if self._cancelled:
                raise
            return exc  # not by us: something in it has cancelled it
        except GeneratorExit:
            raise
        except BaseException as exc:  # noqa: BLE001 - an exit that it wants is its own, too
            return exc
        return None


def _fenced(error: BaseException | None) -> Fenced | None:
    """The one in an error, which may be a group of those of several tasks."""
    if isinstance(error, Fenced):
        return error
    return next((found for each in getattr(error, "exceptions", ()) if (found := _fenced(each))), None)
