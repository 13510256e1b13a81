"""Several processes and servers on one database: one of them consumes, whatever happens to it."""

from __future__ import annotations

import os
import re
import signal

import pytest

from fusion_cli.ledger.sender import Load
from tests.e2e.mqtt_lock import locked
from tests.e2e.mqtt_servers import (
    DATABASE_LOST,
    IN_THE_MIDDLE,
    NO_BROKER,
    TAKEN_OVER,
    TAKES_OVER,
    BrokerLog,
    SilentListener,
    clients,
    connected,
    frozen,
    process_of,
    stays,
    tell,
)
from tests.waiting import until, within

pytest_plugins = ("tests.e2e.mqtt_server_fixtures",)

MAKES = ("tasmota", "plain", "plain", "shelly")
RATE = 100.0
WITHIN_S = 10.0


class Flow:
    """Four probes that publish under one connection for as long as the block runs; then the ledger is compared."""

    def __init__(self, line, **connection) -> None:
        self.line = line
        self.connection = line.connection(**connection)
        self.probes = [line.probe(self.connection, make) for make in MAKES]
        self.publisher = line.publisher()
        line.listening(self.publisher, self.probes)
        self.load = Load(self.publisher, self.probes, RATE)

    def __enter__(self) -> Flow:
        self.load.__enter__()
        self.load.wait_for(50)
        return self

    def __exit__(self, kind, *error: object) -> None:
        self.load.__exit__(kind, *error)
        if kind is None:
            self.line.settle()

    def goes_on(self, seconds: float = 30.0) -> None:
        """Return when what is published now is stored."""
        target = self.line.stored() + 50
        until(lambda: self.line.stored() >= target, seconds, "readings are stored")


@pytest.fixture
def pair(servers):
    """Two servers; by process id."""
    made = [servers("first"), servers("second")]
    return {server.pid: server for server in made}


UPGRADE_LOCKS = "The database cannot take it now: canceling statement due to lock timeout"
"""What a worker says once where the tables of a module are locked for longer than a batch waits."""
FENCED_OFF = (
    *(DATABASE_LOST, TAKEN_OVER, TAKES_OVER, NO_BROKER, IN_THE_MIDDLE),
    "Another client came with our client id",
)
"""What the two of them say of it; whether the former owner went back to the broker is seen there."""


def other(pair, pid: int) -> int:
    (found,) = pair.keys() - {pid}
    return found


def test_two_servers_have_one_consumer(stack, servers, line):
    threaded, prefork = servers("first"), servers("second", workers=2)
    with Flow(line) as flow:
        owner = process_of(flow.connection)
        assert owner in (threaded.pid, prefork.runtime)
        stays(lambda: clients(stack.broker.port) == {owner: 1, os.getpid(): 1}, 3, "one consumer")
        epoch = flow.connection.worker().epoch
    assert flow.connection.worker().epoch == epoch


def test_a_killed_owner_is_replaced(stack, pair, line):
    with Flow(line) as flow:
        owner = process_of(flow.connection)
        stored = line.stored()
        with within(WITHIN_S, "readings are stored again") as taken:
            pair[owner].kill()
            assert connected(flow.connection, WITHIN_S, other_than=owner) == other(pair, owner)
            taken_over = taken()
            until(lambda: line.stored() > stored + 50, WITHIN_S, "readings are stored again")
            tell(f"Killed: taken over within {taken_over:.2f} s, storing within {taken():.2f} s.")
        flow.goes_on()


def test_a_prefork_server_that_is_killed_whole_is_replaced(stack, servers, line):
    first = servers("first", workers=2)
    with Flow(line) as flow:
        owner = connected(flow.connection)
        second = servers("second", workers=2)
        with within(WITHIN_S, "it is taken over") as taken:
            first.kill()
            assert connected(flow.connection, WITHIN_S, other_than=owner) == second.runtime
            tell(f"Killed: taken over within {taken():.2f} s.")
        flow.goes_on()


