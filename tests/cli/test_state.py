"""The lock, the ports and the clean command."""

import argparse
import os
import socket

import pytest

from fusion_cli import ports
from fusion_cli.commands import clean
from fusion_cli.lock import StateLock, holder
from fusion_cli.problem import Problem
from fusion_cli.project import Project


def test_one_at_a_time(tmp_path):
    with StateLock(tmp_path, "run"):
        assert holder(tmp_path / "lock") == (os.getpid(), "run")
        with (
            pytest.raises(Problem, match=rf"`fusion run` is already running.*{os.getpid()}"),
            StateLock(tmp_path, "x"),
        ):
            pass
    with StateLock(tmp_path, "again"):
        assert holder(tmp_path / "lock")[1] == "again"


def test_a_lock_file_that_a_killed_command_left_does_not_block(tmp_path):
    (tmp_path / "lock").write_text("1 run\n")
    with StateLock(tmp_path, "run"):
        pass


def test_a_port_asked_for_must_be_free(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(Problem, match="is taken"):
            ports.choose(taken.getsockname()[1], tmp_path / "port")


def test_the_last_port_is_used_again_while_it_is_free(tmp_path):
    memory = tmp_path / "port"
    first = ports.choose(0, memory)
    assert ports.choose(0, memory) == first
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", first))
        taken.listen()
        assert ports.choose(0, memory) != first


def test_ports_are_different():
    assert len(set(ports.free(5))) == 5


@pytest.fixture
def state(tmp_path, monkeypatch):
    monkeypatch.setattr(Project, "here", classmethod(lambda cls: Project(tmp_path)))
    state = tmp_path / ".fusion"
    for name in ("odoo", "venv", "mosquitto", "mqtt", "pg", "log"):
        (state / name).mkdir(parents=True)
        (state / name / "file").write_text("x")
    return state


def run_clean(**options):
    return clean.main(argparse.Namespace(**{"all": False, "yes": True, **options}))


def test_clean_keeps_what_was_fetched(state):
    assert run_clean() == 0
    assert sorted(path.name for path in state.iterdir()) == ["lock", "mosquitto", "odoo", "venv"]


def test_clean_all(state):
    assert run_clean(all=True) == 0
    assert not state.exists()
    assert run_clean(all=True) == 0


def test_clean_does_not_pull_the_rug(state):
    with StateLock(state, "run"), pytest.raises(Problem, match="already running"):
        run_clean()
    assert (state / "pg" / "file").exists()


def test_clean_asks(state, monkeypatch):
    with pytest.raises(Problem, match="no terminal"):
        run_clean(yes=False)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda prompt: "n")
    assert run_clean(yes=False) == 1
    assert (state / "pg").exists()
    monkeypatch.setattr("builtins.input", lambda prompt: "y")
    assert run_clean(yes=False) == 0
    assert not (state / "pg").exists()
