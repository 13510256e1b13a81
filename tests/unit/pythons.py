"""The Pythons of this computer with which the probe agent is run: this one, the oldest and the newest that it may meet.

They are looked for on PATH and among those of pyenv.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
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


def _found() -> dict[str, str]:
    here = f"3.{sys.version_info.minor}"
    found = {here: sys.executable}
    for candidate in filter(None, _candidates()):
        found.setdefault(_version(candidate), candidate)
    known = [f"3.{minor}" for minor in MINORS if f"3.{minor}" in found]
    return {version: found[version] for version in known if version in (known[0], here, known[-1])}


PYTHONS = _found()
"""Version to path."""
