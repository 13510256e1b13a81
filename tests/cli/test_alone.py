"""The check of addons alone: what the later checks need is prepared meanwhile."""

import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from fusion_cli.checks import alone
from fusion_cli.problem import Problem
from fusion_cli.process import ENDING
from fusion_cli.report import Step
from fusion_cli.testing.pace import patient


class Databases:
    """In the place of what makes databases: an install takes until the suite is being prepared."""

    def __init__(self, log: Path, trouble: BaseException | None = None) -> None:
        self.begun, self.installed = threading.Event(), threading.Event()
        self.log, self.trouble = log, trouble
        self.prepared = False

    def base(self) -> str:
        return "base"

    def suite(self) -> str:
        self.begun.set()
        assert self.installed.wait(patient(10))
        if self.trouble:
            raise self.trouble
        self.prepared = True
        return "suite"

    def copy(self, *_names: str) -> None:
        pass

    drop = copy

    def load(self, *_arguments: object, **_options: object) -> Path:
        assert self.begun.wait(patient(10)), "nothing is prepared meanwhile"
        self.installed.set()
        return self.log


def run(made: Databases, monkeypatch) -> alone.Outcome | None:
    monkeypatch.setattr(alone, "Templates", lambda _provision: made)
    addon = SimpleNamespace(name="fusion_x", depends=[])
    stack = SimpleNamespace(open=lambda: None, provision=made)
    selection = SimpleNamespace(part=lambda _name: ["fusion_x"])
    return alone.CHECK.run(SimpleNamespace(addons=[addon], selection=selection, stack=stack), Step("alone"))


@pytest.fixture
def log(tmp_path) -> Path:
    path = tmp_path / "alone.log"
    path.touch()
    return path


def test_the_database_with_the_suite_is_prepared_meanwhile(log, monkeypatch):
    made = Databases(log)
    assert run(made, monkeypatch).passed == 1
    assert made.prepared


def test_what_goes_wrong_there_is_told_by_those_that_need_it(log, monkeypatch):
    outcome = run(Databases(log, Problem("no room")), monkeypatch)
    assert (outcome.passed, outcome.failed) == (1, 0)


@pytest.mark.parametrize(("trouble", "ends"), [(Problem("broken"), False), (KeyboardInterrupt(), True)])
def test_only_who_ends_the_command_ends_what_is_prepared(log, monkeypatch, trouble, ends):
    made = Databases(log)

    def load(*_arguments: object, **_options: object) -> Path:
        made.installed.set()
        raise trouble

    monkeypatch.setattr(made, "load", load)
    try:
        with pytest.raises(type(trouble)):
            run(made, monkeypatch)
        assert ENDING.is_set() is ends
    finally:
        ENDING.clear()
