"""The stock client (`iot_drivers` of the Odoo that runs here), unmodified, as a process of its own."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from .. import ports
from ..problem import Problem
from ..process import guarded, tail
from ..service import READY_WITHIN_S, Service
from ..stack import Stack
from ..web import Client
from . import conf, python

IDENTIFIER = "test_identifier"
"""How the client names itself on a machine that is neither a Raspberry Pi nor Windows."""
SCRIPT = Path(__file__).with_name("start_box.py")
MEASURED_EVERY_S = 5.0
# The client measures its network with `sudo mtr`. It gets nothing done as root on this machine.
NO_SUDO = "#!/bin/sh\nexit 1\n"


class BoxClient(Service):
    """A box below `folder`, which is replaced: its `odoo.conf`, the start script in `bin`, its data.

    It belongs to nobody until `connect()` is given a server token, or somebody pastes one on its page. When it
    restarts itself, its process stays the same.

    :param addons: folders of further addons that it loads
    :param interval: seconds between two measurements of a probe on its `bus`, where it has drivers for probes
    """

    def __init__(
        self,
        stack: Stack,
        folder: Path,
        log: Path,
        addons: Sequence[Path] = (),
        *,
        interval: float = MEASURED_EVERY_S,
    ) -> None:
        super().__init__(log)
        self.root = folder
        self.bus = folder / "w1"
        self.interval = interval
        self.conf_file = folder / "odoo.conf"
        self.programs = folder / "programs"
        self._python = python.get(stack.project, stack.odoo, stack.report)
        self._port, gevent = ports.free(2)
        shutil.rmtree(folder, ignore_errors=True)
        for path in (folder / "bin", folder / "data", self.bus, self.programs):
            path.mkdir(parents=True)
        shutil.copy(SCRIPT, folder / "bin" / "odoo-bin")
        self.put_program("sudo", NO_SUDO)
        copies = [shutil.copytree(addon, folder / "addons" / addon.name) for addon in addons]
        conf.write(self.conf_file, http_port=self._port, gevent_port=gevent, addons=copies)

    @property
    def url(self) -> str:
        """Its page."""
        return f"http://127.0.0.1:{self._port}"

    def put_program(self, name: str, script: str) -> None:
        """Have it find this script when it calls a program of that name."""
        (self.programs / name).write_text(script, encoding="utf-8")
        (self.programs / name).chmod(0o755)

    def connect(self, connection: str) -> None:
        """Have it belong to a server from its next start on."""
        conf.connect(self.conf_file, connection)

    def spawn(self) -> None:
        """Start the process without waiting for it."""
        # When the client restarts itself, Python finds its environment by the search path.
        path = [str(self.programs), str(self._python.parent), os.environ.get("PATH", os.defpath)]
        variables = {
            "PATH": os.pathsep.join(path),
            "FUSION_W1_DEVICES": str(self.bus),
            "FUSION_PROBE_INTERVAL": str(self.interval),
        }
        command = [self._python, self.root / "bin" / "odoo-bin", "-c", self.conf_file]
        self._spawn(guarded(command), self.root, variables)

    def wait_until_ready(self) -> None:
        """Return when its page answers; `Problem` where it ends or takes too long."""
        deadline = time.monotonic() + READY_WITHIN_S
        while not self.answers():
            if not self.running:
                raise Problem(f"The IoT Box ended while it was starting:\n{tail(self.log)}", "", self.log)
            if time.monotonic() > deadline:
                raise Problem(f"The IoT Box did not answer within {READY_WITHIN_S:.0f} s.", "", self.log)
            time.sleep(0.1)

    def answers(self) -> bool:
        """Whether its page does."""
        return Client(self.url).answers("/iot_drivers/ping", timeout=60.0)

    def stop(self) -> None:
        """End it."""
        self._end()
