"""Bringing readings to the server: oldest first, each until the server has it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from typing import Callable, Protocol

from .answers import Later, NotCovered, Reply, Taken, TooLarge, meaning
from .backlog import Backlog
from .backoff import Backoff
from .client import NoAnswer, server_time
from .saying import Saying
from .timekeeping import Timekeeper
from .waiting import Waiting

_logger = logging.getLogger(__name__)

ASK_TIME_S = 30.0
IDLE_S = 5.0
SAID_AHEAD_MS = 60_000
SAID_BLOCKED_MS = 5_000


class ClientLike(Protocol):
    """What is asked of a client; both raise `NoAnswer`."""

    def post(self, batch: Sequence[Waiting]) -> Reply:
        """Send readings."""
        ...

    def ask_time(self) -> Reply:
        """A request that does nothing, for the time in its answer."""
        ...


class Sender:
    """Sends what waits. `run()` is a thread of its own.

    :param batch_size: how many readings at most go into one request
    :ivar beat: when it was last seen to go on, by `monotonic`
    :ivar sent: how many readings the server has taken
    """

    def __init__(
        self,
        backlog: Backlog,
        client: ClientLike,
        timekeeper: Timekeeper,
        *,
        batch_size: int,
        monotonic: Callable[[], float] = time.monotonic,
        backoff: Backoff | None = None,
    ) -> None:
        self._backlog = backlog
        self._client = client
        self._timekeeper = timekeeper
        self._size = batch_size
        self._monotonic = monotonic
        self._backoff = backoff or Backoff()
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._trouble = Saying(monotonic)
        self._apart = Saying(monotonic)
        self._asked_at = float("-inf")
        self._no_time = ""
        self.beat = monotonic()
        self.sent = 0

    def wake(self) -> None:
        """There is something to send."""
        self._wake.set()

    def stop(self) -> None:
        """End after the request that is under way."""
        self._stop.set()
        self._wake.set()

    def run(self) -> None:
        """Send until `stop()`."""
        while not self._stop.is_set():
            self.beat = self._monotonic()
            pause = self.step()
            if pause is None:
                self._wake.wait(IDLE_S)
                self._wake.clear()
            elif pause:
                self._sleep(pause)

    def step(self) -> float | None:
        """Send one batch. Returns how long to wait before the next; None: until there is something to send."""
        try:
            return self._step()
        except Exception:  # a mistake in here must not be the end of sending
            _logger.exception("Sending failed.")
            return self._backoff.next()

    def _step(self) -> float | None:
        if self._timekeeper.offset() is None:
            self._ask_time()
            if self._timekeeper.offset() is None:
                self._say(f"the clock of this device is not set yet{self._no_time}")
                return None
        batch = self._backlog.batch(self._size)
        if not batch:
            if self._backlog.blocked_ms > SAID_BLOCKED_MS:
                self._say("the clock was set back; what may be on the server waits until it has caught up")
                self._ask_time()
            return None
        try:
            reply = self._client.post(batch)
        except NoAnswer as error:
            self._backlog.unanswered()
            return self._later(Later(str(error)))
        self._compare_clocks(reply)
        result = meaning(reply, len(batch))
        if isinstance(result, Taken):
            return self._taken(batch, result)
        if isinstance(result, NotCovered):
            self._backlog.not_covered(batch, result.positions)
            self._backoff.reset()
            return 0.0  # with the others; at least one probe fewer each time
        if isinstance(result, TooLarge) and len(batch) > 1:
            self._backlog.not_taken(batch)
            self._size = len(batch) // 2
            _logger.info("The batch was too large; %d readings at a time from now on.", self._size)
            return 0.0
        if isinstance(result, TooLarge):
            result = Later("413: even a single reading is too large; does a proxy limit the body?")
        if result.stored_nothing:
            self._backlog.not_taken(batch)
        else:
            self._backlog.unanswered()
        return self._later(result)

    def _taken(self, batch: Sequence[Waiting], result: Taken) -> float:
        self._backlog.settle(batch, result.rejected)
        self.sent += len(batch) - len(result.rejected)
        self._backoff.reset()
        if self._trouble.over():
            _logger.warning("The server takes readings again; %d wait.", self._backlog.count)
        return 0.0

    def _later(self, result: Later) -> float:
        self._say(result.reason)
        return self._backoff.next(result.after)

    def _say(self, reason: str) -> None:
        if self._trouble.due(reason):
            _logger.warning("Nothing can be sent: %s. %d readings wait.", reason, self._backlog.count)

    def _ask_time(self) -> None:
        if self._monotonic() - self._asked_at < ASK_TIME_S:
            return
        self._asked_at = self._monotonic()
        try:
            self._compare_clocks(self._client.ask_time())
            self._no_time = ""
        except NoAnswer as error:
            self._no_time = f", and {error}"

    def _compare_clocks(self, reply: Reply) -> None:
        told = server_time(reply)
        if told is None:
            return
        ahead = self._timekeeper.heard(told)
        if abs(ahead) <= SAID_AHEAD_MS:
            self._apart.over()
        elif self._apart.due("apart"):
            where = "ahead of" if ahead > 0 else "behind"
            _logger.warning("The clock of this device is %d s %s the server's.", abs(ahead) // 1000, where)

    def _sleep(self, seconds: float) -> None:
        end = self._monotonic() + seconds
        while not self._stop.is_set() and (left := end - self._monotonic()) > 0:
            self.beat = self._monotonic()
            self._stop.wait(min(left, IDLE_S))
