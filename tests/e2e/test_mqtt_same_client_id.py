"""Somebody else, such as a copy of the database, comes to the broker as a connection of ours."""

from __future__ import annotations

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tests.waiting import until


def test_it_is_told_what_may_be_wrong(stack, line, admin):
    connection = line.connection(start=False)
    connection.start()
    connection.wait_for()
    client_id = admin.search_read("mqtt.connection", [("id", "=", connection.id)], ["client_id"])[0][
        "client_id"
    ]
    other = Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTProtocolVersion.MQTTv5)
    other.connect(stack.broker.host, stack.broker.port)
    other.loop_start()
    try:
        until(lambda: "client id" in (connection.worker().last_error or ""), 15, "the reason is told")
    finally:
        other.disconnect()
        other.loop_stop()
    connection.wait_for()
