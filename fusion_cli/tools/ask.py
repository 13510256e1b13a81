"""Asking a program what it is: what it says, or why it says nothing."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass

from ..process import environment

PATIENCE_S = 600.0
"""After this a program that was asked something is taken to hang. Slow machines are slow to start one, too."""


@dataclass(frozen=True)
class Answer:
    """What a program wrote to standard output, and why it failed (its last line); empty where it did not."""

    said: str
    trouble: str = ""


def ask(*argv: object) -> Answer:
    """Run a quick program to its end."""
    try:
        done = subprocess.run(
            [str(part) for part in argv],
            env=environment({"LC_ALL": "C.UTF-8"}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE_S,
            check=False,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        return Answer("", f"{argv[0]}: {error.strerror}")
    except subprocess.TimeoutExpired:
        return Answer("", f"{argv[0]} did not answer within {PATIENCE_S:.0f} s")
    if not done.returncode:
        return Answer(done.stdout.strip())
    lines = [line.strip() for line in f"{done.stdout}\n{done.stderr}".splitlines() if line.strip()]
    return Answer(
        done.stdout.strip(),
        lines[-1].rstrip(".") if lines else f"{argv[0]} ended with code {done.returncode}",
    )
