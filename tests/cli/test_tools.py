"""Interpreters, pins, environments, Odoo's dangling links."""

import hashlib
import re
import sys
import zipfile
from pathlib import Path

import pytest

from fusion_cli.problem import Problem
from fusion_cli.process import output_of
from fusion_cli.project import Project
from fusion_cli.report import Reporter
from fusion_cli.testing.pace import patient
from fusion_cli.tools import interpreter
from fusion_cli.tools.odoo_source import dangling_links
from fusion_cli.tools.venv import Venv

PINS = Project.here().requirements


PIN = re.compile(r"([A-Za-z0-9._-]+)==([0-9a-z.]+)(?: ; python_(?:full_)?version (<|>=) [\"'](3\.\d+)[\"'])?")
HASHES = re.compile(r"(?: \\\n    --hash=sha256:[0-9a-f]{64})+")


def normalised(pin):
    """Name, version, and the Pythons it is for, of a match of `PIN`."""
    name, version, *pythons = pin.groups()
    return re.sub("[-_.]+", "-", name).lower(), version, *pythons


@pytest.mark.parametrize("name", ["build", "odoo", "box", "dev"])
def test_every_requirement_is_pinned_once_per_python_and_has_its_hashes(name):
    lines = [
        line for line in (PINS / f"{name}.in").read_text().splitlines() if line and not line.startswith("#")
    ]
    chosen = [PIN.fullmatch(line) for line in lines]
    assert lines
    assert all(chosen), lines
    text = "".join(
        line for line in (PINS / f"{name}.txt").read_text().splitlines(True) if not line.startswith("#")
    )
    hashed = [(pin, HASHES.match(text, pin.end())) for pin in PIN.finditer(text)]
    assert all(hashes for _pin, hashes in hashed)
    assert "".join(pin[0] + hashes[0] + "\n" for pin, hashes in hashed) == text
    assert sorted(normalised(pin) for pin in chosen) == sorted(normalised(pin) for pin, _hashes in hashed)
    assert len({normalised(pin) for pin in chosen}) == len(chosen)


def wheel(folder, name, needs=""):
    """A package of nothing that needs another one, or none; the line that asks for it, with its hash."""
    path, about = folder / f"{name}-1.0-py3-none-any.whl", f"{name}-1.0.dist-info"
    info = {
        "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
        + (f"Requires-Dist: {needs}\n" if needs else ""),
        "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": "".join(f"{about}/{file},,\n" for file in ("METADATA", "WHEEL", "RECORD")),
    }
    with zipfile.ZipFile(path, "w") as archive:
        for file, content in info.items():
            archive.writestr(f"{about}/{file}", content)
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


def test_what_has_another_hash_is_not_installed(tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    build, pins = tmp_path / "build.txt", tmp_path / "pins.txt"
    build.write_text(wheel(tmp_path, "builder"))
    good = wheel(tmp_path, "trial")
    made = Venv(tmp_path / "venv", [pins], build, tmp_path)
    for line, said in (("trial==1.0\n", "hash"), (f"trial==1.0 --hash=sha256:{64 * '0'}\n", "DO NOT MATCH")):
        pins.write_text(line)
        with pytest.raises(Problem):
            made.make(Path(sys.executable), [], Reporter(quiet=True), "Trial")
        assert said in (tmp_path / "venv-pip.log").read_text()
        assert not made.ready([])
    pins.write_text(good)
    made.make(Path(sys.executable), [], Reporter(quiet=True), "Trial")
    assert made.ready([])


def test_of_some_packages_only_the_files_are_used(tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    build, pins, bare = (tmp_path / name for name in ("build.txt", "pins.txt", "bare.txt"))
    build.write_text(wheel(tmp_path, "builder"))
    pins.write_text(wheel(tmp_path, "trial"))
    bare.write_text(wheel(tmp_path, "script", needs="a-browser>=1"))
    made = Venv(tmp_path / "venv", [pins], build, tmp_path, bare=[bare])
    made.make(Path(sys.executable), [], Reporter(quiet=True), "Trial")
    ask = "from importlib.metadata import version; print(version('script'))"
    assert output_of([made.python, "-I", "-B", "-c", ask], timeout=patient(30)) == "1.0"
    bare.write_text(f"script==1.0 --hash=sha256:{64 * '0'}\n")
    assert not made.ready([])
    with pytest.raises(Problem):
        made.make(Path(sys.executable), [], Reporter(quiet=True), "Trial")
    assert "DO NOT MATCH" in (tmp_path / "venv-bare.log").read_text()


BACKEND = """
import zipfile
def build_editable(folder, config_settings=None, metadata_directory=None):
    with zipfile.ZipFile(f"{folder}/own-1.0-py3-none-any.whl", "w") as archive:
        for name, text in %r.items():
            archive.writestr(name, text)
    return "own-1.0-py3-none-any.whl"
"""
"""Builds a package that is used from where it lies, as setuptools does it, without anything from outside."""


def test_a_project_is_installed_from_where_it_lies(tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    build, pins, project = tmp_path / "build.txt", tmp_path / "pins.txt", tmp_path / "project"
    build.write_text(wheel(tmp_path, "builder"))
    pins.write_text(wheel(tmp_path, "trial"))
    project.mkdir()
    about = "own-1.0.dist-info"
    files = {
        f"{about}/METADATA": "Metadata-Version: 2.1\nName: own\nVersion: 1.0\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{about}/RECORD": "",
        "own.pth": f"{project}\n",
    }
    (project / "backend.py").write_text(BACKEND % files)
    (project / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    )
    (project / "own.py").write_text("said = 1")
    made = Venv(tmp_path / "venv", [pins], build, tmp_path, [project])
    made.make(Path(sys.executable), [], Reporter(quiet=True), "Trial")
    (project / "own.py").write_text("said = 22")
    ask = "import own; from importlib.metadata import version; print(own.said, version('own'))"
    assert output_of([made.python, "-I", "-B", "-c", ask], timeout=patient(30)) == "22 1.0"


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

    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text("")

    def key(folder="venv", visible=(), projects=()):
        return Venv(tmp_path / folder, [pins], build, tmp_path, projects).key(visible)

    first = key()
    assert key() == first
    assert key("other") != first
    assert key(visible=[tmp_path]) != first
    with_project = key(projects=[project])
    assert with_project != first
    (project / "pyproject.toml").write_text("[project]\n")
    assert (changed := key(projects=[project])) != with_project
    (project / "package").mkdir()
    (project / "package" / "__init__.py").write_text('__version__ = "2"\n')
    assert key(projects=[project]) != changed
    pins.write_text("a==2\n")
    assert key() != first
    assert not Venv(tmp_path / "venv", [pins], build, tmp_path).ready([])


def test_links_that_lead_nowhere(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "bad").symlink_to("../missing")
    (tmp_path / "good").symlink_to("sub")
    assert dangling_links(tmp_path) == [tmp_path / "sub" / "bad"]
