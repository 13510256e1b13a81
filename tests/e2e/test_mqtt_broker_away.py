"""The broker ends, orderly or not, and comes back: so does the connection, by itself, and nothing is missing."""

from __future__ import annotations

import time

from fusion_cli.ledger.probe import MAKES, WITH_TIME
from fusion_cli.ledger.sender import Load
from tests.e2e.mqtt_lock import locked
from tests.waiting import until, within

AWAY_S = 20.0
BACK_WITHIN_S = 40.0
BACK_SOON_S = 9.0
FEW = 20


def test_restarted_under_load(stack, line):
    connections = [line.connection(protocol_version=version) for version in ("3.1.1", "5")]
    probes = [line.probe(connection, make) for connection in connections for make in MAKES]
    publisher = line.publisher()
    line.listening(publisher, probes)
    with Load(publisher, probes, rate=300) as load:
        for _restart in range(3):
            load.wait_for(150)
            stack.restart_broker()
    line.settle()
    assert publisher.connects >= 4


def test_away_for_a_while(stack, line, odoo_log):
    """Devices keep what they measure; the server says once what is wrong and tries again."""
    connection = line.connection()
    probes = [line.probe(connection, make) for make in MAKES]
    publisher = line.publisher()
    line.listening(publisher, probes)
    with odoo_log.lines() as lines, Load(publisher, probes, rate=50):
        stack.stop_broker()
        gone = time.monotonic()
        worker = connection.wait_for("retrying", 10)
        assert f"{stack.broker.host}:{stack.broker.port}" in worker.last_error
        time.sleep(max(0.0, gone + AWAY_S - time.monotonic()))
        stack.start_broker()
        with within(BACK_WITHIN_S, "the connection is back"):
            connection.wait_for("connected", BACK_WITHIN_S)
    line.settle()
    assert len(lines(connection.name)) <= 4, lines(connection.name)


def test_killed_with_a_backlog_that_it_had_saved(stack, line):
    """Half of the backlog waits at the broker, the other half is with the server and not committed."""
    connection = line.connection()
    probes = [line.probe(connection, make) for make in MAKES]
    publisher = line.publisher()
    line.listening(publisher, probes)
    stored = line.stored()
    with locked(stack, "fp_tank_reading"):
        for probe in probes:
            publisher.publish_run(probe, 250)
        publisher.flush()
        until(lambda: connection.worker().queue_depth >= 100, 15, "messages wait for the commit")
        stack.broker.save()
        stack.restart_broker(crash=True)
        assert line.stored() == stored
    line.settle()


def test_killed_under_load_forgets_nothing_it_had_saved(stack, line):
    """What came before it saved is there; what it promised afterwards and forgot is not the server's loss."""
    connection = line.connection()
    probes = [line.probe(connection, make) for make in WITH_TIME]
    publisher = line.publisher()
    line.listening(publisher, probes)
    for probe in probes:
        publisher.publish_run(probe, 400)
    publisher.flush()
    stack.broker.save()
    saved = list(line.ledger.entries)
    for probe in probes:
        publisher.publish_run(probe, 100)
    stack.restart_broker(crash=True)
    for entry in line.ledger.entries[len(saved) :]:
        entry.acknowledged = False
    for probe in probes:
        publisher.publish_run(probe, 20)
    line.settle()


def test_killed_before_it_saved_what_was_acknowledged(stack, line):
    """It comes back with what it had saved, and sends all of that once more as if it were new.

    What it had under way it marks as duplicates; hence few are.
    """
    connection = line.connection(inflight_window=FEW)
    probes = [line.probe(connection, make) for make in MAKES]
    publisher = line.publisher()
    line.listening(publisher, probes)
    with locked(stack, "fp_tank_reading"):
        for number in range(800):
            publisher.publish_run(probes[number % len(probes)], 1)
        publisher.flush()
        until(lambda: connection.worker().queue_depth >= FEW, 15, "messages wait for the commit")
        stack.broker.save()
        saved = (stack.broker.data / "mosquitto.db").read_bytes()
    line.wait_until_stored()
    stack.stop_broker(crash=True)
    # What it saves every some seconds it may have saved again meanwhile.
    (stack.broker.data / "mosquitto.db").write_bytes(saved)
    stack.start_broker()
    for probe in probes:
        publisher.publish_run(probe, 20)
    line.settle()


def test_killed_again_and_again(stack, line):
    """Whatever the devices publish meanwhile hangs on what it saves; the server is there as soon as it is."""
    connection = line.connection()
    probes = [line.probe(connection, make) for make in WITH_TIME]
    publisher = line.publisher()
    line.listening(publisher, probes)
    for _time in range(7):
        since = connection.wait_for("connected").connected_since
        stack.restart_broker(crash=True)
        with within(BACK_SOON_S, "the connection is back"):
            until(lambda: connection.wait_for().connected_since != since, BACK_SOON_S, "it is back")  # noqa: B023
    for probe in probes:
        publisher.publish_run(probe, 20)
    line.settle()
