"""Secrets that the database has sealed, opened and made with the key in the data directory of a stack."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from ..problem import Problem
from ..process import environment
from ..project import Project

_SCRIPT = """
import pathlib, sys
sys.path.insert(0, sys.argv[1])
import sealing
keys = sealing.keyring({}, pathlib.Path(sys.argv[2]), make=True)
print(getattr(keys, sys.argv[3])(sys.stdin.read(), tuple(sys.argv[4:])))
"""


def opened(text: str, place: Sequence[str], python: Path, data: Path) -> str:
    """A sealed text in clear; one that is in clear as it is.

    :param place: model, record and field that it belongs to
    :param python: that of Odoo, which has the package `cryptography`
    :param data: Odoo's data directory
    :raise Problem: where the key there does not open it
    """
    return _run("open", text, place, python, data) if text.startswith("sealed:") else text


def sealed(text: str, place: Sequence[str], python: Path, data: Path) -> str:
    """A text as the server would seal it. Raises `Problem` where that cannot be done."""
    return _run("seal", text, place, python, data)


def _run(what: str, text: str, place: Sequence[str], python: Path, data: Path) -> str:
    done = subprocess.run(
        [python, "-c", _SCRIPT, Project.here().root / "fusion_base", data, what, *place],
        input=text,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise Problem(f"A secret of the database could not be {what}ed: {last}")
    return done.stdout.removesuffix("\n")
