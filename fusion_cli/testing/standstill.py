"""The clock that ends a process of tests which stands still."""

from __future__ import annotations

import faulthandler
import os
import threading
import time
from pathlib import Path

from .pace import pace

STANDSTILL_S = 600.0
"""Seconds without progress, on a machine as fast as the reference."""
LIMIT = "FUSION_STANDSTILL_S"
FOLDER = "FUSION_STANDSTILL_DIR"
"""Environment variables: another limit, and the folder for what is written down."""


def limit() -> float:
    """Seconds without progress after which a process of tests is ended."""
    return float(os.environ.get(LIMIT) or STANDSTILL_S * pace())


class Watch:
    """The clock of this process."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._seconds = 0.0
        self._path = Path()
        self._screen = -1

    def start(self, path: Path, screen: int) -> None:
        """Begin; `screen` is a file descriptor that people see too, -1 for none."""
        self._path, self._screen, self._seconds = path, screen, limit()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        self.note("the start of pytest")
        threading.Thread(target=self._look, name="fusion-watch", daemon=True).start()

    def note(self, what: str) -> None:
        """Start the clock anew."""
        self._what, self._moved = what, time.monotonic()
        if self._seconds:
            # For the case that Python itself stands still, in which no thread of it can do anything.
            faulthandler.dump_traceback_later(1.5 * self._seconds, exit=True)

    def end(self) -> None:
        """Stop the clock."""
        self._over.set()
        if self._seconds:
            faulthandler.cancel_dump_traceback_later()

    def _look(self) -> None:
        while not self._over.wait(min(1.0, self._seconds / 10)):
            if time.monotonic() - self._moved > self._seconds:
                with self._path.open("w", encoding="utf-8") as file:
                    file.write(f"No progress for {self._seconds:.0f} s since: {self._what}\n")
                    file.flush()
                    faulthandler.dump_traceback(file)
                if self._screen >= 0:
                    os.write(self._screen, b"\n" + self._path.read_bytes())
                os._exit(1)


watch = Watch()


def progress(what: str) -> None:
    """Say that a test has got further; `what` is where it is now, for who looks at it when it hangs."""
    watch.note(what)
