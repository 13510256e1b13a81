"""What we use of paho although it promises nothing of it, and the versions of paho that we say will do."""

import ast
import re
import socket
import ssl
import threading
import time
from importlib.metadata import version
from pathlib import Path

import pytest

from fusion_iot_core.mqtt.link import PINGREQ, Link
from fusion_iot_core.mqtt.spec import MqttSpec
from fusion_iot_core.mqtt.wire import Wire

ROOT = Path(__file__).resolve().parents[2]
PINGRESP = bytes.fromhex("d0 00")
CONNACK = bytes.fromhex("20 02 00 00")
KEEPALIVE_S = 60


@pytest.fixture
def link():
    """A connection (MQTT 3.1.1) to a broker that says yes to it, and nothing after that."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        kept = []

        def answer():
            broker, _address = server.accept()
            kept.append(broker)
            broker.recv(4096)
            broker.sendall(CONNACK)

        thread = threading.Thread(target=answer)
        thread.start()
        port = server.getsockname()[1]
        made = Link(
            MqttSpec(1, "a", "127.0.0.1", port, "us", keepalive=KEEPALIVE_S, protocol_version="3.1.1"),
            lambda _message: None,
        )
        made.open()
        thread.join()
        yield made
        made.close()
        for broker in kept:
            broker.close()


def test_the_client_uses_the_socket_that_it_is_given(link):
    assert isinstance(link._client.socket(), Wire)


@pytest.mark.parametrize("heard", [True, False])
def test_what_was_received_counts_as_a_sign_of_life(link, heard):
    client = link._client
    client._last_bytes_received = time.monotonic() - KEEPALIVE_S - 1
    if heard:
        client.heard()
    client.loop_misc()
    # What it has to write is the question whether the broker is there.
    assert client.want_write() is not heard


def test_every_ping_is_counted_and_comes_back(link):
    client, backlog = link._client, link.backlog
    client._last_bytes_received = time.monotonic() - KEEPALIVE_S - 1
    client.publish("cmnd/plug/POWER", "ON")
    assert link.ask() == 1
    wire = client.socket()
    assert wire._unsent.endswith(b"ON" + PINGREQ), "behind what was published"
    client.loop_misc()
    assert backlog.asked == 2, "the library's own one falls due, and that is no reason to hang up"
    wire.data, wire.start = PINGRESP, 0
    link._read()
    assert (backlog.passed, backlog.pending) == (1, True)


def test_the_log_has_the_exception_that_ended_the_connection(link):
    wire = link._client.socket()
    wire._end, wire._ended = ssl.SSLError(1, "a certificate is required"), True
    with pytest.raises(ssl.SSLError, match="a certificate is required"):
        link.pump(0.0)


def test_the_version_is_one_of_those_that_the_manifest_names():
    manifest = ast.literal_eval((ROOT / "fusion_iot" / "__manifest__.py").read_text(encoding="utf-8"))
    wanted = next(
        name for name in manifest["external_dependencies"]["python"] if name.startswith("paho-mqtt")
    )
    assert f'mqtt = ["{wanted}"]' in (ROOT / "core" / "pyproject.toml").read_text(encoding="utf-8")
    lowest, beyond = (
        tuple(map(int, found.split(".")))
        for found in re.fullmatch(r"paho-mqtt>=([\d.]+),<([\d.]+)", wanted).groups()
    )
    assert lowest <= tuple(map(int, version("paho-mqtt").split("."))) < beyond
