"""How fast this machine is today, so that no wait of a test ends because the machine is slow."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache

VARIABLE = "FUSION_PACE"
"""Environment variable in which a test run hands its measurement on, so that all of its processes share one."""
LOOP = (
    "import time; t = time.perf_counter(); sum(i for i in range(4_000_000)); print(time.perf_counter() - t)"
)
REFERENCE_S = 0.175
"""What the loop takes on the machine that the waits in the tests are written for, if nothing else runs there."""
GENEROUS = 3.0
"""How much longer than a wait usually takes it may take, besides."""


def measure(lanes: int) -> float:
    """How many times slower than the reference this machine is with `lanes` busy processes at once; at least 1.

    Other programs that keep the cores busy meanwhile count, as they will count in the tests.
    """
    children = [
        subprocess.Popen([sys.executable, "-ISc", LOOP], stdout=subprocess.PIPE, text=True)
        for _lane in range(lanes)
    ]
    seconds = [float(child.communicate()[0]) for child in children]
    return max(1.0, round(max(seconds) / REFERENCE_S, 2))


@cache
def pace() -> float:
    """The pace of this test run, measured once: by the command that started it, or here."""
    if not (told := os.environ.get(VARIABLE)):
        told = os.environ[VARIABLE] = str(measure(os.cpu_count() or 1))
    return float(told)


def crowd() -> float:
    """How many processes have wanted each core in the last minute; at least 1. Tests that run side by side count."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def promised(seconds: float) -> float:
    """The end of a wait for what the product promises to do within `seconds`, as long as the machine keeps up."""
    return seconds * pace() * crowd()


def patient(seconds: float) -> float:
    """The end of a wait for what usually takes up to `seconds` and is no promise."""
    return seconds * GENEROUS * pace() * crowd()
