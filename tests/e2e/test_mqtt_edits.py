"""What a person changes takes effect within seconds, without a restart and without a loss."""

from __future__ import annotations

import time

import pytest

from fusion_cli.ledger.probe import MAKES
from fusion_cli.ledger.sender import Load
from fusion_cli.ledger.wire import NOBODY_SUBSCRIBED, Wire
from tests.waiting import until, within

EFFECT_S = 5.0


@pytest.fixture(autouse=True)
def alone(stack):
    """A broker without a past: whether anybody listens is asked here, and kept sessions of other tests listen, too."""
    stack.stop_broker()
    for kept in stack.broker.data.glob("*.db"):
        kept.unlink()
    stack.start_broker()


def edit(line, probe, **values):
    line.admin.call("mqtt.device", "write", [probe.device_id], values)


def test_devices_come_move_and_go_under_load(line):
    connection = line.connection()
    steady = [line.probe(connection, make) for make in MAKES]
    publisher, other = line.publisher(), line.publisher()
    line.listening(publisher, steady)
    since = connection.worker().connected_since
    with Load(publisher, steady, rate=100):
        probe = line.probe(connection, "plain")
        with within(EFFECT_S, "a device that came is heard"):
            line.heard(other, probe, True, EFFECT_S)
        line.wait_until_stored(EFFECT_S, [probe])

        moved = f"moved/{probe.topic}"
        with within(EFFECT_S, "a device that moved is heard there"):
            edit(line, probe, topic_pattern=f"moved/{probe.device}/+")
            line.heard(other, probe, True, EFFECT_S, moved)
        line.wait_until_stored(EFFECT_S, [probe])
        line.heard(other, probe, False, EFFECT_S)

        with within(EFFECT_S, "a device that was archived is not heard"):
            edit(line, probe, active=False)
            line.heard(other, probe, False, EFFECT_S, moved)
        with within(EFFECT_S, "a device that came back is heard"):
            edit(line, probe, active=True)
            line.heard(other, probe, True, EFFECT_S, moved)
        line.wait_until_stored(EFFECT_S, [probe])
    line.settle()
    assert connection.worker().connected_since == since, "the others were disconnected for it"


def test_stop_and_start(line):
    """While it is stopped the broker keeps what comes."""
    connection = line.connection()
    probes = [line.probe(connection, make) for make in MAKES]
    publisher = line.publisher()
    line.listening(publisher, probes)
    with Load(publisher, probes, rate=100) as load:
        with within(EFFECT_S, "it is stopped"):
            connection.stop()
            connection.wait_for("stopped", EFFECT_S)
            # The button says so at once; what was under way is still stored.
            until(lambda: not connection.wait_for("stopped").owner, EFFECT_S, "the runtime has let go")
        stored = line.stored()
        load.wait_for(100)
        assert line.stored() == stored
        with within(EFFECT_S, "it is started"):
            connection.start()
            connection.wait_for("connected", EFFECT_S)
    line.settle(EFFECT_S)


def test_a_device_that_moved_while_it_was_stopped(line):
    """The next owner has the broker give up what an earlier one has subscribed to."""
    connection = line.connection()
    probe = line.probe(connection, "plain")
    publisher, other = line.publisher(), line.publisher()
    line.listening(publisher, [probe])
    connection.stop()
    until(lambda: not connection.wait_for("stopped").owner, EFFECT_S, "the runtime has let go")
    moved = f"moved/{probe.topic}"
    edit(line, probe, topic_pattern=f"moved/{probe.device}/+")
    connection.start()
    connection.wait_for("connected", EFFECT_S)
    line.heard(other, probe, True, EFFECT_S, moved)
    line.heard(other, probe, False, EFFECT_S)


def test_settings_of_a_running_connection(stack, line):
    place = f"discover-{time.time_ns()}"
    connection = line.connection(discovery=True, discovery_filter=f"{place}/#", log_level="off")
    probe = line.probe(connection, "plain")
    publisher = line.publisher()
    line.listening(publisher, [probe])
    since = connection.worker().connected_since
    wire, mid = Wire(stack.broker.port, place), 0

    def listens() -> bool:
        nonlocal mid
        mid += 1
        wire.publish(mid, f"{place}/stranger/temperature", b"71.5")
        reasons = until(lambda: dict(wire.acknowledgements(0.1)), 5, "a PUBACK", every=0.0)
        return reasons[mid] != NOBODY_SUBSCRIBED

    found = f"SELECT count(*) FROM mqtt_discovery WHERE connection_id = {connection.id}"
    with within(EFFECT_S, "a stranger is discovered"):
        assert listens()
        until(lambda: stack.sql(found) == [["1"]], EFFECT_S, "a stranger is discovered")
    with within(EFFECT_S, "discovery is off"):
        connection.write(discovery=False)
        until(lambda: not listens(), EFFECT_S, "discovery is off", every=0.1)
    with within(EFFECT_S, "discovery is on"):
        connection.write(discovery=True)
        until(listens, EFFECT_S, "discovery is on", every=0.1)

    logged = f"SELECT count(*) FROM mqtt_message WHERE connection_id = {connection.id}"
    assert stack.sql(logged) == [["0"]]

    def is_logged() -> bool:
        publisher.publish(probe)
        publisher.flush()
        return stack.sql(logged) != [["0"]]

    with within(EFFECT_S, "messages are logged"):
        connection.write(log_level="all")
        until(is_logged, EFFECT_S, "messages are logged", every=0.2)
    assert connection.worker().connected_since == since, "it was disconnected for it"

    with within(EFFECT_S, "it is connected anew"):
        connection.write(inflight_window=20, batch_size=5)
        until(
            lambda: connection.worker().connected_since not in ("", since), EFFECT_S, "it is connected anew"
        )
    publisher.publish_run(probe, 200)
    line.settle()
    wire.close()
