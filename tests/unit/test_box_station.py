"""What a box does with its probes, without the client: measure, keep, send for the pairing that it has."""

import ast
import hashlib
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import fusion_iot_core
from fusion_cli.testing.pace import patient, promised
from fusion_iot_core.probe.agent import Agent
from fusion_iot_core.probe.config import Config
from fusion_iot_core.probe.ds18b20 import FAULT
from fusion_iot_core.probe.simulate import w1_slave
from fusion_iot_core.probe.station import PATH, BoxClient, Pairing, Station
from fusion_iot_core.queue.client import NoAnswer
from tests.unit.box_server import BoxServer
from tests.unit.pythons import PYTHONS
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]
HANDLERS = ROOT / "fusion_plating_iot" / "iot_handlers"
CORE = ROOT / "core" / "fusion_iot_core"
IDENTIFIER = "10000000abcdef01"
ONE, TWO = "28-000000000001", "28-000000000002"


@pytest.fixture
def server():
    with BoxServer(IDENTIFIER, hashlib.sha256(b"secret").hexdigest()) as made:
        yield made


@pytest.fixture
def tree(tmp_path):
    path = tmp_path / "devices"
    path.mkdir()
    return path


@pytest.fixture
def make(tmp_path, tree, server):
    made = []

    def station(pairing=None):
        found = Pairing(server.url, "secret", "shop", IDENTIFIER)
        config = Config(
            url="",
            token="",
            bus=str(tree),
            interval=0.1,
            probe_timeout=patient(0.5),
            server_timeout=patient(2),
            store=tmp_path / "kept" / "readings.db",
            clock="system",
        )
        made.append(Station(config, pairing or (lambda: found)))
        made[-1].start()
        return made[-1]

    yield station
    for item in made:
        item.stop()
    until(lambda: not _threads(), 10, "the threads have ended")


def _threads():
    return [thread for thread in threading.enumerate() if thread.name in ("probes", "sender")]


def put(tree, serial, celsius):
    (tree / serial).mkdir(exist_ok=True)
    new = tree / f"new-{serial}"
    new.write_text(w1_slave(celsius))
    new.replace(tree / serial / "w1_slave")


def test_readings_are_signed_and_arrive(make, tree, server):
    put(tree, ONE, 21.5)
    put(tree, TWO, 80.0)
    station = make()
    until(lambda: {(ONE, 21.5), (TWO, 80.0)} <= set(server.values()), 10, "both are there")
    assert station.latest(ONE)[0] == 21.5
    assert 0 <= station.latest(ONE)[1] < promised(5)
    assert station.latest("28-00000000000f") is None
    assert server.refused == 0
    assert server.databases == {"shop"}


def test_what_was_measured_while_the_server_was_away_comes_in_order_and_once(make, tree, server):
    put(tree, ONE, 20.0)
    station = make()
    until(server.values, 10, "it sends")
    server.away = True
    for step in range(1, 6):
        put(tree, ONE, 20.0 + step)
        until(lambda step=step: station.latest(ONE)[0] == 20.0 + step, 10, "it is measured")
    # The power goes, too.
    station.stop()
    until(lambda: not _threads(), 10, "it has ended")
    server.away = False
    put(tree, ONE, 30.0)
    make()
    until(lambda: 30.0 in [value for _serial, value in server.values()], 10, "it catches up")
    values = [value for _serial, value in server.values()]
    assert values == sorted(values)
    assert {20.0, 21.0, 22.0, 23.0, 24.0, 25.0, 30.0} == set(values)
    times = [at for _serial, at, _value in server.stored]
    assert times == sorted(set(times))


def test_a_probe_that_hangs_holds_up_nobody(make, tree, server):
    (tree / ONE).mkdir()
    os.mkfifo(tree / ONE / "w1_slave")
    put(tree, TWO, 50.0)
    station = make()
    until(lambda: (ONE, FAULT) in server.values(), 10, "the server hears of the one that hangs")
    assert (TWO, 50.0) in server.values()
    assert station.latest(ONE)[0] == FAULT
    # Let its thread come back.
    (tree / ONE / "w1_slave").open("w").close()


