"""A pytest plugin that ends what stands still, and never what is only slow.

Whenever a test begins, goes on to its next phase or says so by `progress()`, a clock starts anew. When it runs out, the
stacks of all threads are written down and the process is ended. Where tests
are spread over processes (pytest-xdist), the others go on: the test that hung fails, and what it left is kept.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .standstill import FOLDER, progress, watch


def written_by(worker: str) -> Path:
    """Where a process writes down what it did when it stood still; the file is there only if it was ended so."""
    return Path(os.environ.get(FOLDER) or ".fusion/test/log") / f"standstill-{worker or 'main'}.txt"


def pytest_configure(config: pytest.Config) -> None:
    """Start the clock in each process that runs tests; the one that only hands them out waits for the others."""
    if not getattr(config.option, "numprocesses", None):
        worker = os.environ.get("PYTEST_XDIST_WORKER", "")
        # Now, since what tests print is kept from the screen later.
        watch.start(written_by(worker), -1 if worker else os.dup(2))


def pytest_runtest_logstart(nodeid: str) -> None:
    """A test begins."""
    progress(nodeid)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """A phase of it is over."""
    progress(f"{report.nodeid}, after its {report.when}")


def pytest_unconfigure() -> None:
    """The end."""
    watch.end()


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
