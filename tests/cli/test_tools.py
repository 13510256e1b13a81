"""Interpreters, pins, environments, Odoo's dangling links."""

import re

import pytest

from fusion_cli.project import Project
from fusion_cli.tools import interpreter
from fusion_cli.tools.odoo_source import dangling_links
from fusion_cli.tools.venv import Venv

PINS = Project.here().requirements


@pytest.mark.parametrize("name", ["build.txt", "odoo.txt", "dev.txt"])
def test_every_requirement_is_pinned_once_per_python(name):
    lines = [line for line in (PINS / name).read_text().splitlines() if line and not line.startswith("#")]
    assert lines
    for line in lines:
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[0-9a-z.]+( ; python_version (<|>=) \"3\.\d+\")?", line), line
    assert len({line.lower() for line in lines}) == len(lines)


@pytest.mark.parametrize(
    ("version", "good"),
    [((3, 9), False), ((3, 10), True), ((3, 13), True), ((3, 14), False), ((2, 7), False)],
)
def test_versions_of_python(version, good):
    assert interpreter.supported(version) is good


def test_an_interpreter_that_only_pretends_is_passed_over(tmp_path, monkeypatch):
    for name, script in (("python3.12", "exit 127"), ("python3.11", "echo Python 3 11 /usr/bin/true")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(interpreter, "NAMES", ("python3.12", "python3.11"))
    assert str(interpreter._first([])) == "/usr/bin/true"


def test_an_environment_depends_on_its_pins_and_its_place(tmp_path):
    pins = tmp_path / "pins.txt"
    build = tmp_path / "build.txt"
    pins.write_text("a==1\n")
    build.write_text("b==1\n")

    def key(folder="venv", visible=()):
        return Venv(tmp_path / folder, [pins], build, tmp_path).key(visible)

    first = key()
    assert key() == first
    assert key("other") != first
    assert key(visible=[tmp_path]) != first
    pins.write_text("a==2\n")
    assert key() != first
    assert not Venv(tmp_path / "venv", [pins], build, tmp_path).ready([])


def test_links_that_lead_nowhere(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "bad").symlink_to("../missing")
    (tmp_path / "good").symlink_to("sub")
    assert dangling_links(tmp_path) == [tmp_path / "sub" / "bad"]
