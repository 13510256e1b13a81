"""The Odoo server of a stack as a child process."""

from __future__ import annotations

import signal
import time
from pathlib import Path

from ..problem import Problem
from ..process import guarded, tail
from ..service import READY_WITHIN_S, Service
from ..tools.odoo_source import Odoo
from ..web import Client


class OdooServer(Service):
    """Odoo with a configuration file; its process id is kept in `pidfile` while it runs."""

    def __init__(self, odoo: Odoo, config: Path, url: str, log: Path, pidfile: Path) -> None:
        super().__init__(log)
        self.odoo = odoo
        self.config = config
        self.url = url
        self.pidfile = pidfile

    def spawn(self) -> None:
        """Start the process without waiting for it."""
        self._spawn(guarded(self.odoo.command("-c", self.config)), self.config.parent)
        assert self.child is not None
        self.pidfile.write_text(f"{self.child.pid}\n", encoding="utf-8")

    def wait_until_ready(self, timeout: float = READY_WITHIN_S) -> None:
        """Return when the server answers for its database; `Problem` where it ends or takes too long."""
        deadline = time.monotonic() + timeout
        client = Client(self.url)
        while not client.answers("/web/health", timeout=60.0):
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
        self._end(grace=60.0)
        self.pidfile.unlink(missing_ok=True)

    def kill(self) -> None:
        """End it at once, as a power cut would (the whole process group)."""
        self._end(with_signal=signal.SIGKILL)
        self.pidfile.unlink(missing_ok=True)
