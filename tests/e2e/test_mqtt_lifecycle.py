"""When a server connects to brokers and when not, and what is left when it stops."""

from __future__ import annotations

import signal
import subprocess
from datetime import datetime, timedelta, timezone

import psutil
import pytest

from fusion_cli import ports
from fusion_cli.database.templates import Templates
from fusion_cli.ledger.probe import MAKES
from fusion_cli.process import alive, environment, guarded
from fusion_cli.testing.pace import patient, promised
from tests.e2e.mqtt_proxy import Proxy
from tests.e2e.mqtt_servers import (
    DATABASE_LOST,
    IN_THE_MIDDLE,
    NO_BROKER,
    BrokerLog,
    SilentListener,
    backends,
    clients,
    connected,
    forget_sessions,
    stays,
    tell,
)
from tests.waiting import until, within

pytest_plugins = ("tests.e2e.mqtt_server_fixtures",)

THREADED, PREFORK = 0, 2
REPLACED_WITHIN_S, ENDS_WITHIN_S, SAID_WITHIN_S = 10.0, 5.0, 25.0
BOTH = pytest.mark.parametrize("workers", [THREADED, PREFORK], ids=["threaded", "prefork"])
MACHINES = "session_strategy = 'power_threshold'"
ORDERLY = [
    (THREADED, signal.SIGTERM),
    (THREADED, signal.SIGINT),
    (PREFORK, signal.SIGTERM),
    (PREFORK, signal.SIGINT),
]


@pytest.fixture
def wanted(line):
    """Makes connections that should be up, by whoever serves."""

    def make(**values):
        connection = line.connection(start=False, **values)
        connection.start()
        return connection

    return make


def listener(full: bool):
    @pytest.fixture
    def made():
        silent = SilentListener(full)
        try:
            yield silent
        finally:
            silent.close()

    return made


mute, blackhole = listener(full=False), listener(full=True)


@pytest.fixture(autouse=True)
def no_machines(stack):
    """Nothing else has to run than connections: no machine has sessions meanwhile."""
    machines = ", ".join(row[0] for row in stack.sql(f"SELECT id FROM iot_device WHERE {MACHINES}")) or "0"
    stack.sql(f"UPDATE iot_device SET session_strategy = 'none' WHERE id IN ({machines})")
    stack.sql("UPDATE iot_runtime_worker SET state = 'stopped' WHERE kind = 'sessions'")
    yield
    stack.sql(f"UPDATE iot_device SET {MACHINES} WHERE id IN ({machines})")


def test_a_threaded_server_has_one_set_of_threads_and_one_consumer(stack, servers, wanted):
    connection = wanted()
    server = servers("solo")
    assert connected(connection) == server.pid
    before = connection.worker()
    names = [name for name in server.threads() if name.startswith("fusion_iot.")]
    # Each kind has some of its own besides: one that reads its settings, and those that call its workers.
    for one in (
        "host",
        f"mqtt.{connection.id}",
        f"settings.{stack.database}",
        f"supervisor.{stack.database}",
    ):
        assert names.count(f"fusion_iot.{one}") == 1, names
    others = [name for name in names if not name.startswith("fusion_iot.calls.")]
    assert len({*others}) == len(others), names
    stays(lambda: clients(stack.broker.port) == {server.pid: 1}, 3, "one consumer")
    assert connection.worker() == before


def test_a_prefork_server_has_one_consumer_in_a_process_of_its_own(stack, servers, wanted):
    connection = wanted()
    server = servers("fork", workers=3)
    pid = connected(connection)
    assert pid == server.runtime
    assert "fusion_iot.host" in server.threads(pid)
    stays(lambda: clients(stack.broker.port) == {pid: 1}, 3, "one consumer")


def test_the_process_of_the_runtime_is_replaced_when_it_is_killed(stack, servers, wanted):
    connection = wanted()
    server = servers("fork", workers=2)
    for _again in range(2):
        pid = connected(connection)
        with within(REPLACED_WITHIN_S, "the process of the runtime is replaced") as taken:
            psutil.Process(pid).kill()
            new = connected(connection, REPLACED_WITHIN_S, other_than=pid)
            tell(f"The process of the runtime was replaced within {taken():.2f} s.")
        assert new == server.runtime
        assert clients(stack.broker.port) == {new: 1}


