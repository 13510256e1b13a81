"""A pytest plugin that ends what stands still, and never what is only slow.

Whenever a test begins, goes on to its next phase or says so by `progress()`, a clock starts anew. When it runs out, the
stacks of all threads are written down and the process is ended, by a thread that needs nothing of Python. Where tests
are spread over processes (pytest-xdist), the others go on: the test that hung fails, and what it left is kept.
"""

from __future__ import annotations

import faulthandler
import os
from pathlib import Path
from typing import TextIO

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

    file: TextIO | None = None
    seconds = 0.0

    def start(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.file = path.open("w", encoding="utf-8")
        self.seconds = limit()
        self.note("the start of pytest")

    def note(self, what: str) -> None:
        if self.file is None:
            return
        self.file.seek(0)
        self.file.truncate()
        self.file.write(f"No progress for {self.seconds:.0f} s since: {what}\n")
        self.file.flush()
        faulthandler.dump_traceback_later(self.seconds, file=self.file, exit=True)

    def end(self) -> None:
        if self.file is not None:
            faulthandler.cancel_dump_traceback_later()
            self.file.close()
            Path(self.file.name).unlink(missing_ok=True)
            self.file = None


_watch = _Watch()


def progress(what: str) -> None:
    """Say that a test has got further; `what` is where it is now, for who looks at it when it hangs."""
    _watch.note(what)


def written_by(worker: str) -> Path:
    """Where a process writes down what it did when it stood still; the file is there only if it was ended so."""
    return Path(os.environ.get(FOLDER) or ".fusion/test/log") / f"standstill-{worker or 'main'}.txt"


def pytest_sessionstart(session: pytest.Session) -> None:
    """Start the clock in each process that runs tests; the one that only hands them out waits for the others."""
    if not getattr(session.config.option, "numprocesses", None):
        _watch.start(written_by(os.environ.get("PYTEST_XDIST_WORKER", "")))


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
        report.longrepr = f"{report.longrepr}\nIts stack is left as it was, for looking at: {lane}"
