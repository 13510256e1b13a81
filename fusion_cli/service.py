"""A long-lived child process with its output in a log."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from .process import end, environment

LOG_LIMIT = 50_000_000
"""Bytes after which a log is set aside at the next start."""


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
