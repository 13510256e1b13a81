"""How much memory a server holds."""

from __future__ import annotations

from pathlib import Path

from ..stack import Stack


def resident_mb(stack: Stack) -> float:
    """Resident memory of the server process and its children, in MiB."""
    root = int(stack.odoo_pidfile.read_text())
    total, todo = 0.0, [root]
    while todo:
        pid = todo.pop()
        try:
            status = Path(f"/proc/{pid}/status").read_text()
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        except OSError:
            continue
        todo += [int(child) for child in children]
        total += int(status.split("VmRSS:")[1].split()[0]) / 1024
    return total
