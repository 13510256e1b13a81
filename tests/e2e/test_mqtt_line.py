"""Probes of several makes, without any fault: the ledger and the model agree with the database."""

from __future__ import annotations

from contextlib import closing

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from fusion_cli.ledger.probe import MAKES
from fusion_cli.ledger.wire import NOBODY_SUBSCRIBED, Wire
from tests.waiting import until


@pytest.mark.parametrize("version", ["3.1.1", "5"])
def test_everything_that_is_published_is_a_reading_once(line, version):
    connection = line.connection(protocol_version=version)
    probes = [line.probe(connection, make) for make in MAKES]
    publisher = line.publisher()
    line.listening(publisher, probes)
    for probe in probes:
        publisher.publish_run(probe, 200)
    line.settle()
    assert line.stored() == 202 * len(probes)
    worker = connection.wait_for("connected")
    assert worker.error_count == 0


def test_what_other_tests_listened_to_is_forgotten(stack, request):
    """Or there would be somebody for each message, and it would be waited for whoever listens."""
    (client_id,) = stack.sql(
        "SELECT client_id FROM mqtt_connection WHERE enabled IS NOT TRUE ORDER BY id LIMIT 1"
    )[0]
    broker, version = stack.broker, MQTTProtocolVersion.MQTTv311
    left = Client(CallbackAPIVersion.VERSION2, client_id, clean_session=False, protocol=version)
    left.on_connect = lambda *_: left.subscribe("#", qos=1)
    left.on_subscribe = lambda *_: left.disconnect()
    left.connect("127.0.0.1", broker.port)
    left.loop_forever()

    def is_heard() -> bool:
        with closing(Wire(broker.port, "e2e-asks")) as wire:
            wire.publish(1, "e2e/nobody", b"1")
            ((_mid, reason),) = until(lambda: [*wire.acknowledgements(1)], 10, "the broker answers")
        return reason != NOBODY_SUBSCRIBED

    assert is_heard()
    request.getfixturevalue("line")
    assert not is_heard()
