"""`fusion run` for real, in a checkout without addons: it starts, it stops, it leaves nothing behind."""

import json
import os
import shutil
import signal
import subprocess
import urllib.request
from pathlib import Path
from urllib.error import URLError

import pytest

from fusion_cli import dotenv
from fusion_cli.project import Project
from fusion_cli.report import Reporter
from fusion_cli.testing.pace import patient
from fusion_cli.tools import mosquitto, odoo_source
from tests.waiting import until, within

READY = "Ctrl-C here stops everything"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    root = Project.here().root
    copy = tmp_path_factory.mktemp("checkout")
    shutil.copy(root / "fusion", copy / "fusion")
    shutil.copytree(root / "fusion_cli", copy / "fusion_cli", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "mosquitto.acl"):
        shutil.copy(root / name, copy)
    return copy


@pytest.fixture(scope="module")
def env():
    quiet = Reporter(quiet=True)
    python = os.environ.get("FUSION_ODOO_PYTHON") or odoo_source.get(Project.here(), quiet).python
    path = os.pathsep.join([os.environ["PATH"], str(mosquitto.get(Project.here(), quiet).clients)])
    return {**os.environ, "FUSION_ODOO_PYTHON": str(python), "PATH": path}


class Run:
    """A `fusion run` in the background."""

    def __init__(self, checkout, env, *arguments):
        self.checkout = checkout
        self.log = checkout / "run.log"
        with self.log.open("w") as out:
            self.child = subprocess.Popen(
                [checkout / "fusion", "run", "--no-simulator", *arguments], stdout=out, stderr=out, env=env
            )

    def wait_for(self, text, seconds=180):
        def told():
            log = self.log.read_text()
            assert text in log or self.child.poll() is None, log
            return text in log

        until(told, seconds, f"{text} in {self.log}", every=0.1)

    def variables(self):
        return dotenv.parse((self.checkout / ".fusion" / "env").read_text())

    def leaves_nothing_behind(self):
        until(lambda: not processes_of(self.checkout), 20, "no process is left", every=0.1)


def processes_of(folder):
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode("utf-8", "replace").split("\0")
        except OSError:
            continue
        if any(str(folder) in word for word in words) and path.parent.name != str(os.getpid()):
            found.append(" ".join(words))
    return found


def publish(variables, *user):
    """The exit code of `mosquitto_pub`."""
    program = Path(variables["FUSION_MOSQUITTO_BIN"]) / "mosquitto_pub"
    target = ["-h", variables["FUSION_MQTT_HOST"], "-p", variables["FUSION_MQTT_PORT"]]
    done = subprocess.run(
        [program, *target, *user, "-q", "1", "-t", "x", "-m", "1"], capture_output=True, check=False
    )
    return done.returncode


def answers(url):
    with urllib.request.urlopen(url, timeout=patient(10)) as answer:
        return answer.status


def test_from_nothing_to_ctrl_c(checkout, env):
    run = Run(checkout, env)
    run.wait_for(READY)
    variables = run.variables()
    assert answers(variables["FUSION_URL"] + "/web/login") == 200
    assert (variables["FUSION_DB"], variables["FUSION_LOGIN"]) == ("fusion", "admin")
    assert (checkout / ".fusion" / "env").stat().st_mode & 0o077 == 0
    assert publish(variables) == 0
    assert (
        f"  {variables['FUSION_MOSQUITTO_BIN']}/mosquitto_pub -h 127.0.0.1 -p {variables['FUSION_MQTT_PORT']} "
        in run.log.read_text()
    )

    second = subprocess.run(
        [checkout / "fusion", "run"], env=env, capture_output=True, text=True, check=False
    )
    assert second.returncode == 1
    assert f"already running in this checkout (process {run.child.pid})" in second.stderr
    assert answers(variables["FUSION_URL"] + "/web/login") == 200

    psql = [checkout / "fusion", "psql", "--", "-Atc", "select login from res_users where id = 2"]
    assert subprocess.run(psql, env=env, capture_output=True, text=True, check=True).stdout == "admin\n"

    run.child.send_signal(signal.SIGINT)
    assert run.child.wait(patient(30)) == 128 + signal.SIGINT
    run.leaves_nothing_behind()
    assert not (checkout / ".fusion" / "env").exists()


