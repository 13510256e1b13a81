"""One at a time: locks that the kernel releases when their holder dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TextIO

from .problem import Problem


class StateLock:
    """Context manager that holds a state folder. The file tells who has it: process id and command."""

    def __init__(self, state: Path, command: str) -> None:
        self.path = state / "lock"
        self.command = command
        self._file: TextIO | None = None

    def __enter__(self) -> StateLock:
        if not self.acquire():
            pid, command = holder(self.path)
            raise Problem(
                f"`fusion {command}` is already running in this checkout (process {pid}).",
                f"Use that one, or stop it with Ctrl-C there or `kill {pid}`.",
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._file.truncate(0)
            self._file.close()
            self._file = None

    def acquire(self) -> bool:
        """Take the lock if nobody has it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = self.path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        file.seek(0)
        file.truncate(0)
        file.write(f"{os.getpid()} {self.command}\n")
        file.flush()
        self._file = file
        return True


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """A block that one process at a time is in; the others wait for it, and find what it has made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def holder(path: Path) -> tuple[int, str]:
    """Process id and command written in a lock file; (0, "?") where it cannot be read."""
    try:
        pid, _, command = path.read_text(encoding="utf-8").strip().partition(" ")
        return int(pid), command
    except (OSError, ValueError):
        return 0, "?"
