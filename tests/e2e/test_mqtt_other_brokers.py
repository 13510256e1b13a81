"""What brokers of other makes do, played by a peer."""

from __future__ import annotations

import time

from fusion_cli.ledger.entry import is_out
from tests.e2e.mqtt_peer import Peer
from tests.waiting import until

KEPT = 100
LATE_S = 3


def kept(line, connection, count=KEPT):
    """A probe behind a connection, and what its broker has kept of it."""
    probe = line.probe(connection, "tasmota-clock")
    return probe, [line.ledger.note(probe, out=is_out(number)) for number in range(count)]


def test_one_that_sends_a_message_for_each_acknowledgement(stack, line):
    """Who waited the flush interval out for each message would need five minutes, on any machine."""
    connection = line.connection(start=False, protocol_version="3.1.1", flush_interval=1_000 * LATE_S)
    _probe, entries = kept(line, connection)
    with Peer([(entry.topic, entry.payload) for entry in entries]) as peer:
        connection.write(port=peer.port, host="127.0.0.1")
        connection.start()
        began = time.monotonic()
        until(lambda: peer.acknowledged == KEPT, 60, "everything is acknowledged")
        assert time.monotonic() - began < KEPT * LATE_S / 2
        for entry in entries:
            entry.acknowledged, entry.sent = True, 1
        line.check()
        connection.stop()
        connection.wait_for("stopped")


def test_one_that_does_not_speak_mqtt_5(stack, line):
    with Peer([]) as peer:
        connection = line.connection(start=False, port=peer.port, host="127.0.0.1")
        connection.start()
        worker = connection.wait_for("retrying", 15)
        assert "3.1.1" in worker.last_error
        assert peer.refused
        connection.write(protocol_version="3.1.1")
        connection.wait_for("connected", 40)
        connection.stop()
        connection.wait_for("stopped")


def test_one_that_marks_what_it_kept_as_retained(stack, line, odoo_log):
    """Of unknown age, it is no readings; but somebody has to hear of it."""
    connection = line.connection(start=False, protocol_version="3.1.1")
    probe = line.probe(connection, "plain")
    values = [probe.value(number, False) for number in range(50)]
    payloads = [(probe.topic, probe.payload(value, probe.epoch)) for value in values]
    with odoo_log.lines() as lines, Peer(payloads, window=10, flagged=True) as peer:
        connection.write(port=peer.port, host="127.0.0.1")
        connection.start()
        until(lambda: peer.acknowledged == len(payloads), 20, "everything is acknowledged")
        until(lambda: lines("marked as retained"), 10, "the log says it")
        until(lambda: "retained" in overload(line, connection), 10, "the connection says it")
        connection.stop()
        connection.wait_for("stopped")
    assert line.stored([probe]) == 0


def overload(line, connection) -> str:
    (row,) = line.admin.search_read("mqtt.connection", [["id", "=", connection.id]], ["overload"])
    return row["overload"] or ""