def test_again_quickly_and_killed_without_mercy(checkout, env):
    with within(20, "the second start"):
        run = Run(checkout, env)
        run.wait_for(READY)
    run.child.kill()
    run.child.wait()
    run.leaves_nothing_behind()


def test_after_that_it_starts_and_mends_itself(checkout, env):
    run = Run(checkout, env)
    run.wait_for(READY)
    variables = run.variables()
    url = variables["FUSION_URL"]
    os.kill(int((checkout / ".fusion" / "odoo.pid").read_text()), signal.SIGKILL)
    run.wait_for("Odoo is back")
    os.kill(int((checkout / ".fusion" / "pg" / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
    run.wait_for("PostgreSQL is back")
    os.kill(int((checkout / ".fusion" / "mosquitto.pid").read_text()), signal.SIGKILL)
    run.wait_for("The MQTT broker is back")
    assert publish(variables) == 0
    assert answers(url + "/web/login") == 200
    run.child.send_signal(signal.SIGTERM)
    assert run.child.wait(patient(30)) == 128 + signal.SIGTERM
    run.leaves_nothing_behind()


def test_nothing_is_running_and_psql_still_works(checkout, env):
    psql = [checkout / "fusion", "psql", "--", "-Atc", "select 6 * 7"]
    assert subprocess.run(psql, env=env, capture_output=True, text=True, check=True).stdout == "42\n"
    assert processes_of(checkout) == []


def test_without_a_broker(checkout, env):
    run = Run(checkout, env, "--no-broker")
    run.wait_for(READY)
    assert "MQTT" not in run.log.read_text()
    assert not any("MQTT" in name or "MOSQUITTO" in name for name in run.variables())
    run.child.send_signal(signal.SIGTERM)
    assert run.child.wait(patient(30)) == 128 + signal.SIGTERM


def test_a_broker_that_lets_nobody_in_without_a_user(checkout, env):
    run = Run(checkout, env, "--mqtt-auth")
    run.wait_for(READY)
    variables = run.variables()
    passwords = json.loads(Path(variables["FUSION_MQTT_USERS"]).read_text())
    banner = run.log.read_text()
    assert f"as odoo / {passwords['odoo']}" in banner
    assert f"-u tasmota_A1B2C3 -P {passwords['tasmota_A1B2C3']} " in banner
    assert publish(variables) != 0
    assert publish(variables, "-u", "odoo", "-P", "wrong") != 0
    assert publish(variables, "-u", "odoo", "-P", passwords["odoo"]) == 0
    run.child.send_signal(signal.SIGTERM)
    assert run.child.wait(patient(30)) == 128 + signal.SIGTERM


def test_from_the_network_only_when_asked(checkout, env):
    run = Run(checkout, env, "--no-broker", "--listen", "127.0.0.2")
    run.wait_for(READY)
    url = run.variables()["FUSION_URL"]
    port = url.rpartition(":")[2]
    assert url == f"http://127.0.0.2:{port}"
    assert answers(f"{url}/web/login") == 200
    with pytest.raises(URLError, match="refused"):
        answers(f"http://127.0.0.1:{port}/web/login")
    banner = run.log.read_text()
    assert f"On a tablet   {url}" in banner
    assert "WARNING: any device on this network can reach the web client with these passwords" in banner
    run.child.send_signal(signal.SIGTERM)
    assert run.child.wait(patient(30)) == 128 + signal.SIGTERM


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("tablet", "'tablet' is no IPv4 address"),
        ("192.0.2.99", "192.0.2.99 is not an address of this machine"),
    ],
)
def test_an_address_to_listen_on_that_is_none_of_ours(checkout, env, address, told):
    argv = [checkout / "fusion", "run", "--no-broker", "--listen", address]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)
    assert done.returncode in (1, 2)
    assert told in done.stderr
