"""One public port in front of a prefork Odoo, whose websocket lives on a port of its own.

In production a reverse proxy does this.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from ..problem import Problem
from ..process import end, environment, guarded, tail
from ..project import Project
from ..web import Client


class FrontDoor:
    """The forwarding process (`fusion_cli.server.forwarder`) as a child."""

    def __init__(self, project: Project, port: int, http_port: int, gevent_port: int, log: Path) -> None:
        self.project = project
        self.ports = (port, http_port, gevent_port)
        self.log = log / "front-door.log"
        self.child: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether it is alive."""
        return self.child is not None and self.child.poll() is None

    def start(self) -> None:
        """Start forwarding; returns when the public port answers. Raises `Problem` where it does not."""
        argv = [sys.executable, "-m", "fusion_cli.server.forwarder", *map(str, self.ports)]
        with self.log.open("ab") as output:
            self.child = subprocess.Popen(
                guarded(argv),
                cwd=self.project.root,
                env=environment({"PYTHONPATH": str(self.project.root)}),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        client = Client(f"http://127.0.0.1:{self.ports[0]}")
        deadline = time.monotonic() + 20
        while not client.answers("/web/health"):
            if not self.running or time.monotonic() > deadline:
                raise Problem(f"The port {self.ports[0]} does not answer:\n{tail(self.log)}", "", self.log)
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop forwarding."""
        if self.child is not None:
            end(self.child, grace=3.0)
            self.child = None
