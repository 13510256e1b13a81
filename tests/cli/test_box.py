"""What surrounds the stock client of the IoT Box: its configuration, its place among the services, the banner."""

import configparser
import hashlib
import shlex
import stat
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from fusion_cli.banner import banner
from fusion_cli.box import client, conf, pairing, probes, python
from fusion_cli.box.client import BoxClient
from fusion_cli.commands import run
from fusion_cli.problem import Problem
from fusion_cli.project import Project
from fusion_cli.report import Reporter
from fusion_cli.server.supervisor import Supervisor
from fusion_cli.testing.pace import patient

TOKEN = "http://192.168.1.10:8069?token=s%2Fecret&db_uuid=&enterprise_code=&db_name=a%20shop"


@pytest.fixture
def stack(tmp_path):
    """A stack that nothing runs of."""
    return SimpleNamespace(
        project=Project.here(),
        odoo=None,
        state=tmp_path,
        log=tmp_path / "log",
        odoo_log=tmp_path / "log" / "odoo.log",
        env_file=tmp_path / "env",
        addons=[SimpleNamespace(name=pairing.ADDON)],
        report=Reporter(quiet=True),
        url="http://127.0.0.1:1",
        network_urls=[],
        demo_logins=["operator", "quality"],
        demo=True,
        database="fusion",
        login="admin",
        password="admin",
        token="",
        broker=None,
        mqtt_users=None,
        server=SimpleNamespace(running=True),
        cluster=SimpleNamespace(running=True, log=tmp_path / "pg.log"),
        front_door=None,
        start_postgres=None,
        start_odoo=None,
    )


@pytest.fixture
def interpreter(tmp_path, monkeypatch):
    """Stands in for the interpreter of a box: a shell that runs the box's start script."""
    program = tmp_path / "python" / "python"
    program.parent.mkdir()
    program.symlink_to("/bin/sh")
    monkeypatch.setattr(python, "get", lambda *_args: program)
    return program


@pytest.fixture
def box(stack, interpreter):
    made = BoxClient(stack, stack.state / "box", stack.log / "box.log")
    yield made
    made.stop()


def plays(box, script):
    """Let a shell script be what the box runs."""
    (box.root / "bin" / "odoo-bin").write_text(script)


def test_the_pins_are_those_that_the_client_needs():
    lines = (Project.here().requirements / "box.in").read_text().splitlines()
    names = [line.partition("==")[0] for line in lines if not line.startswith("#")]
    assert names == ["netifaces-binary", "schedule"]


def test_a_new_box_belongs_to_nobody(box):
    parser = configparser.RawConfigParser()
    parser.read(box.conf_file)
    options = parser["options"]
    assert parser.sections() == ["options"]
    assert options["server_wide_modules"] == "base,web,iot_drivers"
    assert "addons_path" not in options
    assert options["max_cron_threads"] == "0"
    assert options["http_interface"] == "127.0.0.1"
    assert box.url.endswith(":" + options["http_port"])
    # The client takes the folder above its start script for its own.
    assert (box.root / "bin" / "odoo-bin").read_bytes() == client.SCRIPT.read_bytes()
    assert stat.S_IMODE(box.conf_file.stat().st_mode) == 0o600


def test_further_addons_are_loaded_too(stack, interpreter, tmp_path):
    addon = tmp_path / "more"
    addon.mkdir()
    (addon / "__manifest__.py").write_text("{}")
    box = BoxClient(stack, stack.state / "box", stack.log / "box.log", [addon])
    parser = configparser.RawConfigParser()
    parser.read(box.conf_file)
    assert parser["options"]["server_wide_modules"] == "base,web,iot_drivers,more"
    assert (Path(parser["options"]["addons_path"]) / "more" / "__manifest__.py").exists()


def test_it_is_told_where_its_bus_is(stack, interpreter):
    box = BoxClient(stack, stack.state / "box", stack.log / "box.log", interval=0.5)
    plays(box, "echo $FUSION_W1_DEVICES every $FUSION_PROBE_INTERVAL s\n")
    box.spawn()
    box.child.wait(patient(10))
    assert box.log.read_text() == f"{box.bus} every 0.5 s\n"
    assert not any(box.bus.iterdir())


