"""A real Mosquitto of our own: started, crashed, restarted, with what it keeps for those who are away."""

import os
import queue
import shutil
import signal
import ssl
import subprocess
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from fusion_cli import ports
from fusion_cli.broker import broker as broker_module
from fusion_cli.broker.broker import Broker
from fusion_cli.broker.configuration import Listener
from fusion_cli.problem import Problem
from fusion_cli.process import alive
from fusion_cli.project import Project
from fusion_cli.report import Reporter
from fusion_cli.testing.pace import patient
from tests.certificates import Authority
from tests.waiting import accepts, until

QUIET = Reporter(quiet=True)


def make(state, **options):
    return Broker(Project.here(), state, QUIET, **options)


@pytest.fixture
def broker(tmp_path):
    broker = make(tmp_path / "a state")
    broker.state.mkdir()
    broker.start()
    yield broker
    broker.stop()


class Client:
    """A paho client with a stable identity, which the broker keeps messages for while it is away."""

    def __init__(self, name, port, *, user=None, tls=None, clean=False, patience=10):
        self.got = queue.Queue()
        self.refused = None
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, clean_session=clean)
        self._client.on_message = lambda client, data, message: self.got.put(
            (message.topic, message.payload, message.retain)
        )
        self._client.on_connect = self._connected
        if user:
            self._client.username_pw_set(*user)
        if tls:
            self._client.tls_set_context(tls)
        self._answers = queue.Queue()
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        reason = self._answers.get(timeout=patient(patience))
        if reason.is_failure:
            self.refused = str(reason)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._client.disconnect()
        self._client.loop_stop()

    def subscribe(self, topic):
        answered = queue.Queue()
        self._client.on_subscribe = lambda *arguments: answered.put(1)
        self._client.subscribe(topic, qos=1)
        answered.get(timeout=patient(10))

    def publish(self, topic, payload, retain=False):
        self._client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(patient(10))

    def _connected(self, client, data, flags, reason, properties):
        self._answers.put(reason)


def away(broker, name="odoo", topic="#"):
    """A client that subscribed and went away."""
    with Client(name, broker.port) as client:
        client.subscribe(topic)


def kept(broker, count, name="odoo"):
    """What comes when it is back."""
    with Client(name, broker.port) as client:
        return [client.got.get(timeout=patient(10))[1] for _message in range(count)]


def test_a_message_gets_through_with_the_clients_of_mosquitto(broker):
    target = ["-h", broker.host, "-p", str(broker.port)]
    with Client("listener", broker.port) as client:
        client.subscribe("a/+")
        publish = [broker.programs / "mosquitto_pub", *target, "-q", "1", "-t", "a/b", "-m", "hello"]
        subprocess.run(publish, check=True)
        assert client.got.get(timeout=patient(10)) == ("a/b", b"hello", False)


def test_nobody_but_this_machine_reaches_it(broker):
    sockets = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    listening = [fields[1] for fields in sockets if fields[3] == "0A"]
    assert [address for address in listening if address.endswith(f":{broker.port:04X}")] == [
        f"0100007F:{broker.port:04X}"
    ]


def test_what_it_keeps_is_for_its_owner_only(broker):
    broker.save()
    assert broker.data.stat().st_mode & 0o077 == 0


def test_the_port_and_all_messages_survive_a_clean_end(broker):
    port = broker.port
    away(broker)
    with Client("device", port) as device:
        for number in range(3000):
            device._client.publish("x", str(number), qos=1)
        device.publish("x", "3000")
        device.publish("state", "on", retain=True)
    broker.stop()
    again = make(broker.state)
    again.start()
    try:
        assert again.port == port
        assert kept(again, 3002) == [*(str(number).encode() for number in range(3001)), b"on"]
        with Client("newcomer", port, clean=True) as client:
            client.subscribe("state")
            assert client.got.get(timeout=patient(10)) == ("state", b"on", True)
    finally:
        again.stop()


