"""Somebody publishes far too much at QoS 0: it costs him readings, and nobody else."""

from __future__ import annotations

from fusion_cli.ledger.probe import MAKES
from fusion_cli.ledger.wire import Wire
from tests.waiting import until

FLOOD = 4_000
TOPIC_RATE, ROOM_S = 5, 50
LARGE = 8 * 1024
SMALL_LOG_MIB = 1


def over(stack, connection) -> tuple[int, str]:
    """How many messages were left out, and of which topic most."""
    ((count, source),) = stack.sql(
        "SELECT coalesce(over_count, 0), over_source FROM iot_runtime_worker"
        f" WHERE kind = 'mqtt' AND res_id = {connection.id}"
    )
    return int(count), source


def logged(stack, connection) -> tuple[int, int]:
    """Lines and bytes of the log of messages."""
    ((lines, size),) = stack.sql(
        "SELECT count(*), coalesce(sum(octet_length(payload)), 0) FROM mqtt_message"
        f" WHERE connection_id = {connection.id}"
    )
    return int(lines), int(size)


def test_a_flood_of_readings_of_one_probe(stack, line, odoo_log):
    connection = line.connection(topic_rate=TOPIC_RATE)
    probes = [line.probe(connection, make) for make in MAKES]
    flooded = line.probe(connection, "plain")
    publisher = line.publisher()
    line.listening(publisher, [*probes, flooded])
    line.probes.remove(flooded)
    before = line.stored([flooded])
    wire = Wire(stack.broker.port, f"{flooded.device}-flood")
    with odoo_log.lines() as lines:
        for number in range(FLOOD):
            wire.publish(0, flooded.topic, b"%.3f" % (71 + number / 1_000))
            if number % 50 == 0:
                publisher.publish_run(probes[number // 50 % len(probes)], 2)
        until(
            lambda: sum(over_and_stored(stack, line, connection, flooded)) - before == FLOOD,
            30,
            "all are counted",
        )
        count, stored = over_and_stored(stack, line, connection, flooded)
        assert TOPIC_RATE * ROOM_S <= stored - before < FLOOD / 2
        assert over(stack, connection) == (count, flooded.topic)
        until(lambda: lines("came too fast"), 10, "the log says it")
        assert len(lines("came too fast")) <= 2
    line.settle()
    (row,) = line.admin.search_read(
        "mqtt.connection", [["id", "=", connection.id]], ["over_count", "over_source", "overload", "state"]
    )
    assert (row["over_count"], row["over_source"], row["state"]) == (count, flooded.topic, "connected")
    assert flooded.topic in row["overload"]
    told = [
        ["model", "=", "mqtt.device"],
        ["res_id", "=", flooded.device_id],
        ["body", "like", "came too fast"],
    ]
    until(lambda: line.admin.search_read("mail.message", told, ["id"]), 10, "the device says it")


def over_and_stored(stack, line, connection, probe) -> tuple[int, int]:
    return over(stack, connection)[0], line.stored([probe])


def test_a_flood_of_junk_at_a_device_and_of_strangers(stack, line):
    place = f"flood-{line.connection(start=False).id}"
    connection = line.connection(
        topic_rate=TOPIC_RATE, discovery=True, discovery_filter=f"{place}/#", log_keep_mib=SMALL_LOG_MIB
    )
    probes = [line.probe(connection, make) for make in MAKES]
    publisher = line.publisher()
    line.listening(publisher, probes)
    flooded = probes[0]
    wire = Wire(stack.broker.port, f"{flooded.device}-flood")
    junk = b"{" + b"x" * LARGE
    for number in range(FLOOD):
        topic = flooded.topic if number % 2 else f"{place}/{number}"
        wire.publish(0, topic, junk)
        if number % 50 == 0:
            publisher.publish_run(probes[number // 50 % len(probes)], 2)
    line.settle()
    until(lambda: over(stack, connection)[0] >= FLOOD / 2, 20, "what is over is counted")
    lines, size = logged(stack, connection)
    assert lines < FLOOD / 2
    assert size < 2 * SMALL_LOG_MIB << 20


def test_a_flood_at_qos_1_loses_nothing(stack, line):
    """The broker sends no more of it than is acknowledged: it is slow, and all of it is there."""
    connection = line.connection(topic_rate=TOPIC_RATE, device_rate=10, connection_rate=10)
    probes = [line.probe(connection, make) for make in MAKES]
    publisher = line.publisher()
    line.listening(publisher, probes)
    for probe in probes:
        publisher.publish_run(probe, 600)
    line.settle(120)
    assert over(stack, connection)[0] == 0