def test_a_frozen_owner_is_replaced_and_fenced_off(stack, servers, pair, line):
    servers.expect(*FENCED_OFF)
    with Flow(line) as flow:
        freeze_and_thaw(stack, flow, pair, process_of(flow.connection))


def freeze_and_thaw(stack, flow, pair, owner: int) -> None:
    """The owner stands still until another server has the connection, and goes on then."""
    connection, new = flow.connection, other(pair, owner)
    log = BrokerLog(stack.broker.log)
    with frozen(owner):
        with within(WITHIN_S, "it is taken over") as taken:
            assert connected(connection, WITHIN_S, other_than=owner) == new
            tell(f"Frozen: taken over within {taken():.2f} s.")
        flow.goes_on()
    until(
        lambda: re.search(f"{TAKEN_OVER}|{DATABASE_LOST}", pair[owner].text()), 10, "the former owner knows"
    )
    arrivals = log.arrivals(connection.name)
    assert arrivals == 1, "the former owner came back to the broker"
    epoch = connection.worker().epoch
    stays(lambda: clients(stack.broker.port) == {new: 1, os.getpid(): 1}, 5, "one consumer")
    assert log.arrivals(connection.name) == arrivals
    assert connection.worker().epoch == epoch
    assert process_of(connection) == new
    flow.goes_on()


def test_an_owner_frozen_in_a_transaction_is_replaced_and_fenced_off(stack, servers, pair, line):
    servers.expect(*FENCED_OFF, "The database cannot take it now")
    with Flow(line, protocol_version="3.1.1") as flow:
        owner = process_of(flow.connection)
        mine = (
            f"FROM pg_stat_activity WHERE application_name = 'odoo-{owner}' AND datname = current_database()"
        )
        with locked(stack, "fp_tank_reading"):
            waiting = f"SELECT 1 {mine} AND wait_event_type = 'Lock'"
            until(lambda: stack.sql(waiting), 5, "the owner waits in its transaction", every=0.01)
            os.kill(owner, signal.SIGSTOP)
        until(lambda: stack.sql(f"SELECT 1 {mine} AND state = 'idle in transaction'"), 2, "it is left open")
        freeze_and_thaw(stack, flow, pair, owner)


def test_a_prefork_server_that_reloads_itself_has_one_consumer(stack, servers, line):
    """On SIGHUP the new workers start before the old ones have ended."""
    # Odoo runs itself again as "python": that has to be the one of its environment.
    path = f"{stack.odoo_python.parent}{os.pathsep}{os.environ['PATH']}"
    server = servers("first", workers=2, env={"PATH": path})
    with Flow(line) as flow:
        owner = connected(flow.connection)
        server.child.send_signal(signal.SIGHUP)
        new = connected(flow.connection, 30, other_than=owner)
        until(lambda: clients(stack.broker.port) == {new: 1, os.getpid(): 1}, 10, "one consumer")
        flow.goes_on()


@pytest.mark.parametrize("whose", ["lease", "all"])
def test_database_connections_are_cut(stack, servers, line, whose):
    servers.expect(DATABASE_LOST, IN_THE_MIDDLE)
    server = servers("first")
    with Flow(line) as flow:
        names = f"'fusion_iot {server.pid}'"
        if whose == "all":
            names += f", 'odoo-{server.pid}'"
        epoch = flow.connection.worker().epoch
        cut = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name IN ({names})"
        with within(WITHIN_S, "it is connected again") as taken:
            assert stack.sql(cut)
            until(lambda: flow.connection.worker().epoch > epoch, WITHIN_S, "owned again")
            flow.connection.wait_for("connected", WITHIN_S)
            tell(f"Connected again within {taken():.2f} s.")
        flow.goes_on()
        assert clients(stack.broker.port) == {server.pid: 1, os.getpid(): 1}


def test_the_lease_of_one_of_two_servers_is_cut(stack, servers, pair, line):
    servers.expect(DATABASE_LOST, IN_THE_MIDDLE, TAKEN_OVER)
    with Flow(line) as flow:
        epoch = flow.connection.worker().epoch
        owner = process_of(flow.connection)
        lease = f"application_name = 'fusion_iot {owner}'"
        with within(WITHIN_S, "it is taken over"):
            stack.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {lease}")
            until(lambda: flow.connection.worker().epoch > epoch, WITHIN_S, "taken over")
        new = connected(flow.connection)
        flow.goes_on()
        stays(lambda: clients(stack.broker.port) == {new: 1, os.getpid(): 1}, 3, "one consumer")


