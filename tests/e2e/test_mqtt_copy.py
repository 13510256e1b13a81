"""A copy of the database that nobody neutralised is started beside the original, at the same broker."""

from __future__ import annotations

import subprocess

import pytest

from fusion_cli.database.cluster import OWNER
from fusion_cli.ledger.sender import Load
from fusion_cli.testing.pace import patient
from tests.e2e.client import Rpc
from tests.e2e.mqtt_servers import TAKEN_OVER, BrokerLog, Servers
from tests.waiting import until

COPY = "fusion_e2e_copy"


@pytest.fixture
def copy(stack):
    """The name of a database that holds what the stack's holds, as a backup that was restored does."""
    programs, socket = stack.cluster.programs, stack.pg_socket
    reach = ("-h", str(socket), "-U", OWNER)

    def run(program: str, *argv: str, stdin: int | None = None) -> None:
        subprocess.run([programs / program, *reach, *argv], stdin=stdin, check=True, timeout=patient(120))

    stack.provision.drop(COPY)
    run("createdb", COPY)
    dump = subprocess.Popen([programs / "pg_dump", *reach, stack.database], stdout=subprocess.PIPE)
    try:
        run("psql", "-q", "-X", "-o", "/dev/null", "-d", COPY, stdin=dump.stdout)
    finally:
        assert dump.wait(patient(60)) == 0
    yield COPY
    stack.provision.drop(COPY)


def states(stack, connection) -> list[list[str]]:
    return stack.cluster.sql(COPY, f"SELECT state FROM iot_runtime_worker WHERE res_id = {connection.id}")


def test_it_leaves_the_broker_to_the_original(stack, line, request):
    connection = line.connection()
    probes = [line.probe(connection, make) for make in ("tasmota", "plain", "shelly")]
    publisher = line.publisher()
    line.listening(publisher, probes)
    # Connected when it was copied, as any backup of a running server has it.
    copy = request.getfixturevalue("copy")
    broker = BrokerLog(stack.broker.log)
    arrivals = broker.arrivals(connection.name)
    servers = Servers(stack)
    servers.expect(TAKEN_OVER)
    try:
        server = servers("copy", databases=(copy,))
        until(lambda: states(stack, connection) == [["stopped"]], 30, "the copy stops its connections")
        with Load(publisher, probes, rate=100) as load:
            load.wait_for(500)
        line.settle()
        assert broker.arrivals(connection.name) == arrivals
        assert connection.worker().state == "connected"
        rpc = Rpc(server.url, copy, stack.login, stack.password)
        health = rpc.call("iot.runtime.worker", "health")
        assert (health["alive"], health["copied"]) == (False, True)
        # The original is gone for good: a manager says so.
        connection.stop()
        connection.wait_for("stopped")
        rpc.call("mqtt.connection", "action_declare_original", [connection.id])
        until(lambda: states(stack, connection) == [["connected"]], 30, "the copy takes over")
        assert broker.arrivals(connection.name) == arrivals + 1
    finally:
        servers.close()
