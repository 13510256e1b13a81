"""What the broker keeps of topics is of unknown age: it tells who is there, and measures nothing."""

from __future__ import annotations

import itertools

import pytest

from fusion_cli.ledger.wire import Wire
from tests.waiting import until


class Store:
    """Puts retained messages into the broker's store that are no readings, and takes out all it is told of."""

    def __init__(self, port: int) -> None:
        self._wire = Wire(port, "e2e-retained")
        self._mids = itertools.count(1)
        self.topics: set[str] = set()

    def put(self, topic: str, payload: bytes) -> None:
        self.topics.add(topic)
        mid = next(self._mids)
        self._wire.publish(mid, topic, payload, retain=True)
        until(lambda: mid in dict(self._wire.acknowledgements(0.1)), 5, "a PUBACK", every=0.0)

    def clear(self) -> None:
        for topic in sorted(self.topics):
            self.put(topic, b"")
        self._wire.close()


@pytest.mark.parametrize("version", ["3.1.1", "5"])
def test_retained_messages_are_no_readings_however_often_they_come(stack, line, version):
    connection = line.connection(start=False, protocol_version=version)
    tasmota, plain, _clock = [line.probe(connection, make) for make in ("tasmota", "plain", "tasmota-clock")]
    publisher = line.publisher()
    will = f"tele/{tasmota.device}/LWT"
    # Out of limits, so that taking them for readings would raise holds.
    for probe in line.probes:
        publisher.publish(probe, out=True, retain=True).expected = probe.make.own_time
    publisher.flush()

    def put(topic: str, payload: bytes) -> None:
        store = Store(stack.broker.port)
        store.put(topic, payload)

    put(will, b"Offline")
    connection.start()
    connection.wait_for("connected")
    line.wait_until_stored(10)
    until(lambda: line.presence(tasmota) == "offline", 5, "the retained last will is taken")
    assert line.presence(plain) == "unknown"
    line.check()

    stack.restart_broker()
    connection.stop()
    connection.wait_for("stopped")
    connection.start()
    connection.wait_for("connected")
    put(will, b"Online")
    until(lambda: line.presence(tasmota) == "online", 5, "the retained birth is taken")
    put(will, b"Offline")
    until(lambda: line.presence(tasmota) == "offline", 5, "the last will is taken")

    # To who listens already, a message is news, and only the next one who comes gets it from the store.
    for probe in line.probes:
        publisher.publish(probe, retain=True)
    line.wait_until_stored(10)
    until(lambda: line.presence(tasmota) == "online", 5, "data counts more than an old last will")
    for _time in range(2):
        since = connection.worker().connected_since
        stack.restart_broker()
        until(lambda: connection.worker().connected_since not in ("", since), 15, "it is back")  # noqa: B023
    line.settle()
    assert line.stored() == 3 * 3 - 2

    store = Store(stack.broker.port)
    store.topics = {will, *(probe.topic for probe in line.probes)}
    store.clear()
