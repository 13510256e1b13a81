"""The event loop that the asynchronous workers of a database share in this process."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress

_logger = logging.getLogger(__name__)

MOVES_EVERY_S = 1.0
BLOCKED_AFTER_S = 10.0
CANCELLED_WITHIN_S = 2.0

_lock = threading.Lock()
_loops: dict[str, EventLoop] = {}


def borrow(dbname: str) -> EventLoop:
    """The loop of a database, started with its first user; :meth:`EventLoop.give_back` when it is not needed any more.

    Who comes while it is blocked gets another one.
    """
    with _lock:
        loop = _loops.get(dbname)
        if loop is None or loop.still > BLOCKED_AFTER_S:
            loop = EventLoop(dbname)
            loop.thread.start()  # or raise: nobody must get one without a thread
            _loops[dbname] = loop
        loop.users += 1
        return loop


class EventLoop:
    """One thread for the coroutines of many workers. What one of them raises, even an exit, ends none of the others.

    :ivar loop: asyncio's
    :ivar users: how many have borrowed it
    """

    def __init__(self, dbname: str) -> None:
        self.loop = asyncio.new_event_loop()
        self.users = 0
        self.moved = time.monotonic()
        self._dbname = dbname
        self._ended = False
        self.thread = threading.Thread(target=self._run, name=f"fusion_iot.loop.{dbname}", daemon=True)

    @property
    def still(self) -> float:
        """For how many seconds the loop has not come round."""
        return time.monotonic() - self.moved

    @property
    def busy_with(self) -> str:
        """Whose coroutine runs just now, without letting others run."""
        task = asyncio.current_task(self.loop)
        return task.get_name() if task else "something"

    def call(self, callback: Callable[..., object], *arguments: object) -> None:
        """Have the loop call something soon, from any thread."""
        with suppress(RuntimeError):  # it is closed: nobody is there any more
            self.loop.call_soon_threadsafe(callback, *arguments)

    def give_back(self) -> None:
        """One user less; the loop ends with its last one."""
        with _lock:
            self.users -= 1
            if self.users:
                return
            if _loops.get(self._dbname) is self:
                del _loops[self._dbname]
            self._ended = True
        self.call(self.loop.stop)

    def _run(self) -> None:
        threading.current_thread().dbname = self._dbname
        asyncio.set_event_loop(self.loop)
        self.loop.set_exception_handler(_log)
        self.loop.call_soon(self._move)
        while not self._ended:
            try:
                self.loop.run_forever()
            except BaseException:  # asyncio lets SystemExit and KeyboardInterrupt of a task through
                _logger.exception("A coroutine wanted to end the process; the event loop goes on.")
        with suppress(BaseException):
            self._cancel_rest()
        self.loop.close()

    def _move(self) -> None:
        self.moved = time.monotonic()
        self.loop.call_later(MOVES_EVERY_S, self._move)

    def _cancel_rest(self) -> None:
        """End what workers have started and left behind."""
        rest = asyncio.all_tasks(self.loop)
        for task in rest:
            task.cancel()
        if rest:
            self.loop.run_until_complete(asyncio.wait(rest, timeout=CANCELLED_WITHIN_S))
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())


class OneThread(Executor):
    """Runs one thing after the other in a thread that nobody waits for at the end of the process, other than
    :class:`concurrent.futures.ThreadPoolExecutor` has it: a database that does not answer must not keep a server.

    :ivar busy_since: monotonic time at which it began what it runs now; ``None`` while there is nothing
    """

    def __init__(self, name: str, dbname: str) -> None:
        self._work: queue.SimpleQueue = queue.SimpleQueue()
        self._dbname = dbname
        self._closing = threading.Lock()
        self._closed = False
        self.busy_since: float | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def submit(self, function, /, *arguments, **named) -> Future:
        """Have something run after all that was submitted before."""
        future: Future = Future()
        with self._closing:
            if self._closed:
                raise RuntimeError("the worker has ended")
            self._work.put((future, function, arguments, named))
            if self._thread.ident is None:
                self._thread.start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take nothing more, and end when everything is done."""
        with self._closing:
            self._closed = True
            self._work.put(None)
        if wait:
            self.join(None)

    def join(self, timeout: float | None) -> bool:
        """Wait for the end after :meth:`shutdown`; ``False`` when it did not come in time."""
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        threading.current_thread().dbname = self._dbname
        while (item := self._work.get()) is not None:
            future, function, arguments, named = item
            if not future.set_running_or_notify_cancel():
                continue
            self.busy_since = time.monotonic()
            try:
                result = function(*arguments, **named)
            except BaseException as exc:  # noqa: BLE001 - it is raised where it is waited for
                self.busy_since = None
                future.set_exception(exc)
            else:
                self.busy_since = None
                future.set_result(result)
            del item, future, function, arguments, named


def _log(_loop: asyncio.AbstractEventLoop, context: dict) -> None:
    _logger.error("%s", context.get("message"), exc_info=context.get("exception"))
