"""A worker whose lease this process has, and all calls of its methods."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from .complaints import Complaints
from .kinds import Health, Tenure, Worker
from .transient import in_words
from .wanted import Key, Wanted

LAUNCH_AGAIN_S = 20.0
BLOCKED_AFTER_S = 5.0
STALLED_AFTER_S = 60.0


class _Call(NamedTuple):
    """A method that was called and has not returned."""

    method: str
    thread: int
    began: float
    at: datetime


class Held:
    """A worker whose lease we have.

    What it should do is set by the supervisor, whose thread calls nothing of it: that is done in a :meth:`turn`, in
    another thread, of which there is one at a time. :meth:`health` goes by what was found there.

    :ivar wanted: what it should be by now
    :ivar leaving: it should end
    :ivar stops_by: by when, then (monotonic)
    :ivar waits_since: since when a turn has been due or under way (monotonic); ``None`` where there is none
    :ivar nudged: it is to look for what is new in the database
    :ivar refused: it has to be made anew: it does not take its settings over, or one whose start failed does not end
    :ivar ended: nothing of it runs
    """

    def __init__(self, key: Key, wanted: Wanted, tenure: Tenure, complaints: Complaints) -> None:
        self.key, self.wanted, self.tenure = key, wanted, tenure
        self.leaving, self.stops_by = False, 0.0
        self.waits_since: float | None = None
        self.nudged = self.refused = self.ended = False
        self._complaints = complaints
        self._worker: Worker | None = None
        self._half: Worker | None = None
        self._spec: object = None
        self._launch_at = 0.0
        self._told = self._in_turn = self._unheard = False
        self._last: Health | None = None
        self._fault, self._fault_at = "", None
        self._call: _Call | None = None

    @property
    def row_id(self) -> int:
        return self.tenure.row_id

    def turn(self) -> None:
        """Have it do what it should, and ask how it is."""
        self._in_turn = True
        try:
            self._have_done()
        finally:
            self._in_turn = False

    def is_unheard(self) -> bool:
        """Whether it was nudged, since this was asked the last time, and does not look for itself."""
        if self._unheard:
            self._unheard = False
            return True
        return False

    def health(self) -> Health:
        """How it is, as far as it has said so."""
        if self._fault or self._last is None:
            state = "failed" if self._fault else "connecting"
            health = Health(state, last_error=self._fault, last_error_at=self._fault_at)
        else:
            health = replace(self._last)
            still = time.monotonic() - health.moved
            if still > STALLED_AFTER_S:
                health.state = "retrying"
                health.last_error = f"{health.stuck} for {still:.0f} seconds."
        if blocked := self._blocked():
            health.state, (health.last_error, health.last_error_at) = "retrying", blocked
        return health

    def _blocked(self) -> tuple[str, datetime] | None:
        """What does not come to an end, and since when."""
        call, since = self._call, self.waits_since
        about = self.key, "is blocked"
        if call and time.monotonic() - call.began > BLOCKED_AFTER_S:
            text = f"{call.method} has not returned since {call.at:%H:%M:%S} UTC"
            self._complaints.blocked(about, f"A worker is blocked ({self}): {text}", call.thread)
            return f"The worker is blocked: {text}.", call.at
        if since is not None and not self._in_turn and (waits := time.monotonic() - since) > BLOCKED_AFTER_S:
            at = _now() - timedelta(seconds=waits)
            return "The worker cannot be asked how it is, because others of its kind are blocked.", at
        self._complaints.over(about)
        return None

    def __str__(self) -> str:
        kind, record = self.key
        return f"{kind} {record}"

    # In a turn

    def _have_done(self) -> None:
        if self._worker is None and not self.leaving:
            self._launch()
        elif self.wanted.spec is not self._spec and not self.leaving:
            self._update()
        if self.leaving:
            self._leave()
        elif self._worker is not None:
            self._look_up()
            self.ended = self._ask("join", 0.0, otherwise=False)
        if self._worker is not None:
            self._look()
        if self.leaving and not self._told:
            self._leave()  # nobody may be waiting for it any more

    def _launch(self) -> None:
        wanted = self.wanted
        if time.monotonic() < self._launch_at and wanted.spec is self._spec:
            return
        if self._half is not None and not self._ask("join", 0.0, otherwise=False):
            # What is left of it could get in the way of the next one: that has to have another epoch.
            self.refused = True
            return
        self._spec, self._half, worker = wanted.spec, None, None
        try:
            with self._calling("its constructor"):
                worker = wanted.kind.worker(wanted.spec, self.tenure)
            if self.leaving:
                return  # that may have taken longer than anybody waited for it
            with self._calling("start"):
                worker.start()
        except BaseException as exc:  # noqa: BLE001 - of whatever addon
            self._half = worker
            if worker is not None:
                self._ask("stop", otherwise=None)
            self._launch_at = time.monotonic() + LAUNCH_AGAIN_S
            self._failed("cannot be started", exc)
        else:
            self._worker, self._fault, self._fault_at = worker, "", None
            self._complaints.over((self.key, "cannot be started"))

    def _update(self) -> None:
        spec = self.wanted.spec
        if self._ask("update", spec, otherwise=False):
            self._spec = spec
        else:
            self.refused = True

    def _look_up(self) -> None:
        if self.nudged:
            self.nudged = False
            # One of an addon may not know how.
            if not (hasattr(self._worker, "nudge") and self._ask("nudge", otherwise=False)):
                self._unheard = True

    def _leave(self) -> None:
        if self._worker is None and self._half is None:
            self.ended = True
            return
        if not self._told:
            self._told = True
            self._ask("stop", otherwise=None)
        self.ended = self._ask("join", 0.0, otherwise=False)

    def _look(self) -> None:
        try:
            with self._calling("health"):
                self._last = self._worker.health().checked()
        except BaseException as exc:  # noqa: BLE001 - of whatever addon
            self._failed("cannot say how it is", exc)
        else:
            self._fault, self._fault_at = "", None
            self._complaints.over((self.key, "cannot say how it is"))

    def _ask(self, method: str, *arguments: object, otherwise: object):
        """What the worker answers; ``otherwise`` where it only raises."""
        try:
            with self._calling(method):
                worker = self._half if self._worker is None else self._worker
                return getattr(worker, method)(*arguments)
        except BaseException as exc:  # noqa: BLE001 - of whatever addon
            self._complain("does not do as it is told", exc)
            return otherwise

    @contextmanager
    def _calling(self, method: str) -> Iterator[None]:
        self._call = _Call(method, threading.get_ident(), time.monotonic(), _now())
        try:
            yield
        finally:
            self._call = None

    def _failed(self, what: str, error: BaseException) -> None:
        self._complain(what, error)
        text = in_words(error)
        if text != self._fault:
            self._fault, self._fault_at = text, _now()

    def _complain(self, what: str, error: BaseException) -> None:
        self._complaints.say((self.key, what), f"A worker {what} ({self})", error)


def _now() -> datetime:
    return datetime.now(timezone.utc).replace(tzinfo=None)