def test_a_module_is_upgraded_by_another_process(stack, servers, line):
    servers.expect(UPGRADE_LOCKS)
    servers("first")
    with Flow(line) as flow:
        stack.provision.load(
            stack.database, "Upgrading", demo=True, update=["fusion_iot"], log_name="upgrade.log"
        )
        flow.goes_on()


@pytest.mark.parametrize("workers", [0, 2], ids=["threaded", "prefork"])
def test_a_module_is_upgraded_in_the_serving_process(stack, servers, line, workers):
    servers.expect(UPGRADE_LOCKS)
    server = servers("first", workers=workers)
    rpc = server.rpc()
    (module,) = rpc.call("ir.module.module", "search", [["name", "=", "fusion_iot"]])
    with Flow(line) as flow:
        rpc.call("ir.module.module", "button_immediate_upgrade", [module])
        flow.goes_on()


def test_tables_that_are_ahead_of_the_code_bury_no_message(stack, servers, line):
    """Between the commit of an upgraded module and the reload of the registry the old code meets new tables."""
    servers.expect("Modules are being changed", "new_field")
    servers("first")
    change = "UPDATE ir_module_module SET state = '{}' WHERE name = 'fusion_plating_iot'; "
    with Flow(line) as flow:
        stack.sql(
            change.format("to upgrade")
            + "ALTER TABLE fp_tank_reading ADD new_field integer NOT NULL DEFAULT 0;"
            + "ALTER TABLE fp_tank_reading ALTER new_field DROP DEFAULT"
        )
        stored = line.stored()
        stays(lambda: line.stored() == stored, 3, "nothing can be stored")
        stack.sql("ALTER TABLE fp_tank_reading DROP new_field; " + change.format("installed"))
        flow.goes_on()


def test_a_changed_registry_is_loaded_once_by_each_server(stack, pair, line):
    with Flow(line) as flow:
        for _ in range(2):
            line.probe(line.connection(), "plain")
        for _again in range(2):
            before = {server: loads(server) for server in pair.values()}
            stack.sql("INSERT INTO orm_signaling_registry DEFAULT VALUES")
            until(lambda: all(loads(server) > before[server] for server in before), 15, "reloaded")  # noqa: B023
            flow.goes_on()
            assert {loads(server) - before[server] for server in before} == {1}


def loads(server) -> int:
    """How often a server has loaded the registry of its database."""
    return server.text().count("Registry loaded in")


def test_a_broken_connection_does_not_disturb_the_others(stack, servers, pair, line):
    servers.expect(NO_BROKER, "A worker did not end in time")
    mute, blackhole = SilentListener(), SilentListener(full=True)
    try:
        broken = [line.connection(start=False, port=port) for port in (mute.port, blackhole.port, 9)]
        for connection in broken:
            connection.start()
        good = [line.connection(start=False) for _ in range(10)]
        for connection in good:
            connection.start()
        probes = [line.probe(connection, "plain") for connection in good]
        for connection in good:
            connection.wait_for("connected", 15)
        publisher = line.publisher()
        line.listening(publisher, probes)
        consumers = clients(stack.broker.port)
        assert sum(count for pid, count in consumers.items() if pid in pair) == len(good)
        before = [connection.worker() for connection in good]
        with Load(publisher, probes, RATE) as load:
            for keepalive in (50, 40):
                for connection in broken:
                    connection.write(keepalive=keepalive)
                load.wait_for(400)
        after = [connection.worker() for connection in good]
        assert [(worker.owner, worker.epoch, worker.connected_since) for worker in after] == [
            (worker.owner, worker.epoch, worker.connected_since) for worker in before
        ]
        line.settle()
    finally:
        mute.close()
        blackhole.close()
