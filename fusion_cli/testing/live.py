"""A pytest plugin that says how far a run is and what runs just now, also where several processes run tests.

Lines that begin with `MARK` are for `fusion test`, which shows the last one while it waits.
"""

from __future__ import annotations

import time

import pytest

MARK = "::: "
FAILED = "failed: "


class Live:
    """What has begun and what is over, as the process hears that hands the tests out."""

    def __init__(self, terminal: pytest.TerminalReporter) -> None:
        self._terminal = terminal
        self._total = self._done = 0
        self._running: dict[str, float] = {}

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """How many there are."""
        self._total = len(session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """The same, from a process that runs them."""
        self._total = len(ids)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """One begins."""
        self._running[nodeid] = time.monotonic()
        self._say()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A phase of one is over."""
        if report.failed:
            self._terminal.write_line(f"\n{MARK}{FAILED}{report.nodeid}")

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """One is over."""
        self._running.pop(nodeid, None)
        self._done += 1

    def _say(self) -> None:
        names = ", ".join(_short(nodeid) for nodeid in self._running)
        self._terminal.write_line(f"\n{MARK}{self._done} of {self._total}: {names}")


def _short(nodeid: str, length: int = 60) -> str:
    name = nodeid.partition("[")[0].rpartition("/")[2]
    return name if len(name) <= length else name[: length - 1] + "…"


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Only for who asked for it, and only in the process that hears of all tests."""
    if config.getoption("--live") and not hasattr(config, "workerinput"):
        terminal = config.pluginmanager.get_plugin("terminalreporter")
        assert isinstance(terminal, pytest.TerminalReporter)
        config.pluginmanager.register(Live(terminal), "fusion-live")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option."""
    parser.addoption("--live", action="store_true", help="say in lines how far the run is")
