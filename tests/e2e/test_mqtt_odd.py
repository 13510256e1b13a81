"""Payloads and topics that nobody would send, between good ones."""

from __future__ import annotations

import itertools
import random
import time

from fusion_cli.ledger.probe import MAKES
from fusion_cli.ledger.wire import Wire
from tests.waiting import until

MEBIBYTE = 1 << 20
STILL_READ = 200 * 1024
SHOWN = 16 * 1024
"""Of so many bytes the text is kept; a byte that is no text takes four characters."""
LEVELS = [
    "",
    " ",
    "ä ö ü/€",
    "\N{GRINNING FACE}",
    "a'b\"c;--",
    "%s%d{0}{device}",
    "\\x00\\n",
    "<script>alert(1)</script>",
    "$SYS",
    "/".join("deep" * 40),
    "long" * 5_000,
    "\N{RIGHT-TO-LEFT OVERRIDE}abc",
    "\ufeff\u00ad",
]


def padded(payload: bytes, size: int) -> bytes:
    """The same message, with much that says nothing."""
    if not payload.startswith(b"{"):
        return payload.ljust(size)
    return payload.replace(b"{", b'{"Padding": "' + b"x" * size + b'", ', 1)


def test_large_empty_and_binary_payloads_and_odd_topics(stack, line):
    odd = f"odd-{time.time_ns()}"
    connection = line.connection(discovery=True, discovery_filter=f"{odd}/#", log_level="all")
    probes = [line.probe(connection, make) for make in MAKES]
    publisher = line.publisher()
    line.listening(publisher, probes)
    before = connection.worker()
    wire, mids = Wire(stack.broker.port, odd), itertools.count(1)
    noise = random.Random(3).randbytes(4000)

    def send(topic: str, payload: bytes) -> None:
        mid = next(mids)
        wire.publish(mid, topic, payload)
        until(lambda: mid in dict(wire.acknowledgements(0.5)), 10, f"a PUBACK for {topic[:80]!r}", every=0.0)

    for probe in probes:
        publisher.publish_run(probe, 20)
        for payload in (
            b"",
            noise,
            noise[:1],
            b"\0" * 100,
            b"[" * MEBIBYTE,
            b"9" * MEBIBYTE,
            b"\xff" * MEBIBYTE,
        ):
            send(probe.topic, payload)
        for size in (STILL_READ, MEBIBYTE):
            entry = line.ledger.note(probe, out=False)
            entry.payload = padded(entry.payload, size)
            entry.expected = size == STILL_READ
            publisher.submit(entry)
        base = probe.topic.rpartition("/")[0]
        for level in LEVELS:
            send(f"{base}/{level}", b"71.5")
            send(f"{base}/{level}", noise)
            send(f"{odd}/{level}", b"71.5")
        publisher.publish_run(probe, 20)
    line.settle()
    wire.close()

    worker = connection.worker()
    assert (worker.state, worker.epoch) == ("connected", before.epoch)
    assert worker.connected_since == before.connected_since, "it was disconnected meanwhile"
    kept = f"SELECT count(*) FROM mqtt_message WHERE connection_id = {connection.id}"
    assert stack.sql(f"{kept} AND state = 'poison'") == [["0"]]
    assert stack.sql(f"{kept} AND length(payload) > {4 * SHOWN}") == [["0"]]
    large = f"{kept} AND size >= {MEBIBYTE} AND state = 'problem' AND error LIKE '%bytes%'"
    assert stack.sql(large) == [[str(4 * len(probes))]]
    discovered = f"SELECT count(*) FROM mqtt_discovery WHERE connection_id = {connection.id}"
    until(lambda: stack.sql(discovered) != [["0"]], 10, "the odd topics are listed")
    fields = ["device", "topic", "payload", "channels"]
    assert line.admin.search_read("mqtt.discovery", [["connection_id", "=", connection.id]], fields)