def test_the_process_of_the_runtime_ends_when_its_master_is_killed(stack, servers, wanted):
    connection = wanted()
    server = servers("orphan", workers=2)
    pid = connected(connection)
    log = BrokerLog(stack.broker.log)
    with within(ENDS_WITHIN_S, "it has noticed and ended") as taken:
        psutil.Process(server.pid).kill()
        until(lambda: not alive(pid), ENDS_WITHIN_S, "it has noticed and ended")
        tell(f"Without its master it ended within {taken():.2f} s.")
    assert clients(stack.broker.port) == {}
    assert log.goodbyes(connection.name) == 1
    assert connection.worker().state == "waiting"


@pytest.mark.parametrize(("workers", "with_signal"), ORDERLY)
def test_a_server_that_stops_says_goodbye_and_leaves_nothing(stack, servers, wanted, workers, with_signal):
    connection = wanted()
    log = BrokerLog(stack.broker.log)
    server = servers("ends", workers=workers)
    connected(connection)
    members = server.processes()
    assert backends(stack, *members)
    tell(f"Stopped within {server.quit(with_signal):.2f} s.")
    assert clients(stack.broker.port) == {}
    assert log.goodbyes(connection.name) == 1
    until(lambda: not backends(stack, *members), 2, "no database connection is left")
    worker = connection.worker()
    assert (worker.state, worker.owner) == ("waiting", "")


@BOTH
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_a_server_stops_while_a_broker_does_not_answer(servers, wanted, mute, workers, tls):
    connection = wanted(port=mute.port, tls=tls)
    server = servers("ends", workers=workers)
    until(lambda: mute.visits, 15, "it tries")
    assert connection.worker().state == "connecting"
    tell(f"Stopped within {server.quit():.2f} s.")


@BOTH
def test_a_server_stops_while_a_broker_cannot_be_reached(servers, wanted, blackhole, workers):
    connection = wanted(port=blackhole.port)
    server = servers("ends", workers=workers)
    connection.wait_for("connecting")
    tell(f"Stopped within {server.quit():.2f} s.")


@BOTH
def test_a_server_stops_while_postgresql_is_away(stack, servers, wanted, workers):
    servers.expect(DATABASE_LOST, IN_THE_MIDDLE)
    connection = wanted()
    log = BrokerLog(stack.broker.log)
    server = servers("ends", workers=workers)
    connected(connection)
    stack.stop_postgres()
    try:
        tell(f"Stopped within {server.quit():.2f} s.")
    finally:
        stack.start_postgres()
    assert clients(stack.broker.port) == {}
    assert log.goodbyes(connection.name) == 1


