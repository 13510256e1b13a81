"""Bodies of requests that have to be there in time.

Odoo takes a connection to the database before it looks at the body of a request, and waits for the body for ever: some
dozens of senders of one byte a minute would have all connections. The bodies of devices are read before that, and only
for so long.
"""

import os
import threading
import time
from collections import deque
from contextlib import suppress
from socket import SHUT_RD

BODY_WITHIN_S = 30.0


class TooSlow(Exception):
    """The body was not there in time."""


class Deadlines:
    """Ends what comes in by a connection when its time is over, however it trickles in.

    A time limit for each single read, which is all that a socket has, would be none for who sends a byte now and then.
    One thread for all connections, started with the first.
    """

    def __init__(self, within: float = BODY_WITHIN_S) -> None:
        self._within = within
        self._pending: deque[_Deadline] = deque()
        self._changed = threading.Condition()
        self._pid = 0

    def set(self, connection):
        """Give ``connection``, a socket, so long from now: `cancel` what is returned, or see by it that it was cut."""
        deadline = _Deadline(connection, time.monotonic() + self._within)
        with self._changed:
            if self._pid != os.getpid():  # a process that was forked has no thread of its parent's
                self._pid = os.getpid()
                self._pending.clear()
                threading.Thread(target=self._run, name="fusion_iot_base.bodies", daemon=True).start()
            self._pending.append(deadline)
            if len(self._pending) == 1:
                self._changed.notify()
        return deadline

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._pending:
                    self._changed.wait()
                left = self._pending[0].at - time.monotonic()
                if left > 0 and self._pending[0].connection is not None:
                    self._changed.wait(left)
                    continue
                self._pending.popleft().cut()


class _Deadline:
    """The time that one connection has.

    :ivar passed: it had not been cancelled by then
    """

    __slots__ = ("_lock", "at", "connection", "passed")

    def __init__(self, connection, at: float) -> None:
        self.connection = connection
        self.at = at
        self.passed = False
        self._lock = threading.Lock()

    def cancel(self) -> None:
        """Leave the connection alone."""
        with self._lock:
            self.connection = None

    def cut(self) -> None:
        """Nothing more comes in; an answer can still be sent."""
        with self._lock:
            if self.connection is not None:
                self.passed = True
                with suppress(OSError):
                    self.connection.shutdown(SHUT_RD)
                self.connection = None


deadlines = Deadlines()
"""Those of this process."""


def read_body(request) -> bytes:
    """Read and keep the body of ``request``, Odoo's `HTTPRequest`, within half a minute.

    Raises :class:`TooSlow`. Where it is not read to its end, the connection is cut at its deadline all the same: the
    web server reads on, to be polite, and a sender that goes on for ever would keep its thread.
    """
    connection = request._HTTPRequest__environ.get("werkzeug.socket")  # Odoo shows a part of it only
    if connection is None:
        return request.get_data()
    deadline = deadlines.set(connection)
    try:
        body = request.get_data()
    except Exception as exc:
        if deadline.passed or _timed_out(exc):
            raise TooSlow from exc
        raise
    if deadline.passed and len(body) < (request.content_length or len(body) + 1):
        raise TooSlow
    deadline.cancel()
    return body


def _timed_out(exc: BaseException) -> bool:
    """Whether a read took too long: a worker process has a limit for each."""
    seen: BaseException | None = exc
    while seen is not None:
        if isinstance(seen, TimeoutError):
            return True
        seen = seen.__cause__ or seen.__context__
    return False
