"""The Odoo server of a stack as a child process."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

from ..problem import Problem
from ..process import end, environment, guarded, tail
from ..tools.odoo_source import Odoo
from ..web import Client

LOG_LIMIT = 50_000_000
"""Bytes after which a log is set aside at the next start."""


class OdooServer:
    """Odoo with a configuration file; its process id is kept in `pidfile` while it runs."""

    def __init__(self, odoo: Odoo, config: Path, url: str, log: Path, pidfile: Path) -> None:
        self.odoo = odoo
        self.config = config
        self.url = url
        self.log = log
        self.pidfile = pidfile
        self.child: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the server process is alive."""
        return self.child is not None and self.child.poll() is None

    def spawn(self) -> None:
        """Start the process without waiting for it."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as output:
            self.child = subprocess.Popen(
                guarded(self.odoo.command("-c", self.config)),
                cwd=self.config.parent,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.pidfile.write_text(f"{self.child.pid}\n", encoding="utf-8")

    def wait_until_ready(self, timeout: float = 180.0) -> None:
        """Return when the server answers for its database; `Problem` where it ends or takes too long."""
        deadline = time.monotonic() + timeout
        client = Client(self.url)
        while not client.answers("/web/health"):
            self._check(deadline, timeout)
            time.sleep(0.1)
        while not client.answers("/web/login", timeout=60.0):
            self._check(deadline, timeout)
            time.sleep(0.2)

    def _check(self, deadline: float, timeout: float) -> None:
        if not self.running:
            raise Problem(f"Odoo ended while it was starting:\n{tail(self.log)}", "", self.log)
        if time.monotonic() > deadline:
            raise Problem(f"Odoo did not answer within {timeout:.0f} s.", "", self.log)

    def stop(self) -> None:
        """Stop the server: requests in progress get a moment, then it is killed."""
        if self.child is not None:
            end(self.child, with_signal=signal.SIGTERM, grace=15.0)
            self.child = None
        self.pidfile.unlink(missing_ok=True)

    def kill(self) -> None:
        """End it at once, as a power cut would (the whole process group)."""
        if self.child is not None:
            end(self.child, with_signal=signal.SIGKILL)
            self.child = None
        self.pidfile.unlink(missing_ok=True)
