"""What is gone from the shop is told in the running system, once, and is over by itself."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

import pytest

from fusion_cli.broker.broker import Broker
from fusion_cli.ledger.probe import Probe
from fusion_cli.process import guarded
from fusion_cli.testing.pace import patient, promised
from tests.e2e.agent_device import Device
from tests.e2e.catchers import MailCatcher
from tests.e2e.client import Rpc
from tests.e2e.iot_box_client import Box
from tests.e2e.iot_box_server import Boxes
from tests.e2e.mqtt_servers import tell
from tests.e2e.screen import Screen
from tests.waiting import until

pytest_plugins = ["tests.e2e.alert_fixtures", "tests.e2e.iot_box_fixtures"]

INTERVAL_S = 5
SILENT_AFTER_S = 3 * INTERVAL_S
TOLD_WITHIN_S = 60.0
"""After the time that a rule itself takes."""
BOX_DELAY_S = CONNECTION_DELAY_S = 20.0
"""Of the rules as they are shipped."""
FIELDS = [
    "source_name",
    "status",
    "severity",
    "is_suppressed",
    "told_at",
    "cleared_at",
    "duration",
    "duration_text",
    "trigger_count",
]


class MqttGateway:
    """A gateway with one probe: a process that is connected to the broker, which says goodbye in its name."""

    def __init__(self, broker: Broker, probe: Probe) -> None:
        self._probe = probe
        will = ["--will-topic", f"{probe.device}/online", "--will-payload", "false", "--will-qos", "1"]
        address = ["-h", broker.host, "-p", str(broker.port), "-i", probe.device, "-q", "1"]
        self._command = [broker.programs / "mosquitto_pub", *address, "-t", probe.topic, "-l", *will]
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it; it says nothing yet."""
        self._process = subprocess.Popen(guarded(self._command), stdin=subprocess.PIPE, text=True)

    def say(self) -> None:
        """Publish a reading, each another one."""
        assert self._process is not None
        assert self._process.stdin is not None
        number = self._probe.count
        self._probe.count += 1
        payload = self._probe.payload(self._probe.value(number, out=False), datetime.now(timezone.utc))
        self._process.stdin.write(f"{payload.decode()}\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        """kill -9."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(patient(5))
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process = None

    def close(self) -> None:
        """End it if it runs."""
        if self._process is not None:
            self.kill()


@dataclass(eq=False)
class Fault:
    """Something that can be gone.

    :ivar about: type of the alert, and model and id of its source
    :ivar own_s: the time that the rule itself takes
    :ivar people: who is to be told by mail
    :ivar told: seconds until each way of telling: an address, or ``screen``
    """

    about: tuple[str, str, int]
    name: str
    own_s: float
    people: tuple[str, ...]
    kill: Callable[[], object]
    mend: Callable[[], object]
    told: dict[str, float] = field(default_factory=dict)
    killed_at: float = 0.0

    def goes(self) -> None:
        """It is gone, from now on."""
        self.kill()
        self.killed_at = time.monotonic()

    def note(self, way: str) -> None:
        """It has been told this way by now."""
        self.told.setdefault(way, time.monotonic() - self.killed_at)


def alert_of(admin: Rpc, kind: str, model: str, record_id: int) -> dict:
    """The alert of a type about a record, of which there is one at most; empty where there is none."""
    domain = [["alert_type", "=", kind], ["res_model", "=", model], ["res_id", "=", record_id]]
    found = admin.search_read("iot.alert", domain, FIELDS)
    assert len(found) <= 1, f"more than one alert of the same: {found}"
    return found[0] if found else {}


@pytest.fixture
def broker(stack, tmp_path: Path) -> Iterator[Broker]:
    """Another broker than the stack's, to be killed."""
    made = Broker(stack.project, tmp_path / "broker", stack.report)
    made.start()
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture
def probe(admin: Rpc, ingest, make_sensor) -> Fault:
    """A probe that is read over HTTP, on a tank that somebody of the quality is responsible for."""
    [(sensor_id, serial)] = make_sensor(expected_interval=0, name="Probe that is pulled")
    [sensor] = admin.call("fp.tank.sensor", "read", [sensor_id], ["tank_id"])
    [quality] = admin.call("res.users", "search", [("login", "=", "quality")])
    admin.call("fusion.plating.tank", "write", [sensor["tank_id"][0]], {"responsible_id": quality})

    def read() -> None:
        assert ingest.post({"device_serial": serial, "value": 80.0}).status == 200

    read()
    people = ("manager@", "operator@", "quality@")
    about = ("sensor_silent", "fp.tank.sensor", sensor_id)
    return Fault(about, "Probe that is pulled", SILENT_AFTER_S, people, read, read)


@pytest.fixture
def agent(stack, make_sensor, tmp_path: Path) -> Iterator[Fault]:
    """The probe agent on a gateway, with one probe."""
    folder = tmp_path / "agent"
    folder.mkdir()
    name, serial = "Probe of the agent", "28-a1e70000001f"
    # Its probe shows the seconds since the test began.
    limits = {"alert_min_override": -1e6, "alert_max_override": 1e6, "max_jump": 0}
    [(sensor_id, _serial)] = make_sensor(
        expected_interval=0, name=name, device_serial=serial, device_kind="other", **limits
    )
    device = Device(folder, stack.url, stack.token, [serial], interval=1.0)
    about = ("sensor_silent", "fp.tank.sensor", sensor_id)
    device.start()
    try:
        read = f"SELECT 1 FROM fp_tank_reading WHERE sensor_id = {sensor_id} LIMIT 1"
        until(lambda: stack.sql(read), 20, "the agent reports")
        yield Fault(about, name, SILENT_AFTER_S, ("manager@", "operator@"), device.kill, device.start)
    finally:
        device.close()


@pytest.fixture
def gateway(stack, admin: Rpc, line) -> Iterator[tuple[Fault, MqttGateway, int]]:
    """A gateway at the stack's broker, and the sensor of its probe."""
    connection = line.connection()
    probe = line.probe(connection, "shelly", expected_interval=INTERVAL_S)
    admin.call("fp.tank.sensor", "write", [probe.sensor_id], {"expected_interval": 0})
    [device] = admin.call("mqtt.device", "read", [probe.device_id], ["iot_device_id"])
    device_id = device["iot_device_id"][0]
    made = MqttGateway(stack.broker, probe)
    made.start()

    def heard() -> bool:
        made.say()
        return line.stored([probe]) > 0

    try:
        until(heard, 20, "the gateway reports", every=0.5)
        about = ("device_offline", "iot.device", device_id)
        # It is as bad as the silence of its probe, and told to all whom that concerns.
        people = ("manager@", "operator@")
        fault = Fault(about, probe.device, SILENT_AFTER_S, people, made.kill, made.start)
        yield fault, made, probe.sensor_id
    finally:
        made.close()


@pytest.fixture
def box(paired: Box, boxes: Boxes, admin: Rpc) -> Fault:
    """A stock IoT Box."""
    box_id = boxes.only()["id"]
    admin.call("iot.box", "write", [box_id], {"name": "Box that loses its power"})
    about = ("box_offline", "iot.box", box_id)
    return Fault(about, "Box that loses its power", BOX_DELAY_S, ("manager@",), paired.kill, paired.start)


@pytest.fixture
def told_operator(admin: Rpc) -> Iterator[None]:
    """The operator is told of silent sensors, besides those who are told anyway."""
    [operator] = admin.call("res.users", "search", [("login", "=", "operator")])
    rules = admin.call("iot.alert.rule", "search", [("alert_type", "=", "sensor_silent")])
    policy = admin.create(
        "iot.alert.policy",
        {
            "name": "Silent sensors to the operator",
            "tell_responsible": False,
            "user_ids": [(6, 0, [operator])],
            "rule_ids": [(6, 0, rules)],
        },
    )
    yield
    admin.call("iot.alert.policy", "unlink", [policy])


@dataclass(frozen=True)
class Away:
    """A broker that can be killed, with a probe behind it."""

    fault: Fault
    report: Callable[[], object]
    sensor_id: int


@pytest.fixture
def away(broker: Broker, line) -> Away:
    """Another broker than the stack's."""
    name = "Broker that is killed"
    connection = line.connection(port=broker.port, name=name)
    hidden = line.probe(connection, "plain")
    publisher = line.publisher(broker.port)
    line.listening(publisher, [hidden])
    about = ("connection_lost", "mqtt.connection", connection.id)
    people = ("manager@", "operator@")
    fault = Fault(about, name, CONNECTION_DELAY_S, people, lambda: broker.stop(crash=True), broker.start)
    return Away(fault, lambda: publisher.publish_run(hidden, 1), hidden.sensor_id)


def test_what_is_gone_is_told_once_and_is_over_by_itself(
    admin: Rpc,
    probe: Fault,
    agent: Fault,
    gateway: tuple[Fault, MqttGateway, int],
    away: Away,
    box: Fault,
    told_operator: None,
    only: Callable[..., None],
    settle: Callable[[], None],
    mails: MailCatcher,
    screen: Screen,
):
    """A probe, two gateways, a box and a broker are gone at the same time, and come back."""
    gate, mqtt, behind_gate = gateway
    faults = [probe, agent, gate, away.fault, box]
    behind = [("sensor_silent", "fp.tank.sensor", sensor) for sensor in (behind_gate, away.sensor_id)]
    sensors = [probe.about[2], agent.about[2], behind_gate, away.sensor_id]
    sources = {fault.about[1]: [fault.about[2]] for fault in faults}
    only({**sources, "fp.tank.sensor": sensors})
    screen.open("manager")
    until(lambda: screen.bell() == (0, ""), 60, "nothing is the matter")
    settle()
    for report in (probe.mend, mqtt.say, away.report):
        report()
    admin.call("fp.tank.sensor", "write", sensors, {"expected_interval": INTERVAL_S})
    for fault in faults:
        fault.goes()

    wait_until_told(faults, mails, screen)
    opened = {fault: alert_of(admin, *fault.about) for fault in faults}
    assert {alert["status"] for alert in opened.values()} == {"active"}
    for about in behind:
        alert = until(lambda: alert_of(admin, *about), 60, "what is behind it is silent")  # noqa: B023
        assert (alert["is_suppressed"], alert["told_at"]) == (True, False)
    look_at(screen, faults)
    [sensor] = admin.call("fp.tank.sensor", "read", [probe.about[2]], ["status", "alert_level"])
    assert (sensor["status"], sensor["alert_level"]) == ("silent", "critical")
    note = "Somebody pulled the plug"
    assert admin.call("iot.alert", "action_acknowledge", [opened[probe]["id"]], note) is True
    assert alert_of(admin, *probe.about)["status"] == "acknowledged"

    for fault in faults:
        fault.mend()

    def all_are_over() -> bool:
        for report in (probe.mend, mqtt.say, away.report):
            report()
        about = [*(fault.about for fault in faults), *behind]
        return all(alert_of(admin, *each)["status"] == "resolved" for each in about)

    until(all_are_over, TOLD_WITHIN_S, "all of it is over", every=1.0)
    screen.shows("alerts_critical", 0, patient(60))
    until(lambda: screen.bell() == (0, ""), 60, "the bell is silent")
    until(lambda: not screen.messages(), 60, "nothing on the screen says what is over")
    for fault in faults:
        assert_told_once(fault, opened[fault], alert_of(admin, *fault.about), mails, screen)
    assert [alert_of(admin, *about)["told_at"] for about in behind] == [False, False]
    assert screen.browser.trouble() == []


def wait_until_told(faults: list[Fault], mails: MailCatcher, screen: Screen) -> None:
    """All are told by mail and on the screen, none before its time, each within a minute after that."""

    def are_told() -> bool:
        for fault in faults:
            for way in ("screen", *fault.people):
                if screen.told(fault.name) if way == "screen" else mails.to(way, fault.name):
                    fault.note(way)
        return all(len(fault.told) == len(fault.people) + 1 for fault in faults)

    try:
        until(are_told, 120, "all are told by mail and on the screen", every=0.2)
    finally:
        for fault in faults:
            tell(f"{fault.name}: {', '.join(f'{way} {after:.0f} s' for way, after in fault.told.items())}")
    for fault in faults:
        assert min(fault.told.values()) >= fault.own_s - 1, f"before its time: {fault}"
        assert max(fault.told.values()) <= promised(fault.own_s + TOLD_WITHIN_S), f"too late: {fault}"


def look_at(screen: Screen, faults: list[Fault]) -> None:
    """The bell, the Overview and the list behind its number tell of all."""
    screen.shows("alerts_critical", len(faults), patient(60))
    until(lambda: screen.bell() == (len(faults), "critical"), 60, "the bell tells them")
    items = screen.attends()
    assert any(fault.name in item for item in items for fault in faults), items
    rows = screen.behind("alerts_critical")
    assert all(any(fault.name in row for row in rows) for fault in faults), rows


def assert_told_once(fault: Fault, opened: dict, over: dict, mails: MailCatcher, screen: Screen) -> None:
    """It was told to whom it concerns, once each way, and is in the history with its duration."""
    assert over["cleared_at"]
    assert 0 < over["duration"] < time.monotonic() - fault.killed_at
    assert over["duration_text"]
    assert (over["id"], over["trigger_count"], over["told_at"]) == (opened["id"], 1, opened["told_at"])
    assert screen.told(fault.name) == 1, f"{fault.name} was told more than once on the screen"
    told = {person: len(mails.to(person, fault.name)) for person in ("manager@", "operator@", "quality@")}
    assert told == {person: int(person in fault.people) for person in told}, fault.name