def test_only_a_serving_process_connects(stack, servers, wanted, mute):
    connection = wanted(port=mute.port)
    config = stack.provision.write_conf(stack.database, demo=True)
    asks = (
        f"import time; time.sleep(3); print('wanted', env['mqtt.connection'].browse({connection.id}).enabled)"
    )

    def odoo(*arguments: str) -> subprocess.Popen:
        options = ("-c", config, "-d", stack.database, "--http-port", str(ports.free(1)[0]))
        return subprocess.Popen(
            guarded(stack.odoo.command(*arguments, *options)),
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    runs = [
        odoo("shell"),
        odoo("server", "--stop-after-init"),
        odoo("server", "--stop-after-init", "--workers", "2"),
        odoo("server", "--test-tags", "/fusion_iot:TestRuntimeWorker"),
    ]
    try:
        said = [one.communicate(asks, timeout=patient(60))[0] for one in runs]
    finally:
        for one in runs:
            one.kill()
    assert [one.returncode for one in runs] == [0, 0, 0, 0], said
    assert "wanted True" in said[0]
    assert all("Registry loaded" in text for text in said)
    assert mute.visits == 0
    servers.expect(NO_BROKER)
    servers("serves")
    until(lambda: mute.visits, 15, "a serving process comes")


def test_a_server_that_is_told_not_to_does_not_take_part(stack, servers, wanted):
    connection = wanted()
    told = servers("told", workers=PREFORK, env={"FUSION_IOT_RUNTIME": "off"})
    stays(lambda: clients(stack.broker.port) == {}, 3, "nobody connects")
    assert "WorkerIot" not in told.text()
    assert connection.worker() is None or not connection.worker().owner
    takes_part = servers("takes_part")
    assert connected(connection) == takes_part.pid


def test_it_is_said_since_when_nobody_runs_the_runtime(stack, servers, wanted, admin):
    def health() -> dict:
        return admin.call("iot.runtime.worker", "health")

    def dead() -> dict | None:
        found = health()
        return None if found["alive"] else found

    connection = wanted()
    asked = datetime.now(timezone.utc).replace(tzinfo=None)
    assert health()["alive"], "there is some time to begin"
    stack.sql(
        "UPDATE iot_runtime_worker SET listed_at = listed_at - make_interval(secs => 20) "
        f"WHERE kind = 'mqtt' AND res_id = {connection.id}"
    )
    told = dead()
    assert connection.name in told["reason"]
    since = datetime.fromisoformat(told["since"].rstrip("Z")) + timedelta(seconds=20)
    assert abs(since - asked) < timedelta(seconds=promised(2))

    server = servers("runs")
    connected(connection)
    assert (health()["alive"], health()["since"]) == (True, False)

    gone = datetime.now(timezone.utc).replace(tzinfo=None)
    with within(SAID_WITHIN_S, "it is said that the server is gone"):
        server.kill()
        told = until(dead, SAID_WITHIN_S, "it is said that the server is gone")
    since = datetime.fromisoformat(told["since"].rstrip("Z"))
    assert timedelta(seconds=-promised(4)) < since - gone < timedelta(seconds=promised(2))
    (worker,) = (item for item in told["workers"] if item["name"] == connection.name)
    assert worker["state"] == "waiting"

    connection.stop()
    assert health()["alive"], "nobody wants it any more"


def test_a_server_of_several_databases(stack, servers, wanted):
    """One without the suite, and two with connections of their own."""
    connection = wanted()
    templates, plain, second = Templates(stack.provision), "without_suite", "second_suite"
    stack.provision.copy(templates.base(), plain)
    stack.provision.copy(templates.suite(), second)
    stack.cluster.sql(second, f"UPDATE mqtt_connection SET enabled = true, port = {stack.broker.port}")
    try:
        server = servers("both", databases=(plain, second, stack.database))
        assert connected(connection) == server.pid
        states = "SELECT DISTINCT state FROM iot_runtime_worker"
        until(lambda: stack.cluster.sql(second, states) == [["connected"]], 15, "the other one is up")
        names = sorted(name for name in server.threads() if name.startswith("fusion_iot.supervisor."))
        assert names == [f"fusion_iot.supervisor.{name}" for name in (stack.database, second)]
        server.quit()
        assert stack.cluster.sql(second, states) == [["waiting"]]
        forget_sessions(stack, "SELECT client_id FROM mqtt_connection", database=second)
    finally:
        for name in (plain, second):
            stack.cluster.sql("postgres", f"DROP DATABASE {name} WITH (force)", role="postgres")


def test_what_was_stored_is_not_stored_again_after_stop_and_start(stack, servers, line):
    """The broker never heard that it was: between the two buttons its connection broke."""
    servers.expect(NO_BROKER)
    servers("serves")
    with Proxy(stack.broker.port) as proxy:
        connection = line.connection(port=proxy.port)
        probes = [line.probe(connection, make) for make in MAKES]
        publisher = line.publisher()
        line.listening(publisher, probes)
        proxy.hold_back()
        for probe in probes:
            publisher.publish_run(probe, 25)
        line.wait_until_stored()
        connection.stop()
        connection.wait_for("stopped")
        proxy.drop()
        connection.start()
        connection.wait_for("connected")
        line.listening(publisher, probes)
        line.settle()
