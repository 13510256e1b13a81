"""Senders of one byte now and then: they have no connection to the database, and no thread for ever."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from urllib.parse import urlsplit

from fusion_cli.ledger.probe import MAKES
from fusion_cli.testing.pace import patient
from fusion_cli.web import Client
from tests.e2e.client import Ingest
from tests.e2e.mqtt_servers import Server
from tests.waiting import until

SENDERS = 100
ANSWERED_WITHIN_S = 45.0
DEVICES = (
    *("/fp/iot/ingest", "/fp/iot/ingest/", "/fp/iot/box/ingest", "/iot/setup", "/iot/log"),
    "/iot/keyboard_layouts",
)


class Slow:
    """Sockets that send the head of a request, and then a byte of its body a second.

    `again`: who is answered begins anew.
    """

    def __init__(
        self, url: str, paths: tuple[str, ...], count: int, content_type: str, again: bool = False
    ) -> None:
        self._parts, self._paths, self._type, self._again = urlsplit(url), paths, content_type, again
        self._stop = threading.Event()
        self.sockets = [self._begin(number) for number in range(count)]
        self._thread = threading.Thread(target=self._trickle, daemon=True)

    def __enter__(self) -> Slow:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join(patient(10))
        for made in self.sockets:
            made.close()

    def _begin(self, number: int) -> socket.socket:
        made = socket.create_connection((self._parts.hostname, self._parts.port), patient(30))
        made.settimeout(patient(90))
        head = (
            f"POST {self._paths[number % len(self._paths)]} HTTP/1.1\r\nHost: {self._parts.netloc}\r\n"
            f"Content-Type: {self._type}\r\nContent-Length: 60000\r\n\r\n"
        )
        made.sendall(head.encode())
        return made

    def _trickle(self) -> None:
        while not self._stop.wait(1.0):
            for number, made in enumerate(self.sockets):
                try:
                    made.send(b" ")
                except OSError:  # it was answered, and closed
                    if self._again:
                        made.close()
                        self.sockets[number] = self._begin(number)


def head_of(made: socket.socket) -> bytes:
    """The answer as far as it came, until the end."""
    found = b""
    with contextlib.suppress(OSError):
        while part := made.recv(65536):
            found += part
    return found


def connections(stack) -> int:
    """How many the server has to its database, the one that asks not counted."""
    return int(
        stack.sql(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid != pg_backend_pid()"
        )[0][0]
    )


def test_a_hundred_slow_devices_stop_nobody(stack, line, ingest, sensor):
    connection = line.connection()
    probes = [line.probe(connection, make) for make in MAKES]
    publisher = line.publisher()
    line.listening(publisher, probes)
    before = connections(stack)
    with Slow(stack.url, DEVICES, SENDERS, "application/json") as slow:
        time.sleep(3)
        assert connections(stack) < before + 20, "slow senders have connections to the database"
        assert Client(stack.url).answers("/web/login", patient(30))
        assert ingest.post({"device_serial": sensor[1], "value": 80.0}).status == 200
        for probe in probes:
            publisher.publish_run(probe, 20)
        line.settle()
        assert connections(stack) < before + 20
        began = time.monotonic()
        answers = [head_of(made) for made in slow.sockets]
        assert time.monotonic() - began < patient(ANSWERED_WITHIN_S)
    for answer in answers:
        assert answer.startswith((b"HTTP/1.0 408", b"HTTP/1.1 408")), answer[:200]
        assert b"application/json" in answer
        assert b'"error": "too_slow"' in answer


def test_a_pool_without_a_free_connection_does_not_stop_mqtt(stack, line, odoo_log):
    """Forms of a browser are read by Odoo itself, which has a connection by then: the web is out of connections."""
    connection = line.connection()
    probes = [line.probe(connection, make) for make in MAKES]
    publisher = line.publisher()
    line.listening(publisher, probes)
    form = "application/x-www-form-urlencoded"
    with odoo_log.lines() as lines, Slow(stack.url, ("/web/login",), 80, form, again=True):
        until(lambda: connections(stack) >= 64, 30, "the pool of the web is used up")
        worker = connection.worker()
        for probe in probes:
            publisher.publish_run(probe, 50)
        line.settle()
        assert connections(stack) >= 64, "the web had its connections back before the end"
        assert connection.worker().epoch == worker.epoch
        assert not lines("odoo.addons.fusion_iot"), lines("odoo.addons.fusion_iot")
    until(lambda: Client(stack.url).answers("/web/login"), 30, "the web has its connections back")


def test_worker_processes_are_free_again(stack, sensor):
    """A worker does one thing at a time, and waits for a slow body: half a minute, not for ever."""
    server = Server(stack, "slow", workers=2, env={"FUSION_IOT_RUNTIME": "off"})
    try:
        server.start()
        with Slow(server.url, ("/fp/iot/ingest",), 2, "application/json") as slow:
            answers = [head_of(made) for made in slow.sockets]
        for answer in answers:
            assert answer.startswith((b"HTTP/1.0 408", b"HTTP/1.1 408")), answer[:200]
            assert b'"error": "too_slow"' in answer
        posted = Ingest(server.url, stack.token).post({"device_serial": sensor[1], "value": 80.0})
        assert posted.status == 200
    finally:
        server.stop()
    assert not server.problems(), server.problems()
