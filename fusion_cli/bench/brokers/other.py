"""What a broker of another make is to its trial."""

from __future__ import annotations

import socket
import time
from abc import abstractmethod
from contextlib import suppress
from pathlib import Path

from ... import ports
from ...problem import Problem
from ...process import tail
from ...service import READY_WITHIN_S, Service

HOST = "127.0.0.1"
USER, PASSWORD = "fusion", "right"


class OtherBroker(Service):
    """A broker below a folder, on one port of the loopback address, for the user `USER` with `PASSWORD` only.

    `version` is the MQTT that it speaks with us, `other` one that it may refuse.
    """

    name: str
    version: str
    other: str

    def __init__(self, folder: Path, log: Path) -> None:
        super().__init__(log)
        self.folder = folder
        (self._port,) = ports.free(1)

    @property
    def port(self) -> int:
        """Where it takes connections of `USER`."""
        return self._port

    def start(self) -> None:
        """Start it; returns when it takes connections. Raises `Problem`."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._start()
        deadline = time.monotonic() + READY_WITHIN_S
        while not self._ready():
            if not self.running or time.monotonic() > deadline:
                self.stop()
                raise Problem(f"{self.name} did not start:\n{tail(self.log)}", "", self.log)
            time.sleep(0.2)

    def stop(self) -> None:
        """Stop it in good order."""
        self._end(grace=30.0)

    @abstractmethod
    def _start(self) -> None:
        """Spawn the process."""

    def _ready(self) -> bool:
        with suppress(OSError), socket.create_connection((HOST, self.port), timeout=2.0):
            return True
        return False