def test_a_mistake_is_not_the_end(make, tree, server, monkeypatch):
    monkeypatch.setattr("fusion_iot_core.probe.station.AGAIN_S", 0.1)
    run, failed = Agent.run, []

    def fail_once(self):
        if not failed:
            failed.append(True)
            raise RuntimeError("out of luck")
        run(self)

    monkeypatch.setattr(Agent, "run", fail_once)
    put(tree, ONE, 21.5)
    make()
    until(server.values, 10, "it sends after all")


def test_the_address_may_change(server):
    pairings = [None, Pairing(server.url, "secret", "", IDENTIFIER)]
    client = BoxClient(lambda: pairings[0], 2.0)
    with pytest.raises(NoAnswer, match="not paired"):
        client.post([])
    pairings.pop(0)
    assert client.ask_time().headers["date"]
    assert server.paths == [PATH]


def core_files():
    """The parts of the core that a box is sent."""
    places = [CORE / part for part in fusion_iot_core.PORTABLE]
    return [
        path for place in places for path in ([place] if place.is_file() else sorted(place.rglob("*.py")))
    ]


CARRIED = [*sorted(HANDLERS.rglob("*.py")), *core_files()]


@pytest.mark.parametrize("path", CARRIED, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_box_needs_nothing_that_it_has_not(path):
    """The standard library, the client, and what comes in the same archive; grammar of Python 3.9."""
    known = "odoo.addons.iot_drivers."
    ours = known + "iot_handlers.lib.fusion_iot_core."
    sent = set(core_files())
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 9))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = path.parents[node.level - 1].joinpath(*(node.module or "").split("."))
            assert {base.with_suffix(".py"), base / "__init__.py"} & sent, ast.unparse(node)
        names = [node.module] if isinstance(node, ast.ImportFrom) and not node.level else []
        names += [item.name for item in node.names] if isinstance(node, ast.Import) else []
        for name in names:
            if name.startswith(ours):
                assert (CORE / name[len(ours) :].replace(".", "/")).with_suffix(".py") in sent
            else:
                assert name.startswith(known) or name.partition(".")[0] in sys.stdlib_module_names
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("dataclass", "zip"):
            assert not {word.arg for word in node.keywords} & {"slots", "kw_only", "strict"}


@pytest.mark.parametrize("python", PYTHONS.values(), ids=PYTHONS.keys())
def test_what_the_box_is_sent_runs_under_another_name(python, tmp_path):
    """Just those files, as part of a package of the client, with each Python that there is."""
    place = tmp_path / "client" / "lib" / "fusion_iot_core"
    for path in core_files():
        copy = place / path.relative_to(CORE)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    names = [path.relative_to(tmp_path).with_suffix("").parts for path in sorted(place.rglob("*.py"))]
    code = "\n".join(f"import {'.'.join(parts)}" for parts in names if parts[-1] != "__init__")
    done = subprocess.run(
        [python, "-W", "error", "-c", code],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
        capture_output=True,
        text=True,
        timeout=patient(30),
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_no_file_of_the_project_is_a_link():
    """Links are lost in a zip, and on Windows."""
    listed = subprocess.run(
        ["git", "ls-files", "-s"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=patient(30)
    ).stdout
    assert listed
    assert not [line for line in listed.splitlines() if line.startswith("120000")]


def test_the_client_loads_them_on_a_raspberry_pi_only():
    """`get_handlers_files_to_load`: names that end in L are for that, in W for Windows."""
    for folder in ("drivers", "interfaces"):
        names = [path.name for path in (HANDLERS / folder).glob("*.*")]
        assert names == [path.name for path in (HANDLERS / folder).glob("*[!W].*")]
        assert not list((HANDLERS / folder).glob("*[!L].*"))
