"""The access list that comes with the suite, at a real Mosquitto: no device can publish as another."""

from __future__ import annotations

import json
import queue
import stat
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from fusion_cli.broker.broker import Broker
from fusion_cli.broker.users import ODOO, Users
from fusion_cli.project import Project
from fusion_cli.report import Reporter
from fusion_cli.simulator import network, workshop
from fusion_cli.testing.pace import patient

SHELLY, TASMOTA = "shellyplus1-a8032ab11c5d", "tasmota_A1B2C3"
END = "end/of/test"


@pytest.fixture(scope="module")
def users(tmp_path_factory) -> Users:
    return Users(tmp_path_factory.mktemp("state"))


@pytest.fixture(scope="module")
def port(users: Users) -> Iterator[int]:
    broker = Broker(Project.here(), users.file.parent, Reporter(quiet=True), first=users.listener)
    broker.write_passwords(users.hashes, users.passwords())
    broker.start()
    try:
        yield broker.port
    finally:
        broker.stop()


class Client:
    """A client of the broker, and what it has received."""

    def __init__(self, port: int, user: str, password: str, will: str = "") -> None:
        self.received: queue.Queue[tuple[str, str]] = queue.Queue()
        self._answers: queue.Queue[object] = queue.Queue()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=f"{user}-{id(self)}")
        self._client.username_pw_set(user, password)
        if will:
            self._client.will_set(will, "a lie", qos=1)
        self._client.on_message = lambda client, data, message: self.received.put(
            (message.topic, message.payload.decode())
        )
        self._client.on_connect = lambda client, data, flags, reason, properties: self._answers.put(reason)
        self._client.on_subscribe = lambda *_arguments: self._answers.put(None)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self.refused = self._answers.get(timeout=patient(10)).is_failure

    def subscribe(self, topic: str) -> None:
        self._client.subscribe(topic, qos=1)
        self._answers.get(timeout=patient(10))

    def publish(self, topic: str, payload: str) -> None:
        self._client.publish(topic, payload, qos=1).wait_for_publish(patient(10))

    def until(self, topic: str) -> list[tuple[str, str]]:
        """What it received before a message of this topic."""
        found = []
        while (message := self.received.get(timeout=patient(10)))[0] != topic:
            found.append(message)
        return found

    def vanish(self) -> None:
        """Be gone without a goodbye, so that the broker publishes the last will."""
        self._client.socket().close()
        self._client.loop_stop()

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def client(port: int, users: Users) -> Iterator[object]:
    made: list[Client] = []

    def connect(user: str, **more: str) -> Client:
        made.append(Client(port, user, users.passwords()[user], **more))
        assert not made[-1].refused
        return made[-1]

    yield connect
    for each in made:
        each.close()


def test_a_device_publishes_as_itself_and_as_nobody_else(client):
    odoo, shelly, tasmota = client(ODOO), client(SHELLY), client(TASMOTA)
    odoo.subscribe("#")
    own = {
        shelly: [
            f"{SHELLY}/events/rpc",
            f"{SHELLY}/online",
            f"{SHELLY}/status/switch:0",
            f"shellies/{SHELLY}/relay/0",
            # announcements under its own name
            *(
                f"{SHELLY}/announce",
                f"shellies/{SHELLY}/announce",
                f"homeassistant/sensor/{SHELLY}/power/config",
            ),
        ],
        tasmota: [f"tele/{TASMOTA}/SENSOR", f"tele/{TASMOTA}/LWT", f"stat/{TASMOTA}/RESULT"],
    }
    for sender, topics in own.items():
        for topic in topics:
            sender.publish(topic, "true")
    foreign = (
        *(
            f"{prefix}/{TASMOTA}/SENSOR"
            for prefix in ("tele", "stat", "cmnd", "shellies", SHELLY.upper(), "x")
        ),
        *(
            f"{TASMOTA}/x",
            f"{TASMOTA}/{SHELLY}/x",
            "tele/x",
            "tele",
            "x",
            f"/{SHELLY}/x",
            f"x/{SHELLY}/status",
        ),
        *(f"{SHELLY}x/status/switch:0", "shellies/announce", f"tele//{SHELLY}", f"zigbee2mqtt/{TASMOTA}"),
        # announcements under another name, or under none
        *(
            f"homeassistant/sensor/{TASMOTA}/x/config",
            "homeassistant/sensor/x/config",
            "homeassistant/status",
        ),
        *(
            "tasmota/discovery/A8032AB11C5D/config",
            "shellies_discovery/rpc",
            f"homeassistant/{SHELLY}/x/config",
        ),
    )
    for topic in foreign:
        shelly.publish(topic, "a lie")
    tasmota.publish(f"{SHELLY}/status/switch:0", "a lie")
    for sender in (shelly, tasmota):
        sender.publish(END, "a lie")
    odoo.publish(END, "over")
    assert sorted(odoo.until(END)) == sorted((topic, "true") for topics in own.values() for topic in topics)


def test_the_last_will_is_no_way_around_it(client):
    odoo = client(ODOO)
    odoo.subscribe("#")
    client(SHELLY, will=f"tele/{TASMOTA}/LWT").vanish()
    client(TASMOTA, will=f"tele/{TASMOTA}/LWT").vanish()
    assert odoo.received.get(timeout=patient(10)) == (f"tele/{TASMOTA}/LWT", "a lie")
    odoo.publish(END, "over")
    assert odoo.until(END) == []


def test_a_device_reads_what_is_for_it_and_nothing_of_others(client):
    odoo, shelly, tasmota = client(ODOO), client(SHELLY), client(TASMOTA)
    for device in (shelly, tasmota):
        device.subscribe("#")
    for topic in (
        f"{SHELLY}/rpc",
        f"{SHELLY}/command/switch:0",
        f"cmnd/{TASMOTA}/POWER",
        f"tele/{TASMOTA}/SENSOR",
        "x/y",
    ):
        odoo.publish(topic, "on")
    for device, name in ((shelly, SHELLY), (tasmota, TASMOTA)):
        odoo.publish(f"{name}/end", "over")
        heard = [topic for topic, _payload in device.until(f"{name}/end")]
        assert heard
        assert all(name in topic for topic in heard), heard


def test_nobody_gets_in_without_a_password_of_his_own(port, users):
    passwords = users.passwords()
    assert len(set(passwords.values())) == len(passwords)
    for user, password in (
        (ODOO, "wrong"),
        ("", ""),
        (SHELLY, passwords[TASMOTA]),
        ("nobody", passwords[ODOO]),
    ):
        stranger = Client(port, user, password)
        stranger.close()
        assert stranger.refused, user


def test_every_simulated_device_stays_within_its_own_topics(port, users, client):
    odoo = client(ODOO)
    odoo.subscribe("#")
    expected = []
    for device in (*network.devices(), *workshop.machines()):
        connected = client(device.name)
        for message in (device.hello, device.will, *device.report(1_700_000_000, [])):
            connected.publish(message.topic, message.payload)
            expected.append(message.topic)
    odoo.publish(END, "over")
    assert sorted(topic for topic, _payload in odoo.until(END)) == sorted(expected)


def test_passwords_are_kept_and_private(tmp_path: Path):
    found = Users(tmp_path).passwords()
    assert Users(tmp_path).passwords() == found
    file = tmp_path / "mqtt-users.json"
    assert json.loads(file.read_text(encoding="utf-8")) == found
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
