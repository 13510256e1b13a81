"""Choosing the Python that Odoo runs on: 3.10 to 3.13, able to make a virtual environment."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from ..problem import Problem
from ..report import Reporter
from . import system_packages
from .ask import ask

NAMES = ("python3.12", "python3.11", "python3.10", "python3.13", "python3")
PROBE = "import sys; print('Python', *sys.version_info[:2], sys.executable); import ensurepip, venv"


def supported(version: tuple[int, int]) -> bool:
    """Whether Odoo 19 runs on this version of Python."""
    return (3, 10) <= version <= (3, 13)


def choose(log: Path, report: Reporter) -> Path:
    """The interpreter to build the environment on; root installs python3-venv where that is missing."""
    passed_over: list[str] = []
    if found := _first(passed_over):
        return found
    wanted = "A Python from 3.10 to 3.13 that can make virtual environments"
    system_packages.require(["python3", "python3-venv"], wanted, log, report, passed_over=passed_over)
    passed_over.clear()
    if found := _first(passed_over):
        return found
    told = f"{wanted} was not found, although Debian's python3 and python3-venv are installed now."
    raise Problem("\n  ".join([told, *passed_over]), "Put one of these versions on PATH.")


def _first(passed_over: list[str]) -> Path | None:
    """The first that will do; `passed_over` is told of the others and why."""
    for candidate in _candidates():
        answer = ask(candidate, "-c", PROBE)
        told = re.search(r"^Python (\d+) (\d+) (.+)$", answer.said, re.MULTILINE)
        if told and not supported((int(told[1]), int(told[2]))):
            passed_over.append(f"{candidate} is Python {told[1]}.{told[2]}.")
        elif told and not answer.trouble:
            return Path(told[3])
        else:
            passed_over.append(f"{candidate}: {answer.trouble or 'it is no Python'}.")
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
    if Path(sys.executable) not in seen:
        yield Path(sys.executable)
