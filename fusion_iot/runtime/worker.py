"""What all workers have in common. Kinds build on :class:`.thread_worker.ThreadWorker` or
:class:`.async_worker.AsyncWorker`.
"""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from datetime import datetime, timezone

from .committer import RECEIPT_BYTES, Committer, Fenced, Retry
from .kinds import Health, Tenure
from .transient import in_words


class BaseWorker:
    """Settings, state, errors, and the pause after an error.

    A subclass defines ``_serve``, one attempt to do the work: from the beginning until the end is wanted or something
    goes wrong. Whatever it raises is shown in the worker's row, and after a pause it is tried again, until ``stop``.

    :cvar first_pause_s: after the first error; the pause doubles up to ``longest_pause_s``
    :cvar expected: errors that need no traceback in the log
    :cvar receipt_bytes: see :class:`Committer`; of no use to workers that leave no receipts
    :cvar trouble_level: at which other troubles are logged
    :ivar name: for people
    """

    first_pause_s = 0.5
    longest_pause_s = 10.0
    expected: tuple[type[Exception], ...] = ()
    receipt_bytes = RECEIPT_BYTES
    trouble_level = logging.WARNING

    def __init__(self, spec, tenure: Tenure, name: str) -> None:
        self.name = name
        self._spec = self._wanted = spec
        self._committer = Committer(tenure, self.receipt_bytes)
        self._health = Health(moved=time.monotonic())
        self._up_since: float | None = None
        self._next_pause_s = self.first_pause_s
        self._logger = logging.getLogger(type(self).__module__)

    def update(self, spec) -> bool:
        """Take changed settings over while running; ``False`` when it has to be stopped and made anew."""
        if not self._takes(spec):
            return False
        self._wanted = spec
        self._wake()
        return True

    def nudge(self) -> bool:
        """There is something new for it in the database, which no settings tell.

        :return: whether it looks for that; otherwise the settings are read anew
        """
        return False

    def health(self) -> Health:
        """How it is."""
        return replace(self._health, **self._figures())

    # For subclasses

    def _takes(self, spec) -> bool:
        """Whether these settings can be taken over while running: ``_wanted`` holds them then."""
        return False

    def _wake(self) -> None:
        """Have the work notice, from another thread, that the end is wanted or that there are other settings."""

    def _figures(self) -> dict[str, object]:
        """More of :class:`Health`, as it is now. Called from another thread."""
        return {}

    def _in_words(self, error: BaseException) -> tuple[str, bool]:
        """What to tell people of an error, and whether one of them has to correct something."""
        return (str(error) if isinstance(error, self.expected) else in_words(error)), False

    def _pause_after(self, error: BaseException | None, lasted: float | None) -> float:
        """Seconds to wait before the next attempt.

        :param error: what ended the last one
        :param lasted: for how many seconds it was up; ``None`` where it never was
        """
        if lasted is not None and lasted > self.longest_pause_s:
            self._next_pause_s = self.first_pause_s
        pause = self._next_pause_s
        self._next_pause_s = min(2 * pause, self.longest_pause_s)
        return pause

    def _up(self) -> None:
        """It works now."""
        self._up_since = time.monotonic()
        self._health.state, self._health.connected_since = "connected", _now()

    def _trouble(self, state: str, message: str) -> None:
        """Note what is wrong; it is logged once, however often it repeats itself."""
        health = self._health
        if health.last_error != message:
            self._logger.log(self.trouble_level, "%s: %s", self.name, message)
        health.state, health.last_error, health.last_error_at = state, message, _now()

    # For the two ways to run

    def _ended(self, error: BaseException | None) -> float:
        """Note that an attempt has ended, and why; the pause before the next one."""
        lasted = None if self._up_since is None else time.monotonic() - self._up_since
        self._up_since = self._health.connected_since = None
        if isinstance(error, Retry):
            self._trouble("retrying", str(error))
        elif error is not None:
            if not isinstance(error, self.expected):
                self._logger.error("%s: unexpected error", self.name, exc_info=error)
            text, lasting = self._in_words(error)
            self._trouble("failed" if lasting else "retrying", text)
        return self._pause_after(error, lasted)

    def _fenced_off(self, fenced: Fenced) -> None:
        fenced.tell(self._logger, self.name)


def _now() -> datetime:
    return datetime.now(timezone.utc).replace(tzinfo=None)
