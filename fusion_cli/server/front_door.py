"""One public port in front of a prefork Odoo, whose websocket lives on a port of its own.

In production a reverse proxy does this.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from ..problem import Problem
from ..process import guarded, tail, with_this_command
from ..project import Project
from ..service import READY_WITHIN_S, Service
from ..web import Client
from . import network


class FrontDoor(Service):
    """The forwarding process (`fusion_cli.server.forwarder`) as a child."""

    def __init__(
        self, project: Project, address: str, port: int, http_port: int, gevent_port: int, log: Path
    ) -> None:
        super().__init__(log / "front-door.log")
        self.project = project
        self.address = address
        self.ports = (port, http_port, gevent_port)

    def start(self) -> None:
        """Start forwarding; returns when the public port answers. Raises `Problem` where it does not."""
        argv = [sys.executable, "-m", "fusion_cli.server.forwarder", self.address, *map(str, self.ports)]
        self._spawn(guarded(argv), self.project.root, with_this_command(self.project.root))
        client = Client(f"http://{network.local(self.address)}:{self.ports[0]}")
        deadline = time.monotonic() + READY_WITHIN_S
        while not client.answers("/web/health", timeout=60.0):
            if not self.running or time.monotonic() > deadline:
                raise Problem(f"The port {self.ports[0]} does not answer:\n{tail(self.log)}", "", self.log)
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop forwarding."""
        self._end(grace=3.0)