def test_what_was_saved_survives_a_crash(broker):
    away(broker)
    with Client("device", broker.port) as device:
        device.publish("x", "1")
        broker.save()
    pid = broker.child.pid
    broker.restart(crash=True)
    assert broker.child.pid != pid
    assert kept(broker, 1) == [b"1"]


def test_the_log_tells_who_came_at_once_and_not_each_time_it_saves(broker):
    broker.save()
    with Client("somebody", broker.port):
        assert "New client connected" in broker.log.read_text()
    assert "Saving" not in broker.log.read_text()


def test_it_saves_by_itself_every_few_seconds(broker):
    away(broker)
    with Client("device", broker.port) as device:
        device.publish("x", "1")
    before = broker._written()
    until(lambda: broker._written() != before, 7, "it has saved")
    broker.restart(crash=True)
    assert kept(broker, 1) == [b"1"]


def test_a_message_of_a_mebibyte_passes(broker):
    with Client("listener", broker.port) as client:
        client.subscribe("big")
        client.publish("big", b"x" * (1 << 20))
        assert len(client.got.get(timeout=patient(10))[1]) == 1 << 20


def test_one_that_ended_is_seen_and_comes_back_on_its_port(broker):
    port = broker.port
    os.kill(int(broker.pidfile.read_text()), signal.SIGKILL)
    until(lambda: not broker.running, 10, "its end is seen")
    broker.start()
    assert (broker.running, broker.port) == (True, port)
    broker.stop()
    assert not broker.running
    assert not broker.accepts
    assert not broker.pidfile.exists()


def test_a_broker_that_was_left_behind_is_taken_over(broker):
    old = broker.child
    broker.child = None
    broker.start()
    assert old.wait(patient(10)) == 0
    assert broker.running


def test_a_process_id_that_lies_does_no_harm(broker):
    broker.stop()
    broker.pidfile.write_text(f"{os.getpid()}\n")
    broker.start()
    assert alive(os.getpid())
    assert broker.running


def test_a_port_that_somebody_else_took_is_told(broker, tmp_path):
    broker.stop()
    other = make(tmp_path / "other", listeners=[Listener(port=broker.port)])
    other.state.mkdir()
    other.start()
    try:
        with pytest.raises(Problem, match=f"port {broker.port} is taken"):
            broker.start()
    finally:
        other.stop()


def test_a_mistake_in_further_lines_is_told(tmp_path):
    broken = make(tmp_path, lines=["no_such_setting 1"])
    with pytest.raises(Problem, match="no_such_setting") as caught:
        broken.start()
    assert caught.value.log == broken.log
    assert not broken.running


def test_passwords_are_no_arguments(tmp_path, monkeypatch):
    seen, run = [], broker_module.run

    def noting(argv, *more, **named):
        seen.append(argv)
        return run(argv, *more, **named)

    monkeypatch.setattr(broker_module, "run", noting)
    passwords = tmp_path / "passwords"
    make(tmp_path).write_passwords(passwords, {"odoo": "s3cret-1", "device": "s3cret:2 $7$"})
    assert seen
    assert "s3cret" not in str(seen)
    stored = passwords.read_text("utf-8")
    assert [line.split(":")[0] for line in stored.splitlines()] == ["odoo", "device"]
    assert "s3cret" not in stored
    assert passwords.stat().st_mode & 0o777 == 0o600


def test_a_listener_with_passwords(tmp_path):
    passwords = tmp_path / "passwords"
    guarded = make(tmp_path, listeners=[Listener(passwords=passwords)])
    guarded.write_passwords(passwords, {"odoo": "secret", "device": "other secret"})
    guarded.start()
    try:
        (port,) = guarded.listener_ports
        for user in (("odoo", "secret"), ("device", "other secret")):
            with Client("x", port, user=user) as client:
                assert client.refused is None
        for user in (("odoo", "wrong"), None):
            with Client("x", port, user=user) as client:
                assert client.refused == "Not authorized"
        with Client("x", guarded.port) as client:
            assert client.refused is None
        guarded.restart()
        assert guarded.listener_ports == [port]
    finally:
        guarded.stop()


