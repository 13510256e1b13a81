"""Several processes on one database: one of them makes the sessions, whatever happens to it."""

from __future__ import annotations

import os
import signal

import pytest

from tests.e2e.mqtt_servers import DATABASE_LOST, IN_THE_MIDDLE, NO_BROKER, TAKEN_OVER, TAKES_OVER, frozen
from tests.e2e.session_shop import RUNNING, hours_ago, shape
from tests.waiting import until, within

pytest_plugins = ("tests.e2e.session_fixtures", "tests.e2e.mqtt_server_fixtures")

WITHIN_S = 15.0
PART = ((20, 50.0), (90, 400.0), (15, 50.0), (45, 0.5))


def engine(stack) -> int:
    """The process that makes the sessions; 0 where there is none."""
    rows = stack.sql("SELECT owner, state FROM iot_runtime_worker WHERE kind = 'sessions'")
    return int(rows[0][0].rpartition(":")[2]) if rows and rows[0][0] else 0


def other_engine(stack, *pids: int) -> int:
    """Another process than these that makes the sessions, which happens soon."""

    def found() -> int:
        pid = engine(stack)
        return pid if pid not in pids else 0

    what = f"another process than {pids} makes the sessions"
    with within(WITHIN_S, what):
        return until(found, WITHIN_S, what)


@pytest.fixture
def two(servers):
    """Two servers; by process id."""
    return {server.pid: server for server in (servers("first"), servers("second"))}


@pytest.fixture
def prefork(servers):
    """A server with two workers."""
    return servers("prefork", workers=2)


def stream(hours: float):
    """Samples of five runs of a machine, in two parts; the first ends in the middle of a run."""
    said = list(shape(hours_ago(hours), *(PART * 5), (60, 0.5), every=5))
    middle = 2 * len(said) // 5 + 8
    return said[:middle], said[middle:]


def test_a_prefork_server_has_one_engine(stack, prefork, shop):
    machine = shop.machine()
    first, second = stream(1)
    machine.says(*first, *second)
    shop.check()
    assert len(machine.rows()) == 5
    assert until(lambda: engine(stack), WITHIN_S, "a process makes the sessions") == prefork.runtime


def test_the_runtime_of_a_prefork_server_is_killed_in_the_middle_of_a_session(stack, prefork, shop):
    machine = shop.machine()
    first, second = stream(1)
    machine.says(*first)
    machine.wait_for(RUNNING)
    owner = until(lambda: engine(stack), WITHIN_S, "a process makes the sessions")
    os.kill(owner, signal.SIGKILL)
    machine.says(*second)
    other_engine(stack, owner)
    shop.check()
    assert len(machine.rows()) == 5


def test_the_other_server_goes_on_in_the_middle_of_a_session(stack, two, shop):
    machine = shop.machine()
    first, second = stream(1)
    machine.says(*first)
    machine.wait_for(RUNNING)
    owner = until(lambda: engine(stack), WITHIN_S, "a process makes the sessions")
    two[owner].kill()
    machine.says(*second)
    assert other_engine(stack, owner) in two
    shop.check()
    assert len(machine.rows()) == 5


def test_an_engine_that_wakes_up_late_writes_nothing(stack, servers, two, shop):
    servers.expect(DATABASE_LOST, IN_THE_MIDDLE, TAKEN_OVER, TAKES_OVER, NO_BROKER)
    servers.expect("Another client came with our client id")
    machine = shop.machine()
    first, second = stream(1)
    machine.says(*first)
    machine.wait_for(RUNNING)
    owner = until(lambda: engine(stack), WITHIN_S, "a process makes the sessions")
    with frozen(owner):
        other_engine(stack, owner)
        machine.says(*second)
        shop.check(seconds=60)
    third, fourth = stream(0.4)
    machine.says(*third, *fourth)
    shop.check()
    assert len(machine.rows()) == 10
