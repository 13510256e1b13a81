"""A pytest plugin that ends what stands still, and never what is only slow.

Whenever a test begins, goes on to its next phase or says so by `progress()`, a clock starts anew. When it runs out, the
stacks of all threads are written down and the process is ended. Where tests
are spread over processes (pytest-xdist), the others go on: the test that hung fails, and what it left is kept.
"""

from __future__ import annotations

import faulthandler
import os
import threading
import time
from pathlib import Path

import pytest

from .pace import pace

STANDSTILL_S = 600.0
"""Seconds without progress, on a machine as fast as the reference."""
LIMIT = "FUSION_STANDSTILL_S"
FOLDER = "FUSION_STANDSTILL_DIR"
"""Environment variables: another limit, and the folder for what is written down."""


def limit() -> float:
    """Seconds without progress after which a process of tests is ended."""
    return float(os.environ.get(LIMIT) or STANDSTILL_S * pace())


class _Watch:
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


_watch = _Watch()


def progress(what: str) -> None:
    """Say that a test has got further; `what` is where it is now, for who looks at it when it hangs."""
    _watch.note(what)


def written_by(worker: str) -> Path:
    """Where a process writes down what it did when it stood still; the file is there only if it was ended so."""
    return Path(os.environ.get(FOLDER) or ".fusion/test/log") / f"standstill-{worker or 'main'}.txt"


def pytest_configure(config: pytest.Config) -> None:
    """Start the clock in each process that runs tests; the one that only hands them out waits for the others."""
    if not getattr(config.option, "numprocesses", None):
        worker = os.environ.get("PYTEST_XDIST_WORKER", "")
        # Now, since what tests print is kept from the screen later.
        _watch.start(written_by(worker), -1 if worker else os.dup(2))


def pytest_runtest_logstart(nodeid: str) -> None:
    """A test begins."""
    progress(nodeid)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """A phase of it is over."""
    progress(f"{report.nodeid}, after its {report.when}")


def pytest_unconfigure() -> None:
    """The end."""
    _watch.end()


@pytest.hookimpl(optionalhook=True)
def pytest_handlecrashitem(crashitem: str, report: pytest.TestReport) -> None:
    """Tell of a process that was ended, or died, while it ran a test."""
    folder = written_by("").parent
    found = sorted(folder.glob("standstill-*.txt"), key=lambda path: path.stat().st_mtime)
    texts = (path.read_text(encoding="utf-8", errors="replace") for path in found)
    told = [text for text in texts if crashitem in text.partition("\n")[0]]
    if told:
        report.longrepr = f"{crashitem} hung and was ended.\n{told[-1]}"
    lane = folder.parent / "lanes" / report.node.gateway.id
    if lane.is_dir():
        report.longrepr = f"{report.longrepr}\nIts stack is left as it was until the next run: {lane}"
