"""A long-lived child process with its output in a log."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from .problem import Problem
from .process import alive, end, environment
from .report import Reporter

LOG_LIMIT = 50_000_000
"""Bytes after which a log is set aside at the next start."""
READY_WITHIN_S = 600.0
"""How long a service that runs may take to be ready: no machine is so slow. One that ended is seen at once."""


class Service:
    """Base of what runs for as long as a stack does. Subclasses say what is started and when it is ready.

    The command has to be one that dies with us (`process.guarded`, `cluster_user.run_as`).
    """

    def __init__(self, log: Path) -> None:
        self.log = log
        self.child: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the process that we started is alive."""
        return self.child is not None and self.child.poll() is None

    def _spawn(self, argv: Sequence[str], cwd: Path, env: Mapping[str, str] | None = None) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_name(self.log.name + ".1"))
        with self.log.open("ab") as output:
            self.child = subprocess.Popen(
                argv,
                cwd=cwd,
                env=environment(env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def _end(self, *, with_signal: int = signal.SIGTERM, grace: float = 10.0) -> None:
        if self.child is not None:
            end(self.child, with_signal=with_signal, grace=grace)
            self.child = None


def end_leftover(pidfile: Path, folder: Path, what: str, with_signal: int, report: Reporter) -> None:
    """End a process that a killed command left behind, and drop a process id that lies.

    Its number is the first line of `pidfile`. It is only taken for ours if its working folder is `folder`.
    """
    try:
        pid = int(pidfile.read_text(encoding="utf-8").split("\n", 1)[0])
    except (OSError, ValueError):
        return
    if not (alive(pid) and _folder_of(pid) == folder.resolve()):
        pidfile.unlink(missing_ok=True)
        return
    with report.step(f"Stopping {what} that an earlier run left behind"):
        os.kill(pid, with_signal)
        deadline = time.monotonic() + READY_WITHIN_S
        while alive(pid):
            if time.monotonic() > deadline:
                raise Problem(f"Process {pid} ({what}) does not stop.", f"End process {pid} yourself.")
            time.sleep(0.1)


def _folder_of(pid: int) -> Path | None:
    try:
        return Path(os.readlink(f"/proc/{pid}/cwd"))
    except OSError:
        return None
