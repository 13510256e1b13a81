"""A session that another program began under the client id of a connection: it subscribed at QoS 2."""

from __future__ import annotations

import threading

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from fusion_cli.testing.pace import patient

MESSAGES = 40
VERSIONS = {"3.1.1": MQTTProtocolVersion.MQTTv311, "5": MQTTProtocolVersion.MQTTv5}


def begin_session(stack, client_id: str, version: str, topic: str) -> None:
    """Subscribe at QoS 2 and leave; the broker keeps the session."""
    subscribed = threading.Event()
    persistent = {"clean_session": False} if version == "3.1.1" else {}
    client = Client(
        CallbackAPIVersion.VERSION2, client_id=client_id, protocol=VERSIONS[version], **persistent
    )
    client.on_connect = lambda *_told: client.subscribe(topic, 2)
    client.on_subscribe = lambda *_told: subscribed.set()
    options = {}
    if version == "5":
        properties = Properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = 3600
        options = {"clean_start": False, "properties": properties}
    client.connect(stack.broker.host, stack.broker.port, **options)
    client.loop_start()
    try:
        assert subscribed.wait(patient(10))
    finally:
        client.disconnect()
        client.loop_stop()


@pytest.mark.parametrize("version", VERSIONS)
def test_what_it_has_kept_is_stored(stack, line, version):
    connection = line.connection(start=False, protocol_version=version, log_level="all")
    probe = line.probe(connection, "shelly")
    begin_session(stack, connection.name, version, probe.topic)
    client = Client(CallbackAPIVersion.VERSION2)
    client.connect(stack.broker.host, stack.broker.port)
    client.loop_start()
    try:
        for _ in range(MESSAGES):
            entry = line.ledger.note(probe, out=False)
            entry.sent += 1
            client.publish(entry.topic, entry.payload, qos=2).wait_for_publish(patient(10))
            entry.acknowledge()
    finally:
        client.disconnect()
        client.loop_stop()
    publisher = line.publisher()
    connection.start()
    connection.wait_for("connected")
    line.settle()
    connection.stop()
    connection.wait_for("stopped")
    connection.start()
    connection.wait_for("connected")
    publisher.publish_run(probe, 3)
    line.settle()
    # The broker has all its acknowledgements: a new connection gets none of them again. What is new comes under our own
    # subscription, and with MQTT 5 under that of the other program as well.
    kept = f"SELECT qos FROM mqtt_message WHERE connection_id = {connection.id} AND NOT duplicate ORDER BY id"
    levels = [int(qos) for (qos,) in stack.sql(kept)]
    assert levels[:MESSAGES] == [2] * MESSAGES
    assert {*levels[MESSAGES:]} == {1}
    again = f"SELECT count(*) FROM mqtt_message WHERE connection_id = {connection.id} AND duplicate"
    assert int(stack.sql(again)[0][0]) == 0