def test_listeners_with_certificates(tmp_path):
    authority, stranger = Authority(tmp_path), Authority(tmp_path, "stranger")
    server, expired = authority.issue("server"), authority.issue("expired", days=(-2, -1))
    device = authority.issue("device")
    secured = make(
        tmp_path,
        listeners=[
            Listener(certificate=server.certificate, key=server.key),
            Listener(certificate=expired.certificate, key=expired.key),
            Listener(
                certificate=server.certificate,
                key=server.key,
                authority=authority.certificate,
                require_certificate=True,
            ),
        ],
    )
    secured.start()

    def trusting(whom):
        return ssl.create_default_context(cafile=whom.certificate)

    try:
        plain, old, mutual = secured.listener_ports
        with Client("x", plain, tls=trusting(authority)) as client:
            assert client.refused is None
        with pytest.raises(ssl.SSLCertVerificationError, match=r"self-signed|unable to get local issuer"):
            Client("x", plain, tls=trusting(stranger))
        with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
            Client("x", old, tls=trusting(authority))
        context = trusting(authority)
        context.load_cert_chain(device.certificate, device.key)
        with Client("x", mutual, tls=context) as client:
            assert client.refused is None
        with pytest.raises((queue.Empty, OSError)):
            Client("x", mutual, tls=trusting(authority), patience=1)
    finally:
        secured.stop()


def test_a_copy_of_the_programs_runs_where_it_is_put(broker, tmp_path):
    if broker.programs.parent.name != "mosquitto":
        return  # the machine's own, which stays where it is
    copy = tmp_path / "elsewhere"
    shutil.copytree(broker.programs.parent, copy, symlinks=True)
    port = str(broker.port)
    publish = [copy / "bin" / "mosquitto_pub", "-h", "127.0.0.1", "-p", port, "-t", "x", "-m", "it's $HOME"]
    subprocess.run(publish, check=True)


def test_ports_are_chosen_once(tmp_path):
    fixed = ports.free(1)[0]
    some = make(tmp_path, listeners=[Listener(port=fixed), Listener()])
    assert (some.port, some.listener_ports) == (0, [])
    some.start()
    chosen = (some.port, some.listener_ports)
    some.restart()
    some.stop()
    assert (some.port, some.listener_ports) == chosen
    assert chosen[1][0] == fixed
    assert len({chosen[0], *chosen[1]}) == 3


def test_the_configuration_for_production_is_one_that_mosquitto_takes(tmp_path, broker):
    """That of docker-compose.yml, with paths and port of the test."""
    passwords = tmp_path / "passwords"
    broker.write_passwords(passwords, {"odoo": "secret"})
    (port,) = ports.free(1)
    text = (Project.here().root / "mosquitto.conf").read_text(encoding="utf-8")
    assert text.count("/mosquitto/data/") == 2
    text = text.replace("/mosquitto/data/", f"{tmp_path}/").replace(
        "listener 1883", f"listener {port} 127.0.0.1"
    )
    config = tmp_path / "production.conf"
    config.write_text(text + ("user root\n" if os.geteuid() == 0 else ""), encoding="utf-8")
    child = subprocess.Popen([broker.mosquitto.server, "-c", config], stdout=subprocess.PIPE)
    try:
        until(lambda: accepts(port), 10, "it accepts connections")
        with Client("odoo", port, user=("odoo", "secret")) as client:
            assert client.refused is None
        with Client("odoo", port) as client:
            assert client.refused == "Not authorized"
    finally:
        child.terminate()
        child.communicate(timeout=patient(10))
    assert (tmp_path / "mosquitto.db").exists()
