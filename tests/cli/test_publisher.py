"""The MQTT devices of the simulator at a real broker: they come, come back, and are missed."""

import os
import queue
import subprocess
import sys
from contextlib import contextmanager

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from fusion_cli.broker.broker import Broker
from fusion_cli.project import Project
from fusion_cli.report import Reporter
from fusion_cli.simulator import network
from fusion_cli.simulator.devices.device import Published
from fusion_cli.simulator.devices.relays import TasmotaRelays
from fusion_cli.simulator.devices.tasmota import TasmotaGateway
from fusion_cli.simulator.line import Reading
from fusion_cli.simulator.publisher import Publisher
from fusion_cli.testing.pace import patient
from tests.waiting import until

NOW = 1_790_000_000


@pytest.fixture
def broker(tmp_path):
    broker = Broker(Project.here(), tmp_path, Reporter(quiet=True))
    broker.start()
    yield broker
    broker.stop()


@contextmanager
def listening(broker):
    """What arrives: topic, payload, QoS and whether it was retained."""
    got = queue.Queue()
    subscribed = queue.Queue()
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.on_message = lambda client, data, message: got.put(
        (message.topic, message.payload, message.qos, message.retain)
    )
    client.on_subscribe = lambda *arguments: subscribed.put(1)
    client.on_connect = lambda client, *arguments: client.subscribe("#", qos=1)
    client.reconnect_delay_set(1, 1)
    client.connect(broker.host, broker.port)
    client.loop_start()
    subscribed.get(timeout=patient(10))
    yield got
    client.disconnect()
    client.loop_stop()


@pytest.fixture
def said():
    return []


@contextmanager
def publishing(broker, said, device):
    """A publisher of one device."""
    publisher = Publisher(broker.host, broker.port, [device], said.append)
    yield publisher
    for _device, client in publisher._lines:
        client.disconnect()
        client.loop_stop()


@pytest.fixture
def publisher(broker, said):
    with publishing(broker, said, TasmotaGateway("gateway", ("28-00000a1b2c05",))) as found:
        yield found


def wait_for(said, count):
    until(lambda: len(said) >= count, 20, f"it has told {count} things; it told {said}")


def test_it_publishes_at_qos_1(broker, publisher, said):
    wait_for(said, 1)
    with listening(broker) as got:
        publisher.send(NOW, [Reading("28-00000a1b2c05", 88.0625, NOW), Reading("28-0", 1.0, NOW)])
        assert got.get(timeout=patient(10)) == ("tele/gateway/LWT", b"Online", 1, True)
        assert got.get(timeout=patient(10))[0] == "tele/gateway/STATE"
        assert got.get(timeout=patient(10)) == (
            "tele/gateway/SENSOR",
            b'{"Time":"2026-09-21T14:13:20","DS18B20":{"Id":"00000A1B2C05","Temperature":88.1},"TempUnit":"C"}',
            1,
            False,
        )
    assert said == ["The devices reach the broker."]


@pytest.mark.parametrize("crash", [False, True], ids=["restarted", "killed"])
def test_it_comes_back_after_the_broker(broker, publisher, said, crash):
    wait_for(said, 1)
    broker.stop(crash=crash)
    wait_for(said, 2)
    publisher.send(NOW, [Reading("28-00000a1b2c05", 1.0, NOW)])
    broker.start()
    wait_for(said, 3)
    with listening(broker) as got:
        publisher.send(NOW + 10, [Reading("28-00000a1b2c05", 2.0, NOW + 10)])
        topics = [got.get(timeout=patient(10)) for _message in range(3)]
        assert topics[0] == ("tele/gateway/LWT", b"Online", 1, True)
        assert b'"Temperature":2.0' in topics[2][1], "what happened meanwhile is lost, not late"
    assert said == [
        "The devices reach the broker.",
        "The devices lost the broker.",
        "The devices reach the broker.",
    ]


def test_a_relay_that_is_told_does_it_and_answers(broker, said):
    lamps = TasmotaRelays("lamps", 1)
    with publishing(broker, said, lamps) as publisher, listening(broker) as got:
        assert got.get(timeout=patient(10))[:2] == ("tele/lamps/LWT", b"Online")
        publisher.publish("lamps", [Published("cmnd/lamps/POWER1", "OFF")])
        arrived = {got.get(timeout=patient(10))[:2] for _message in range(3)}
        assert arrived == {
            ("cmnd/lamps/POWER1", b"OFF"),
            ("stat/lamps/RESULT", b'{"POWER1":"OFF"}'),
            ("stat/lamps/POWER1", b"OFF"),
        }
    assert lamps.states == {"POWER1": "OFF"}


def test_a_simulator_that_ends_is_missed(broker):
    code = (
        "import sys, time\n"
        "from fusion_cli.simulator import network\n"
        "from fusion_cli.simulator.publisher import Publisher\n"
        "Publisher('127.0.0.1', int(sys.argv[1]), network.devices(), print)\n"
        "time.sleep(60)\n"
    )
    wills = {device.will.topic: device.will.payload.encode() for device in network.devices()}
    with listening(broker) as got:
        child = subprocess.Popen(
            [sys.executable, "-c", code, str(broker.port)], env={**os.environ, "PYTHONPATH": os.getcwd()}
        )
        online = dict(got.get(timeout=patient(20))[:2] for _device in wills)
        child.kill()
        child.wait()
        offline = dict(got.get(timeout=patient(20))[:2] for _device in wills)
    assert online.keys() == offline.keys() == wills.keys()
    assert offline == wills
