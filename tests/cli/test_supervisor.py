"""What ends by itself is started again, later and later, and not for ever."""

from types import SimpleNamespace

import pytest

from fusion_cli.problem import Problem
from fusion_cli.server import supervisor
from fusion_cli.server.supervisor import TRIES, WINDOW, Supervisor, Watched


def test_pauses_grow_and_end(tmp_path):
    service = Watched("x", lambda: False, lambda: None, tmp_path / "log")
    pauses = []
    for _try in range(TRIES):
        pauses.append(service.pause(100.0))
        service.restarts.append(100.0)
    assert pauses == [0.0, 1.0, 3.0, 7.0, 15.0]
    assert service.pause(100.0) is None
    assert service.pause(100.0 + WINDOW + 1) == 0.0


@pytest.fixture
def said():
    return []


@pytest.fixture
def make(tmp_path, monkeypatch, said):
    monkeypatch.setattr(supervisor.time, "sleep", lambda seconds: None)

    def make(essential):
        report = SimpleNamespace(say=said.append, warn=said.append)
        stack = SimpleNamespace(
            server=SimpleNamespace(running=True),
            cluster=SimpleNamespace(running=True, log=tmp_path / "pg.log"),
            broker=None,
            front_door=None,
            start_postgres=None,
            start_odoo=None,
            odoo_log=tmp_path / "odoo.log",
            report=report,
            token="",
        )
        guard = Supervisor(stack, None)
        tries = []

        def restart():
            tries.append(1)
            raise Problem("still broken")

        guard.services = [Watched("It", lambda: False, restart, tmp_path / "log", essential)]
        return guard, tries

    return make


def test_an_essential_service_that_cannot_be_kept_up_ends_the_command(make, said):
    guard, tries = make(essential=True)
    with pytest.raises(Problem, match="given up"):
        guard.watch()
    assert len(tries) == TRIES
    assert "still broken" in " ".join(said)


def test_another_is_given_up_alone(make, said):
    guard, tries = make(essential=False)
    for _beat in range(TRIES + 3):
        for service in guard.services:
            if not service.given_up:
                guard._revive(service)
    assert len(tries) == TRIES
    assert sum("given up" in line for line in said) == 1
