"""What the processes of a server take of the machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ..stack import Stack

TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_TIMES = slice(11, 15)
"""utime, stime, cutime and cstime among the fields behind the name (proc(5), `/proc/pid/stat`)."""


def resident_mb(stack: Stack) -> float:
    """Resident memory of the Odoo server, in MiB."""
    total = 0.0
    for process in _tree(stack.odoo_pidfile):
        with suppress(OSError):
            total += int((process / "status").read_text().split("VmRSS:")[1].split()[0]) / 1024
    return total


def odoo_cpu_s(stack: Stack) -> float:
    """Processor time that the Odoo server has taken so far, in seconds."""
    return _cpu_s(stack.odoo_pidfile)


def postgres_cpu_s(stack: Stack) -> float:
    """Processor time that PostgreSQL has taken so far, in seconds."""
    return _cpu_s(stack.cluster.data / "postmaster.pid")


def _cpu_s(pidfile: Path) -> float:
    """Of processes that have ended, too: their parent has theirs among its own."""
    ticks = 0
    for process in _tree(pidfile):
        with suppress(OSError):
            fields = (process / "stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[_TIMES]))
    return ticks * TICK_S


def _tree(pidfile: Path) -> Iterator[Path]:
    """The folders in `/proc` of a process and all below it."""
    todo = [int(pidfile.read_text().split()[0])]
    while todo:
        process = Path(f"/proc/{todo.pop()}")
        yield process
        with suppress(OSError):
            for task in (process / "task").iterdir():
                todo += map(int, (task / "children").read_text().split())
