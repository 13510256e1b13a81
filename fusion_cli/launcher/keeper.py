"""Runs a program and takes all it has started along when it is told to stop: `python keeper.py PROGRAM ARG...`.

The kernel tells a direct child that its parent died, but not that child's own children (the browser of a test
run). The keeper is the direct child, leads the process group, and ends the whole of it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from types import FrameType

GRACE = 8.0
"""Seconds that the program gets to end by itself."""


class Told(Exception):
    """Somebody wants us to stop."""


def main(argv: list[str]) -> int:
    """Run `argv` and return its exit code; on SIGTERM end it and the process group, ourselves included."""

    def told(signum: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise Told

    signal.signal(signal.SIGTERM, told)
    child: subprocess.Popen[bytes] | None = None
    try:
        child = subprocess.Popen(argv)
        code = child.wait()
    except Told:
        if child:
            child.terminate()
            try:
                child.wait(GRACE)
            except subprocess.TimeoutExpired:
                child.kill()
        os.killpg(0, signal.SIGKILL)
        raise
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
