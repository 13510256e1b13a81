"""A pytest plugin that starts a stack for the tests in `tests/e2e` and stops it after them.

`python -m pytest -p fusion_cli.pytest_stack tests/e2e` does what `./fusion test tests/e2e` does. The tests
find the server through the variables of `.fusion/env`; a test that plays faults uses the fixture `stack`.
"""

from __future__ import annotations

import os
import signal

import pytest

from .problem import Problem
from .project import Project
from .report import Reporter
from .stack import Stack

DATABASE = "fusion_e2e"
_started: list[Stack] = []


@pytest.fixture(scope="session")
def stack() -> Stack:
    """The running stack, with `restart_postgres()`, `restart_broker()`, `kill_odoo()`, `start_odoo()`, `sql()`."""
    return _started[0]


def pytest_sessionstart(session: pytest.Session) -> None:
    """Start a fresh stack in `.fusion/test` and tell the tests where it is."""
    if session.config.option.collectonly:
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    project = Project.here()
    state = project.state / "test"
    own = Stack(project, state, database=DATABASE, fresh=True, label="test", report=Reporter())
    _started.append(own)
    try:
        own.odoo_log.unlink(missing_ok=True)
        own.start()
    except Problem as problem:
        own.stop()
        pytest.exit(f"The stack could not be started. {problem.text()}", returncode=3)
    os.environ.update(own.env() | own.fault_env())


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Stop it."""
    while _started:
        _started.pop().stop()
