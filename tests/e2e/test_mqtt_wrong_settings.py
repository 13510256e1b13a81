"""Settings that cannot work: the form says why, the log says it once, and correcting them is enough."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from fusion_cli import ports
from fusion_cli.broker.broker import Broker
from fusion_cli.broker.configuration import HOST, Listener
from fusion_cli.testing.pace import promised
from tests.certificates import Authority
from tests.waiting import until

EFFECT_S = 5.0
QUIET_S = 10.0
PASSWORD = "correct horse"
WRONG = "battery staple"


@dataclass(frozen=True)
class Guarded:
    """A broker with ports that ask for something, and what they ask for."""

    broker: Broker
    authority: Authority
    stranger: Authority
    port_password: int
    port_tls: int
    port_expired: int
    port_mutual: int
    certificate: str
    key: str

    @property
    def ca(self) -> str:
        return self.authority.certificate.read_text()


@pytest.fixture(scope="module")
def guarded(stack, tmp_path_factory) -> Iterator[Guarded]:
    """Such a broker beside the stack's own."""
    folder = tmp_path_factory.mktemp("certificates")
    authority, stranger = Authority(folder), Authority(folder, "stranger")
    good, expired = authority.issue("broker"), authority.issue("expired", days=(-10, -1))
    client = authority.issue("client")
    passwords = folder / "passwords"
    listeners = [
        Listener(passwords=passwords),
        Listener(certificate=good.certificate, key=good.key),
        Listener(certificate=expired.certificate, key=expired.key),
        Listener(
            certificate=good.certificate,
            key=good.key,
            authority=authority.certificate,
            require_certificate=True,
        ),
    ]
    broker = Broker(stack.project, tmp_path_factory.mktemp("broker"), stack.report, listeners=listeners)
    broker.write_passwords(passwords, {"odoo": PASSWORD})
    broker.start()
    try:
        texts = [Path(path).read_text() for path in (client.certificate, client.key)]
        yield Guarded(broker, authority, stranger, *broker.listener_ports, *texts)
    finally:
        broker.stop()


@pytest.fixture
def mute() -> Iterator[int]:
    """The port of somebody who takes connections and never says a word."""
    with socket.create_server((HOST, 0)) as listener:
        yield listener.getsockname()[1]


def test_every_wrong_setting_is_told_once_and_corrected_at_once(line, guarded, mute, odoo_log):
    plain = guarded.broker.port
    tls = {"tls": True, "port": guarded.port_tls, "ca_certificate": guarded.ca}
    key = {"client_certificate": guarded.certificate, "client_key": guarded.key}
    user = {"port": guarded.port_password, "username": "odoo", "password": PASSWORD}
    mutual = {**tls, "port": guarded.port_mutual}
    # what is wrong: the settings, the state, what is said, the correction
    cases = {
        "password": (
            {**user, "password": WRONG},
            "failed",
            "user name or the password",
            {"password": PASSWORD},
        ),
        "user": ({**user, "username": "nobody"}, "failed", "user name or the password", {"username": "odoo"}),
        "anonymous": ({**user, "username": ""}, "failed", r"user|authorized", {"username": "odoo"}),
        "authority": (
            {**tls, "ca_certificate": guarded.stranger.certificate.read_text()},
            "failed",
            "not trusted.*CA certificate",
            {"ca_certificate": guarded.ca},
        ),
        "no authority": (
            {**tls, "ca_certificate": ""},
            "failed",
            "not trusted",
            {"ca_certificate": guarded.ca},
        ),
        "expired": (
            {**tls, "port": guarded.port_expired},
            "failed",
            "certificate has expired",
            {"port": guarded.port_tls},
        ),
        "name": ({**tls, "host": "localhost"}, "failed", "not for localhost", {"host": HOST}),
        "client": (mutual, "failed|retrying", "client certificate", key),
        "host": (
            {"port": plain, "host": "nosuch.invalid"},
            "failed",
            "nosuch.invalid is not known",
            {"host": HOST},
        ),
        "long": (
            {"port": plain, "host": "a" * 70 + ".test"},
            "failed",
            "cannot be the name of a host",
            {"host": HOST},
        ),
        "port": ({"port": ports.free(1)[0]}, "retrying", "Nothing accepts connections", {"port": plain}),
        "tls": ({**tls, "port": plain}, "failed|retrying", "does not speak TLS", {"tls": False}),
        "no tls": ({**tls, "tls": False}, "failed|retrying", "expects TLS", {"tls": True}),
        "mute": ({"port": mute}, "retrying", "No answer", {"port": plain}),
    }
    with odoo_log.lines() as lines:
        made = {}
        for name, (values, *_rest) in cases.items():
            made[name] = line.connection(start=False, **{"host": HOST, "port": plain, **values})
            made[name].start()
        for name, (_values, state, said, _correction) in cases.items():
            connection = made[name]
            until(lambda: connection.worker().last_error, 25, f"{name} is told")  # noqa: B023
            worker = connection.worker()
            assert re.search(said, worker.last_error), f"{name}: {worker}"
            # Between two attempts, or in the middle of the next one.
            until(lambda: re.fullmatch(state, connection.worker().state), 25, f"{name} is {state}")  # noqa: B023
        time.sleep(QUIET_S)
        for name, connection in made.items():
            assert 1 <= len(lines(connection.name)) <= 2, (name, lines(connection.name))
        assert not lines("Traceback")
        assert len(lines("runtime")) < 2 * len(cases)
        (row,) = line.admin.search_read(
            "mqtt.connection", [["id", "=", made["expired"].id]], ["state", "last_error", "last_error_at"]
        )
        assert row["state"] == "failed"
        assert row["last_error"]
        assert row["last_error_at"]

        corrected = {}
        for name, (*_rest, correction) in cases.items():
            made[name].write(**correction)
            corrected[name] = datetime.now(timezone.utc).replace(tzinfo=None)
        for name, moment in corrected.items():
            since = datetime.fromisoformat(made[name].wait_for("connected").connected_since)
            assert since - moment <= timedelta(seconds=promised(EFFECT_S)), name
        for secret in (PASSWORD, WRONG, "PRIVATE KEY"):
            assert not lines(secret)

    probes = [line.probe(made[name]) for name in ("password", "client")]
    publisher = line.publisher(plain)
    line.listening(publisher, probes)
    for probe in probes:
        publisher.publish_run(probe, 50)
    line.settle()
