"""Workers with a thread of their own: for what blocks."""

from __future__ import annotations

import threading
import time

from .committer import Fenced
from .kinds import Tenure
from .worker import BaseWorker


class ThreadWorker(BaseWorker):
    """Does its work in a thread. ``_serve`` sets ``_health.moved`` whenever it comes round, and returns soon after
    ``_stopping`` is set.

    :param label: of the thread
    """

    def __init__(self, spec, tenure: Tenure, name: str, label: str) -> None:
        super().__init__(spec, tenure, name)
        self._stopping = threading.Event()
        # Its connections to the database are known by the beginning of the name: see the module `pool`.
        self._thread = threading.Thread(target=self._run, name=f"fusion_iot.{label}", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Ask for the end in good order; returns at once."""
        self._stopping.set()
        self._wake()

    def join(self, timeout: float) -> bool:
        """Wait for the end; ``False`` when it did not come in time."""
        if self._thread.is_alive():
            self._thread.join(timeout)
        return not self._thread.is_alive()

    # For subclasses

    def _serve(self) -> None:
        """One attempt."""
        raise NotImplementedError

    def _rest(self, seconds: float) -> None:
        """Wait before the next attempt."""
        self._stopping.wait(seconds)

    def _finish(self) -> None:
        """What is left to do at the end, however the last attempt ended."""

    def _run(self) -> None:
        threading.current_thread().dbname = self._committer.tenure.dbname
        try:
            while not self._stopping.is_set():
                error = self._attempt()
                pause = self._ended(error)
                if not self._stopping.is_set():
                    self._rest(pause)
            self._finish()
        except Fenced as exc:
            self._fenced_off(exc)
        except Exception:
            self._logger.exception("%s: unexpected error at the end", self.name)
        self._health.state = "stopped"

    def _attempt(self) -> Exception | None:
        self._health.moved = time.monotonic()
        try:
            self._committer.check()
            self._serve()
        except Fenced:
            raise
        except Exception as exc:  # noqa: BLE001 - it is shown in the row of the worker
            return exc
        return None
