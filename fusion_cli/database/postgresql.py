"""Finding the programs of a PostgreSQL that is whole and new enough, among all that a machine may have."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from ..tools.ask import ask

SERVER = "postgres"
NEEDED = (SERVER, "initdb", "psql", "pg_isready")
"""What a folder must have. (Debian's /usr/bin has the clients only.)"""
OLDEST = 13
"""Major version that Odoo 19 asks for."""
DEBIAN = Path("/usr/lib/postgresql")


def find(passed_over: list[str], made_by: str = "") -> Path | None:
    """The folder of the first that will do; `passed_over` is told of the other servers and why.

    Data that was made by a major version is opened by no other.
    """
    for folder in dict.fromkeys(_folders()):
        if not os.access(folder / SERVER, os.X_OK):
            continue
        if missing := [name for name in NEEDED if not os.access(folder / name, os.X_OK)]:
            passed_over.append(f"{folder} has no {' and no '.join(missing)}.")
            continue
        answer = ask(folder / SERVER, "--version")
        told = re.search(r"\) (\d+)", answer.said)
        if told is None:
            passed_over.append(f"{folder / SERVER} does not run: {answer.trouble or answer.said}.")
        elif made_by and told[1] != made_by:
            passed_over.append(f"{folder} has PostgreSQL {told[1]}.")
        elif not made_by and int(told[1]) < OLDEST:
            passed_over.append(f"{folder} has PostgreSQL {told[1]}, which is too old.")
        else:
            return folder
    return None


def _folders() -> Iterator[Path]:
    yield from sorted(DEBIAN.glob("*/bin"), key=_number, reverse=True)
    if reported := ask("pg_config", "--bindir").said:
        yield Path(reported)
    yield from (Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder)


def _number(folder: Path) -> int:
    return int(re.sub(r"\D", "", folder.parent.name) or 0)
