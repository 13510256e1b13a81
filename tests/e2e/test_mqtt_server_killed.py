"""The server ends at the worst moments: what the broker was promised is stored, once."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest

from fusion_cli.ledger.probe import MAKES, WITHOUT_TIME
from fusion_cli.ledger.sender import Load
from fusion_cli.testing.pace import promised
from tests.e2e.mqtt_lock import locked
from tests.e2e.mqtt_proxy import Proxy
from tests.waiting import until

KILLS = 4
BACKLOG, BATCH = 6_000, 500


def test_killed_after_the_commit_and_before_the_acknowledgement(stack, line):
    """The broker delivers again what is stored already, also what has no time by which that could be seen."""
    with Proxy(stack.broker.port) as proxy:
        connections = [line.connection(port=proxy.port, protocol_version=name) for name in ("3.1.1", "5")]
        probes = [line.probe(connection, make) for connection in connections for make in MAKES]
        publisher = line.publisher()
        line.listening(publisher, probes)
        for _time in range(2):
            until(lambda: proxy.clients == len(connections), 15, "the runtime is back")
            line.listening(publisher, probes)
            proxy.hold_back()
            before = line.stored()
            for probe in probes:
                publisher.publish_run(probe, 40)
            until(lambda: line.stored() == before + 40 * len(probes), 30, "all of it is stored")  # noqa: B023
            # two bytes of head and two of identifier, at least, for each of them
            until(
                lambda: proxy.held_back >= 4 * 40 * len(probes), 10, "the acknowledgements are on their way"
            )
            stack.kill_odoo()
            proxy.drop()
            stack.start_odoo()
        line.settle()


def test_killed_with_more_under_way_than_the_broker_was_asked_for(stack, line):
    """Some brokers send all that waits to a client that comes back with something unacknowledged.

    Thousands are stored and not acknowledged then.
    """
    with Proxy(stack.broker.port) as proxy:
        connection = line.connection(port=proxy.port)
        probes = [line.probe(connection, make) for make in WITHOUT_TIME]
        publisher = line.publisher()
        line.listening(publisher, probes)
        with locked(stack, "fp_tank_reading"):
            for _message in range(BACKLOG // len(probes)):
                for probe in probes:
                    publisher.publish_run(probe, 1)
            publisher.flush()
            until(lambda: connection.worker().queue_depth >= 100, 15, "messages wait for the commit")
            proxy.drop()
            until(lambda: proxy.clients, 15, "the runtime is back")
            time.sleep(promised(1))
        known = line.stored()
        until(lambda: line.stored() > known + BATCH + 20, 15, "some are acknowledged", every=0.01)
        proxy.hold_back()
        until(lambda: _is_still(line.stored, promised(1.5)), 60, "what was sent is stored")
        stack.kill_odoo()
        proxy.drop()
        stack.start_odoo()
        line.settle()


def _is_still(number: Callable[[], int], seconds: float) -> bool:
    before = number()
    time.sleep(seconds)
    return number() == before


def test_killed_after_the_receipt_and_before_the_commit(stack, line):
    connection = line.connection()
    probes = [line.probe(connection, make) for make in MAKES]
    publisher = line.publisher()
    line.listening(publisher, probes)
    before = line.stored()
    with locked(stack, "fp_tank_reading"):
        for probe in probes:
            publisher.publish_run(probe, 100)
        until(lambda: connection.worker().queue_depth >= 100, 15, "messages wait for the commit")
        stack.kill_odoo()
        assert line.stored() == before
    stack.start_odoo()
    line.settle()


def test_killed_again_and_again_under_load(stack, line):
    connection = line.connection()
    probes = [line.probe(connection, make) for make in (*MAKES, *WITHOUT_TIME)]
    publisher = line.publisher()
    line.listening(publisher, probes)
    moments = random.Random(20261121)
    with Load(publisher, probes, rate=400):
        for _kill in range(KILLS):
            known = line.stored()
            until(lambda: line.stored() > known, 30, "readings come in", every=0.02)  # noqa: B023
            time.sleep(moments.uniform(0.0, 0.4))
            stack.kill_odoo()
            stack.start_odoo()
    line.settle()


@pytest.mark.parametrize("version", ["3.1.1", "5"])
def test_a_clean_end_and_a_start_later_lose_nothing(stack, line, version):
    connection = line.connection(protocol_version=version)
    probes = [line.probe(connection, make) for make in MAKES]
    publisher = line.publisher()
    line.listening(publisher, probes)
    with Load(publisher, probes, rate=400) as load:
        load.wait_for(200)
        stack.stop_odoo()
        ended = connection.worker()
        load.wait_for(400)
    assert (ended.state, ended.owner) == ("waiting", "")
    stored = line.stored()
    stack.start_odoo()
    line.settle()
    assert line.stored() >= stored + 400
    assert connection.wait_for("connected").epoch == ended.epoch + 1
