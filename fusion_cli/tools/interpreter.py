"""Choosing the Python that Odoo runs on: 3.10 to 3.13, able to make a virtual environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from ..problem import Problem
from ..process import output_of
from ..report import Reporter
from . import system_packages

NAMES = ("python3.12", "python3.11", "python3.10", "python3.13", "python3")
PROBE = "import sys, ensurepip, venv; print(*sys.version_info[:2], sys.executable)"


def supported(version: tuple[int, int]) -> bool:
    """Whether Odoo 19 runs on this version of Python."""
    return (3, 10) <= version <= (3, 13)


def choose(log: Path, report: Reporter) -> Path:
    """The interpreter to build the environment on; root installs python3-venv where that is missing."""
    if found := _first():
        return found
    if os.geteuid() == 0:
        system_packages.require(
            ["python3", "python3-venv"], "A Python that can make virtual environments", log, report
        )
        if found := _first():
            return found
    raise Problem(
        "No Python from 3.10 to 3.13 that can make a virtual environment was found.",
        "As root: apt-get install python3 python3-venv. Then run this again.",
    )


def _first() -> Path | None:
    for candidate in _candidates():
        answer = output_of([candidate, "-c", PROBE])
        if answer is None:
            continue
        major, minor, executable = answer.split(" ", 2)
        if supported((int(major), int(minor))):
            return Path(executable)
    return None


def _candidates() -> Iterator[Path]:
    folders = [*os.environ.get("PATH", "").split(os.pathsep), "/usr/local/bin", "/usr/bin"]
    seen: set[Path] = set()
    for name in NAMES:
        for folder in folders:
            path = Path(folder or ".") / name
            if path not in seen and os.access(path, os.X_OK):
                seen.add(path)
                yield path
    yield Path(sys.executable)
