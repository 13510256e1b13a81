"""What is tried with a broker of another make: each quality of service, its restart, ours, a wrong setting."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from paho.mqtt.client import Client, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from ...ledger.entry import Entry
from ...ledger.line import Connection, Line
from ...ledger.probe import Probe
from ...testing.waiting import until
from ..figure import Figure
from .other import HOST, PASSWORD, USER

EACH = 30
AFTERWARDS = 20
UNDER_WAY = 300
WAIT_S = 60.0
QUIET_S = 3.0
VERSIONS = {"3.1.1": MQTTProtocolVersion.MQTTv311, "5": MQTTProtocolVersion.MQTTv5}
WORKING = "connected"


class Tried(Protocol):
    """A broker to try; see `OtherBroker`."""

    name: str
    version: str
    other: str

    @property
    def port(self) -> int:
        """Where it takes connections of `USER`."""

    def start(self) -> None:
        """Start it."""

    def stop(self) -> None:
        """Stop it in good order."""


class Trial:
    """One broker that is up, one connection of the server to it, and one probe without a time of its own."""

    def __init__(self, broker: Tried, line: Line, say: Callable[[str], None]) -> None:
        self.broker, self.line, self.say = broker, line, say
        self.connection = self._connect(broker.version, PASSWORD)
        self.connection.wait_for(WORKING, WAIT_S)
        self.probe: Probe = line.probe(self.connection, "plain")
        self.client = Client(
            CallbackAPIVersion.VERSION2, client_id="fusion-trial", protocol=VERSIONS[broker.version]
        )
        self.client.username_pw_set(USER, PASSWORD)
        self.client.reconnect_delay_set(1, 1)
        self.client.connect(HOST, broker.port)
        self.client.loop_start()
        until(self._is_heard, WAIT_S, f"the server hears what {broker.name} is sent", every=0.5)

    def close(self) -> None:
        """Let go of the broker."""
        self.client.disconnect()
        self.client.loop_stop()
        self.connection.stop()

    def run(self) -> list[Figure]:
        """All of it, in one go."""
        figures = [self._served(qos) for qos in (0, 1, 2)]
        figures += self._restarted()
        figures += self._killed()
        self._said("wrong password", self._connect(self.broker.version, "wrong"))
        self._said(f"MQTT {self.broker.other}", self._connect(self.broker.other, PASSWORD))
        return figures

    def _served(self, qos: int) -> Figure:
        sent = [self._publish(qos) for _message in range(EACH)]
        return self._figure(f"stored of {EACH} at QoS {qos}", sent, EACH)

    def _restarted(self) -> list[Figure]:
        self.broker.stop()
        self.connection.wait_for("retrying", WAIT_S)
        self.broker.start()
        back = time.monotonic()
        self.connection.wait_for(WORKING, WAIT_S)
        seconds = time.monotonic() - back
        until(self.client.is_connected, WAIT_S, "the publisher is back")
        until(self._is_heard, WAIT_S, "the server hears it again", every=0.5)
        sent = [self._publish(1) for _message in range(AFTERWARDS)]
        return [
            Figure(f"{self.broker.name}: connected after its restart", seconds, "s"),
            self._figure(f"stored of {AFTERWARDS} after its restart", sent, AFTERWARDS),
        ]

    def _killed(self) -> list[Figure]:
        """The server is killed with messages in flight."""
        sent = []
        for number in range(UNDER_WAY):
            sent.append(self._publish(1))
            if number == UNDER_WAY // 3:
                self.line.stack.kill_odoo()
        for _entry, info in sent:
            info.wait_for_publish(WAIT_S)
        began = time.monotonic()
        self.line.stack.start_odoo()
        stored = self._stored(sent)
        seconds = time.monotonic() - began
        name = self.broker.name
        twice = sum(self._count(entry) > 1 for entry, _info in sent)
        return [
            Figure(f"{name}: stored of {UNDER_WAY} with the server killed", stored, "readings", UNDER_WAY),
            Figure(f"{name}: all there after its start, which takes a part", seconds, "s"),
            Figure(f"{name}: of those stored twice", twice, "readings", goal=0, at_most=True),
        ]

    def _said(self, what: str, connection: Connection) -> None:
        """Tell what the form says where a setting is wrong, or works after all."""
        with suppress(AssertionError):
            until(lambda: self._state(connection) in (WORKING, "failed", "retrying"), WAIT_S, what)
        worker = connection.worker()
        told = f"{worker.state}. {worker.last_error}" if worker else "no answer"
        self.say(f"{self.broker.name}, {what}: {told}")
        connection.stop()

    def _state(self, connection: Connection) -> str:
        worker = connection.worker()
        return worker.state if worker else ""

    def _connect(self, version: str, password: str) -> Connection:
        values: dict[str, Any] = {
            "port": self.broker.port,
            "protocol_version": version,
            "username": USER,
            "password": password,
        }
        made = self.line.connection(start=False, **values)
        made.start()
        return made

    def _publish(self, qos: int) -> tuple[Entry, MQTTMessageInfo]:
        entry = self.line.ledger.note(self.probe, out=False)
        entry.sent = 1
        return entry, self.client.publish(entry.topic, entry.payload, qos)

    def _is_heard(self) -> bool:
        entry, info = self._publish(1)
        with suppress(RuntimeError, ValueError):
            info.wait_for_publish(5)
        with suppress(AssertionError):
            return bool(until(lambda: self._count(entry), 0.5, "it is stored"))
        return False

    def _figure(self, what: str, sent: list[tuple[Entry, MQTTMessageInfo]], goal: int) -> Figure:
        for _entry, info in sent:
            info.wait_for_publish(WAIT_S)
        return Figure(f"{self.broker.name}: {what}", self._stored(sent), "readings", goal)

    def _stored(self, sent: list[tuple[Entry, MQTTMessageInfo]]) -> int:
        """How many are stored, when all are or nothing more comes."""
        values = ", ".join(f"{entry.value!r}::float8" for entry, _info in sent)
        query = (
            "SELECT count(DISTINCT value) FROM fp_tank_reading "
            f"WHERE sensor_id = {self.probe.sensor_id} AND value IN ({values})"
        )
        found, moved = 0, time.monotonic()
        while found < len(sent) and time.monotonic() - moved < WAIT_S:
            now = int(self.line.stack.sql(query)[0][0])
            if now != found:
                found, moved = now, time.monotonic()
            time.sleep(0.1)
        return found

    def _count(self, entry: Entry) -> int:
        query = f"SELECT count(*) FROM fp_tank_reading WHERE sensor_id = {self.probe.sensor_id} AND value = "
        return int(self.line.stack.sql(f"{query}{entry.value!r}::float8")[0][0])
