"""The program as it is started, with several Pythons: once, checked, simulated, as a service, twice."""

import ast
import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

import fusion_probe_agent
from fusion_cli.testing.pace import patient
from fusion_iot_core.probe.simulate import SERIALS, w1_slave
from tests.unit import agent_file
from tests.unit.agent_cases import KNOWN, TOKEN, FakeClock, FakeServer, HttpServer
from tests.unit.pythons import PYTHONS
from tests.waiting import until

AGENT = Path(__file__).resolve().parents[2] / "agent"
LONGEST_TIMEOUT_S = 300
"""The longest that the agent may be told to wait for its server."""


class RealClock(FakeClock):
    """The server's: it goes on by itself."""

    @property
    def true_ms(self):
        return time.time_ns() // 1_000_000

    @true_ms.setter
    def true_ms(self, value):
        pass


@pytest.fixture
def server():
    with HttpServer(FakeServer(RealClock())) as made:
        yield made


@pytest.fixture
def place(tmp_path, server):
    """A folder with a configuration and a bus of one probe."""
    put(tmp_path, KNOWN[0], 21.5)
    configure(tmp_path, server.url)
    return tmp_path


def put(folder, serial, celsius):
    probe = folder / "devices" / serial
    probe.mkdir(parents=True, exist_ok=True)
    (probe / "w1_slave").write_text(w1_slave(celsius))


def configure(folder, url, token=TOKEN, timeout=None, mode=0o640, more=""):
    path = folder / "agent.ini"
    path.write_text(
        f"[server]\nurl = {url}\ntoken = {token}\ntimeout = {timeout or min(patient(5), LONGEST_TIMEOUT_S)}\n{more}"
        f"[probes]\npath = {folder}/devices\ninterval = 0.1\ntimeout = {min(patient(2), LONGEST_TIMEOUT_S)}\n"
        f"[store]\npath = {folder}/data/readings.db\nmax_megabytes = 1\n"
    )
    path.chmod(mode)


class Program:
    """The agent as one file, run by one Python and with nothing of this project in reach."""

    def __init__(self, file, python):
        self.file, self.python = file, python

    def command(self, folder, *arguments):
        strict = ("-I", "-W", "error::DeprecationWarning")
        return [self.python, *strict, str(self.file), "--config", str(folder / "agent.ini"), *arguments]

    def run(self, folder, *arguments):
        return subprocess.run(
            self.command(folder, *arguments),
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=patient(30),
        )


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return agent_file.make(tmp_path_factory.mktemp("agent"))


@pytest.fixture(params=PYTHONS.values(), ids=PYTHONS.keys())
def program(request, file):
    return Program(file, request.param)


def test_once(place, server, program):
    done = program.run(place, "--once")
    assert (done.returncode, done.stdout) == (0, "")
    assert [(serial, value) for serial, _at, value in server.fake.stored] == [(KNOWN[0], 21.5)]
    assert "1 probes; 0 readings wait; 1 sent" in done.stderr
    assert TOKEN not in done.stderr


def test_once_without_a_server_keeps_it_for_the_next_time(place, server, program):
    configure(place, "http://127.0.0.1:9")
    done = program.run(place, "--once")
    assert done.returncode == os.EX_TEMPFAIL
    assert "cannot be reached: Connection refused. 1 readings wait." in done.stderr
    configure(place, server.url)
    assert program.run(place, "--once").returncode == 0
    assert len(server.fake.stored) == 2


def test_check_finds_nothing_wrong(place, server, program):
    done = program.run(place, "--check")
    assert done.returncode == 0, done.stdout
    assert f"Probe {KNOWN[0]}: 21.5 °C." in done.stdout
    assert "takes readings with this token" in done.stdout
    assert server.fake.stored == []
    assert not (place / "data").exists()


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda place, url: configure(place, url, token="other"), "the token is wrong"),
        (lambda place, url: configure(place, "http://127.0.0.1:9"), "Connection refused"),
        (lambda place, url: configure(place, url + "/sub"), "nothing takes readings"),
        (lambda place, url: configure(place, url.replace("http:", "https:")), "no TLS with"),
        (lambda place, url: (place / "devices").rename(place / "gone"), "dtoverlay=w1-gpio"),
        (lambda place, url: (place / "devices" / KNOWN[0]).rename(place / "gone"), "no probe is there"),
        (lambda place, url: (place / "devices" / KNOWN[0] / "w1_slave").unlink(), "modprobe w1_therm"),
        (lambda place, url: (place / "devices" / KNOWN[0] / "w1_slave").write_text("x"), "no answer"),
    ],
)
def test_check_says_what_is_wrong(place, server, spoil, told, program):
    spoil(place, server.url)
    done = program.run(place, "--check")
    assert told in done.stdout
    assert done.returncode == 1
    assert "WRONG" in done.stdout
    assert "Traceback" not in done.stderr


