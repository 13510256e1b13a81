"""Stacks side by side: each process that runs end-to-end tests has one of its own, a copy of one that was prepared."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from contextlib import AbstractContextManager
from pathlib import Path

from .. import ports
from ..database.templates import SUITE_LOG, Templates
from ..lock import exclusive
from ..project import Project
from ..report import Reporter
from ..service import end_leftover
from ..stack import Stack

DATABASE = "fusion_e2e"
FIRST_PORT = 20_000
PORTS = 500
MOST = 20
"""Lanes that have ports of their own; they lie below those that the system gives to clients."""
LANE_BYTES = 1_500_000_000
"""Memory that a lane takes at most: PostgreSQL, a browser and two servers of several processes each."""


def usual(cores: int, available: int) -> int:
    """How many lanes make good use of a machine with so many cores and bytes of memory to spare.

    Most tests wait most of the time: three on each core if there is the memory, two at least, and no more than eight.
    """
    return min(8, max(2 * cores, min(3 * cores, available // LANE_BYTES)))


def usual_here() -> int:
    """The same for this machine."""
    found = re.search(
        r"^MemAvailable: +(\d+) kB$", Path("/proc/meminfo").read_text(encoding="ascii"), re.MULTILINE
    )
    return usual(os.cpu_count() or 1, int(found[1]) * 1024 if found else 0)


def folder(project: Project) -> Path:
    """Where the prepared stack is; the lanes are below it."""
    return project.state / "test"


def lane(project: Project) -> Path:
    """The state folder of this process: that of its own if tests are spread over several."""
    return folder(project) / "lanes" / (os.environ.get("PYTEST_XDIST_WORKER") or "main")


def choose_ports() -> None:
    """Limit this process to the ports of its lane."""
    number = int("0" + "".join(filter(str.isdigit, os.environ.get("PYTEST_XDIST_WORKER", "")))) % MOST
    first = FIRST_PORT + PORTS * number
    os.environ[ports.RANGE] = f"{first}-{first + PORTS - 1}"


def alone(project: Project) -> AbstractContextManager[None]:
    """One process of this checkout at a time: what it makes here, the others find."""
    project.make_state()
    return exclusive(folder(project) / "prepare.lock")


def prepare(project: Project, report: Reporter) -> str:
    """Have the database that tests start from; tells which it is. One process at a time makes it, others wait.

    :raises Problem: if it cannot be made, or another command is using the folder
    """
    state = folder(project)
    with alone(project):
        stack = Stack(project, state, label="test", broker=False, durable=False, report=report)
        templates = Templates(stack.provision)
        stamp = state / "prepared.json"
        name = templates.suite_name()
        if not (stamp.exists() and json.loads(stamp.read_text(encoding="utf-8")) == name):
            stamp.unlink(missing_ok=True)
            try:
                stack.open()
                templates.suite()
            finally:
                stack.stop()
            stamp.write_text(json.dumps(name), encoding="utf-8")
    return name


def open_lane(project: Project, report: Reporter) -> Stack:
    """A stack for this process that is not started yet, with the prepared databases in it."""
    # Here, since it needs what only the environment of the tests has; the command itself imports this module too.
    from .connected_cluster import ConnectedCluster

    name = prepare(project, report)
    choose_ports()
    state = lane(project)
    stamp = state / "copied.json"
    if not (stamp.exists() and json.loads(stamp.read_text(encoding="utf-8")) == name):
        shutil.rmtree(state, ignore_errors=True)
        _copy(folder(project), state)
        stamp.write_text(json.dumps(name), encoding="utf-8")
    stack = Stack(project, state, database=DATABASE, fresh=True, durable=False, label="test", report=report)
    stack.cluster = ConnectedCluster(state, report)
    end_leftover(stack.odoo_pidfile, state, "an Odoo", signal.SIGKILL, report)
    return stack


def _copy(source: Path, target: Path) -> None:
    copied = [(source / "pg", target / "pg")]
    for pattern in ("data/filestore/template_*", f"log/{SUITE_LOG}"):
        copied += [(path, target / path.relative_to(source)) for path in source.glob(pattern)]
    for old, new in copied:
        if old.exists():
            new.parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(["cp", "-a", "--reflink=auto", str(old), str(new)], check=True)
