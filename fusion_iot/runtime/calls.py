"""Calls of what addons have written, off the thread that gives heartbeats."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable

_logger = logging.getLogger(__name__)

MOST_THREADS = 8
HELP_AFTER_S = 1.0


class Calls:
    """Makes the calls of one kind one after the other. While one of them blocks, another thread makes those behind it.

    :param name: of the kind
    """

    def __init__(self, name: str, dbname: str) -> None:
        self._name = f"fusion_iot.calls.{name}.{dbname}"
        self._dbname = dbname
        self._waiting: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._busy_since: dict[threading.Thread, float] = {}

    def make(self, call: Callable[[], object]) -> None:
        """Have something called soon."""
        self._waiting.put(call)
        if not self._busy_since:
            self._add()

    def help_out(self) -> None:
        """To be called now and then: has another thread go on where all of them are blocked, up to a limit."""
        blocked_since = time.monotonic() - HELP_AFTER_S
        if (
            not self._waiting.empty()
            and len(self._busy_since) < MOST_THREADS
            and all(since < blocked_since for since in [*self._busy_since.values()])
        ):
            self._add()

    def close(self) -> None:
        """Make the calls that wait, and end."""
        for _ in self._busy_since:
            self._waiting.put(None)

    def _add(self) -> None:
        thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._busy_since[thread] = time.monotonic()
        thread.start()

    def _run(self) -> None:
        thread = threading.current_thread()
        thread.dbname = self._dbname
        self._busy_since[thread] = float("inf")
        while call := self._waiting.get():
            self._busy_since[thread] = time.monotonic()
            try:
                call()
            except BaseException:
                _logger.exception("A call of the runtime met an unexpected error.")
            del call
            self._busy_since[thread] = float("inf")


class Round:
    """Some calls that are waited for together."""

    def __init__(self, count: int) -> None:
        self._left = count
        self._lock = threading.Lock()
        self._over = threading.Event()

    def done(self) -> None:
        """One of them has been made."""
        with self._lock:
            self._left -= 1
            if not self._left:
                self._over.set()

    def wait(self, seconds: float) -> bool:
        """Whether all of them have been made within so long."""
        return self._over.wait(seconds)
