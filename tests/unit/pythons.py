"""The Pythons of this computer with which programs are tried: this one, the oldest and the newest that they may meet.

They are looked for on PATH and among those of pyenv.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from fusion_cli.testing.pace import patient

MINORS = range(9, 20)
"""Python 3.9, the one of Raspberry Pi OS 11, is the oldest that the agent promises to run with."""
TELL = "import sqlite3, ssl, sys; print(*sys.version_info[:2], sep='.')"


def _candidates() -> Iterator[str]:
    for minor in MINORS:
        yield shutil.which(f"python3.{minor}") or ""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from map(str, sorted(pyenv.glob("versions/3.*/bin/python3")))


def _version(python: str) -> str:
    """Such as 3.9; empty where it is no Python, or lacks a part that the agent needs."""
    try:
        return subprocess.run(
            [python, "-c", TELL], capture_output=True, text=True, timeout=patient(30)
        ).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return ""


@cache
def _found() -> dict[str, str]:
    found = {f"3.{sys.version_info.minor}": sys.executable}
    for candidate in filter(None, _candidates()):
        found.setdefault(_version(candidate), candidate)
    return found


def since(lowest: int) -> dict[str, str]:
    """Version to path: the oldest from 3.`lowest` on, this one, and the newest."""
    known = [f"3.{minor}" for minor in MINORS if minor >= lowest and f"3.{minor}" in _found()]
    wanted = {known[0], f"3.{sys.version_info.minor}", known[-1]}
    return {version: _found()[version] for version in known if version in wanted}


PYTHONS = since(MINORS.start)
"""Those with which the agent is run."""