def test_it_notes_a_token_as_the_client_does(box):
    box.connect(TOKEN)
    found = {key: conf.noted(box.conf_file, key) for key in ("remote_server", "token", "db_name", "db_uuid")}
    assert found == {
        "remote_server": "http://192.168.1.10:8069",
        "token": "s/ecret",
        "db_name": "a shop",
        "db_uuid": "",
    }
    # It leaves out what is empty.
    assert "db_uuid" not in box.conf_file.read_text()
    assert "no-database" in box.conf_file.read_text()


def test_it_starts_anew_each_time(stack, box):
    box.connect(TOKEN)
    (box.root / "data" / "left").touch()
    again = BoxClient(stack, box.root, box.log)
    assert conf.noted(again.conf_file, "token") == ""
    assert not (again.root / "data" / "left").exists()


def test_it_can_do_nothing_as_root(box):
    plays(box, "sudo mtr; echo code $?; command -v sudo\n")
    box.spawn()
    box.child.wait(patient(10))
    assert box.log.read_text() == f"code 1\n{box.programs / 'sudo'}\n"


def test_one_that_ends_at_once_says_why(box):
    plays(box, "echo no such module; exit 3\n")
    box.spawn()
    with pytest.raises(Problem, match="no such module"):
        box.wait_until_ready()


def test_one_that_never_answers_is_given_up(box, monkeypatch):
    monkeypatch.setattr(client, "READY_WITHIN_S", 0.2)
    plays(box, "sleep 60\n")
    box.spawn()
    with pytest.raises(Problem, match="did not answer"):
        box.wait_until_ready()
    box.stop()
    assert not box.running


def test_it_is_watched_and_started_again(stack, box):
    plays(box, "sleep 60\n")
    box.connect(TOKEN)
    before = hashlib.sha256(box.conf_file.read_bytes()).digest()
    guard = Supervisor(stack, None, box)
    service = guard.services[-1]
    assert (service.name, service.log, service.essential) == ("The IoT Box", box.log, False)
    assert not service.running()
    guard._revive(service)
    assert service.running()
    assert hashlib.sha256(box.conf_file.read_bytes()).digest() == before


def test_the_banner_names_its_page_and_its_log(stack, box):
    text = banner(stack, False, 1.0, box)
    assert f"{box.url} (its page; its log: {box.log})" in text
    assert "IoT Box" not in banner(stack, False, 1.0)
    assert "Other logins  operator / operator, quality / quality\n" in text
    assert "WARNING" not in text


@pytest.mark.parametrize("demo", [True, False])
def test_the_banner_names_the_program_that_publishes_by_its_path(stack, tmp_path, monkeypatch, demo):
    program = tmp_path / "mosquitto_pub"
    program.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    broker = SimpleNamespace(host="127.0.0.1", port=1883, programs=tmp_path)
    stack.broker, stack.demo, stack.connected = broker, demo, demo
    assert f"  {program} -h 127.0.0.1 -p 1883 " in banner(stack, False, 1.0)


def test_the_banner_tells_how_to_pull_and_plug_a_probe(stack, box):
    probes.plug(box.bus)
    lines = [line.strip() for line in banner(stack, False, 1.0, box).splitlines()]
    for command in lines:
        if command.startswith(("rm ", "mkdir ")):
            subprocess.run(shlex.split(command), check=True)
    assert sorted(path.name for path in box.bus.iterdir()) == [*probes.SERIALS[:-1], probes.SPARE]
    assert f"Its probes    {box.bus} (a folder each)" in lines


def test_without_the_addon_there_is_nothing_to_pair_with(stack, monkeypatch):
    said = []
    stack.addons = []
    monkeypatch.setattr(stack.report, "warn", said.append)
    assert run.start_box(stack) is None
    assert "no fusion_iot" in said[0]


def test_a_server_that_makes_no_token_stops_nothing_else(stack, interpreter, monkeypatch):
    said = []
    monkeypatch.setattr(stack.report, "warn", said.append)
    assert run.start_box(stack) is None
    assert "makes no token" in said[0]
