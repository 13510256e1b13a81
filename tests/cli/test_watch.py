"""A test that hangs is ended and named, with what it was doing; the others go on, and nothing slow is ended."""

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from fusion_cli.checks.pytest_run import read_junit
from fusion_cli.testing import standstill
from fusion_cli.testing.pace import pace, patient

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 8 * pace()
"""Long enough for pytest to start."""
HANGS = """
import time

def test_before():
    pass

def test_that_hangs():
    wait_for_godot()

def wait_for_godot():
    time.sleep(600)

def test_after():
    pass
"""
SLOW = """
import time
from fusion_cli.testing.standstill import progress

def test_slow():
    for part in range(6):
        time.sleep({part})
        progress(f"part {{part}}")
"""


def run(folder, limit, *options):
    (folder / "conftest.py").write_text(
        "pytest_plugins = ['fusion_cli.testing.watch', 'fusion_cli.testing.live', 'fusion_cli.testing.spread']"
    )
    (folder / "pytest.ini").write_text("[pytest]\naddopts = -p no:cacheprovider -p no:odoo")
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    env |= {"PYTHONPATH": str(ROOT), standstill.LIMIT: str(limit), standstill.FOLDER: str(folder / "log")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "--live", "--junitxml=found.xml", *options],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=patient(120),
    )


def test_a_test_that_hangs_among_others(tmp_path):
    (tmp_path / "test_hangs.py").write_text(HANGS)
    (tmp_path / "test_good.py").write_text("def test_good():\n    pass")
    done = run(tmp_path, LIMIT_S, "-n", "2", "--dist", "loadfile")
    assert done.returncode == 1, done.stdout
    outcome = read_junit(tmp_path / "found.xml")
    assert (outcome.passed, outcome.failed) == (3, 1), done.stdout
    (failure,) = ElementTree.parse(tmp_path / "found.xml").iter("error")
    assert "test_hangs.py::test_that_hangs hung and was ended" in failure.text, failure.text
    assert "in wait_for_godot" in failure.text
    assert "::: failed: test_hangs.py::test_that_hangs" in done.stdout
    assert list((tmp_path / "log").glob("standstill-*.txt"))


def test_a_test_that_hangs_alone(tmp_path):
    (tmp_path / "test_hangs.py").write_text(HANGS)
    assert run(tmp_path, LIMIT_S, "-p", "no:xdist").returncode == 1
    told = (tmp_path / "log" / "standstill-main.txt").read_text()
    assert "test_hangs.py::test_that_hangs" in told
    assert "in wait_for_godot" in told


@pytest.mark.parametrize("options", [("-n", "2"), ("-p", "no:xdist")], ids=["spread", "alone"])
def test_what_moves_on_is_not_ended(tmp_path, options):
    (tmp_path / "test_slow.py").write_text(SLOW.format(part=LIMIT_S / 5))
    done = run(tmp_path, LIMIT_S, *options)
    assert done.returncode == 0, done.stdout
    assert "::: 0 of 1: test_slow.py::test_slow" in done.stdout
    assert not list((tmp_path / "log").glob("standstill-*.txt"))