def test_check_does_not_wait_for_ever(place, program):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        configure(place, f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=1)
        done = program.run(place, "--check")
    assert (done.returncode, done.stderr) == (1, "")
    assert "no answer from 127.0.0.1 within 1 s" in done.stdout


def test_check_notes_a_file_that_all_can_read(place, server, program):
    configure(place, server.url, mode=0o644)
    assert "everybody on this device can read the token" in program.run(place, "--check").stdout


def test_a_wrong_configuration(place, program):
    (place / "agent.ini").write_text("[server]\nurl = x\n")
    done = program.run(place)
    assert (done.returncode, done.stdout) == (os.EX_CONFIG, "")
    assert done.stderr.startswith("[server] url = x: ")


def test_certificates_that_are_none(place, server, program):
    (place / "ca.pem").write_text("none")
    configure(place, "https://127.0.0.1:9", more=f"ca_file = {place}/ca.pem\n")
    done = program.run(place, "--once")
    assert done.returncode == os.EX_CONFIG
    assert "ca_file" in done.stderr


def test_a_wrong_command_line(place, program):
    assert program.run(place, "--sometimes").returncode == os.EX_USAGE


def test_under_systemd(place, server, tmp_path, program):
    """It tells that it is ready, that it lives, and stops when told; the log is as the journal wants it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(tmp_path / "notify"))
        channel.settimeout(patient(10))
        environment = {
            **os.environ,
            "NOTIFY_SOCKET": str(tmp_path / "notify"),
            "WATCHDOG_USEC": "300000",
            "JOURNAL_STREAM": "8:1",
        }
        with subprocess.Popen(
            program.command(place), cwd=place, env=environment, stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                assert channel.recv(4096) == b"READY=1"
                beats = [channel.recv(4096).decode() for _ in range(4)]
                assert all(beat.startswith("WATCHDOG=1\nSTATUS=") for beat in beats)
                assert "1 probes" in beats[-1]
                until(lambda: len(server.fake.stored) > 3, 10, "readings arrive")
                assert program.run(place).returncode == os.EX_TEMPFAIL, "two agents on one store"
                process.send_signal(signal.SIGTERM)
                _out, log = process.communicate(timeout=patient(10))
            finally:
                process.kill()
    assert process.returncode == 0
    assert all(line.startswith(("<4>", "<6>")) for line in log.splitlines())
    assert re.fullmatch(r"<6>Stopped; \d readings wait\.", log.splitlines()[-1])


def test_simulated(place, server, program):
    server.fake.known.update(SERIALS)
    done = program.run(place, "--simulate", "--once")
    assert done.returncode == 0
    assert "made up" in done.stderr
    assert {serial for serial, _at, _value in server.fake.stored} == set(SERIALS)


def test_it_starts_by_itself_and_its_exit_code_is_that_of_the_command(place, file):
    """It tells systemd by it when trying again is no use."""
    configure(place, "http://127.0.0.1:9", token="")
    done = subprocess.run([file, "--config", place / "agent.ini"], capture_output=True, timeout=patient(30))
    assert done.returncode == os.EX_CONFIG


def test_it_tells_its_version(program, place):
    assert program.run(place, "--version").stdout == f"{fusion_probe_agent.__version__}\n"


@pytest.mark.parametrize(
    "path", sorted((AGENT / "fusion_probe_agent").glob("*.py")), ids=lambda path: path.name
)
def test_the_syntax_is_that_of_python_3_9(path):
    """What it runs of the core is checked with what a box is sent."""
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 9))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("dataclass", "zip"):
            assert not {word.arg for word in node.keywords} & {"slots", "kw_only", "strict"}
