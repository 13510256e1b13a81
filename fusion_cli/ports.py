"""Finding TCP ports that are free, on the loopback interface if not told otherwise."""

from __future__ import annotations

import itertools
import os
import random
import socket
from contextlib import ExitStack
from pathlib import Path

from .problem import Problem
from .server.network import LOOPBACK

RANGE = "FUSION_PORTS"
"""Environment variable with the first and last port that a process may choose from (`20000-20499`).

Several stacks that start at once would otherwise now and then be told the same one."""


def is_free(port: int, address: str = LOOPBACK) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def free(count: int) -> list[int]:
    """Distinct ports that nobody listens on, from the range of this process if it has one."""
    if told := os.environ.get(RANGE):
        first, _, last = told.partition("-")
        numbers = random.sample(range(int(first), int(last) + 1), int(last) + 1 - int(first))
        return list(itertools.islice(filter(is_free, numbers), count))
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind((LOOPBACK, 0))
        return [probe.getsockname()[1] for probe in probes]


def choose(wanted: int, memory: Path, address: str = LOOPBACK) -> int:
    """The port asked for, or the one used last time if it is still free, or any free one.

    Raises `Problem` where the port asked for is taken. The choice is kept in the file `memory`.
    """
    if wanted:
        if not is_free(wanted, address):
            raise Problem(
                f"Port {wanted} is taken by another program.", "Choose another --port, or leave it out."
            )
        return wanted
    try:
        last = int(memory.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        last = 0
    port = last if 1024 <= last <= 65535 and is_free(last, address) else free(1)[0]
    memory.write_text(f"{port}\n", encoding="utf-8")
    return port
