"""A Mosquitto of our own: private folder, loopback only, a port that stays the same."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from .. import ports
from ..problem import Problem
from ..process import guarded, run, tail
from ..project import Project
from ..report import Reporter
from ..service import READY_WITHIN_S, Service, end_leftover
from ..tools import mosquitto
from ..tools.mosquitto import Mosquitto
from . import configuration
from .configuration import HOST, Listener


class Broker(Service):
    """One broker below a state folder: what it keeps in `mqtt`, log in `log/mosquitto.log`.

    Whoever is on this machine gets in without a password (unless `first` has other rules), nobody from elsewhere.
    `listeners` are further ports with other rules, `lines` further lines of its configuration. `start()` and
    `stop()` own the process: it is a child of this process and dies with it. `port` and `listener_ports` are known
    from the first start on and stay.
    """

    def __init__(
        self,
        project: Project,
        state: Path,
        report: Reporter,
        *,
        first: Listener | None = None,
        listeners: Sequence[Listener] = (),
        lines: Sequence[str] = (),
    ) -> None:
        super().__init__(state / "log" / "mosquitto.log")
        self.project = project
        self.state = state
        self.report = report
        self.listeners = [first or Listener(), *listeners]
        self.lines = lines
        self.host = HOST
        self.data = state / "mqtt"
        self.pidfile = state / "mosquitto.pid"
        self._ports: list[int] = []
        self._programs: Mosquitto | None = None

    @property
    def mosquitto(self) -> Mosquitto:
        """The programs; fetched from Debian at the first use where the machine has none."""
        if self._programs is None:
            self._programs = mosquitto.get(self.project, self.report)
        return self._programs

    @property
    def programs(self) -> Path:
        """Folder of `mosquitto_pub`, `mosquitto_sub` and `mosquitto_passwd`."""
        return self.mosquitto.clients

    @property
    def port(self) -> int:
        """The first port; 0 before the first start."""
        return self._ports[0] if self._ports else 0

    @property
    def listener_ports(self) -> list[int]:
        """The ports of the further `listeners`, in their order; empty before the first start."""
        return self._ports[1:]

    @property
    def accepts(self) -> bool:
        """Whether it takes connections on all its ports."""
        return all(_connects(port) for port in self._ports)

    def start(self) -> None:
        """Start the process; returns when it takes connections, with all it kept. Raises `Problem`."""
        program = self.mosquitto.server
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        end_leftover(self.pidfile, self.data, "a broker", signal.SIGTERM, self.report)
        if not self._ports:
            first, *others = self.listeners
            chosen = [listener.port or ports.free(1)[0] for listener in others]
            self._ports = [ports.choose(first.port, self.state / "mqtt.port"), *chosen]
        for port in self._ports:
            if not ports.is_free(port):
                raise Problem(f"The broker's port {port} is taken by another program.", "End that one.")
        config = self.state / "mosquitto.conf"
        config.write_text(
            configuration.text(
                data=self.data,
                listeners=list(zip(self._ports, self.listeners, strict=True)),
                lines=self.lines,
                user="root" if os.geteuid() == 0 else "",
            ),
            encoding="utf-8",
        )
        self._spawn(guarded([program, "-c", config]), self.data)
        assert self.child is not None
        self.pidfile.write_text(f"{self.child.pid}\n", encoding="utf-8")
        self._wait_until_it_answers()

    def stop(self, *, crash: bool = False) -> None:
        """Stop it; it writes down first what it keeps for others, unless it is to `crash`."""
        self._end(with_signal=signal.SIGKILL if crash else signal.SIGTERM, grace=60.0)
        self.pidfile.unlink(missing_ok=True)

    def restart(self, *, crash: bool = False) -> None:
        """Stop and start it on the same ports."""
        self.stop(crash=crash)
        self.start()

    def save(self, timeout: float = READY_WITHIN_S) -> None:
        """Have it write down now what it keeps: what came before this survives a crash."""
        if self.child is None:
            raise Problem("The broker is not running.")
        before = self._written()
        self.child.send_signal(signal.SIGUSR1)
        deadline = time.monotonic() + timeout
        while self._written() == before:
            if time.monotonic() > deadline:
                raise Problem(f"The broker wrote nothing down within {timeout:.0f} s.", "", self.log)
            time.sleep(0.02)

    @property
    def saved_at(self) -> float:
        """When it last wrote down what it keeps (epoch seconds): what came before survives a crash; 0 for never."""
        return self._written()[1] / 1e9

    def write_passwords(self, path: Path, users: Mapping[str, str]) -> None:
        """Make a file for `Listener.passwords` of users and their passwords."""
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text("".join(f"{user}:{password}\n" for user, password in users.items()), encoding="utf-8")
        # It replaces the passwords in the file by their hashes: as arguments anybody on the machine could see them.
        run(
            [self.programs / "mosquitto_passwd", "-U", path],
            self.log.parent / "mosquitto-passwd.log",
            what="Hashing the broker's passwords",
        )
        path.chmod(0o600)

    def _written(self) -> tuple[int, int]:
        """Changes with each time it wrote down what it keeps: it replaces its file."""
        with suppress(OSError):
            found = (self.data / "mosquitto.db").stat()
            return found.st_ino, found.st_mtime_ns
        return 0, 0

    def _wait_until_it_answers(self, timeout: float = READY_WITHIN_S) -> None:
        deadline = time.monotonic() + timeout
        while not self.accepts:
            if not self.running:
                raise Problem(f"Mosquitto did not start:\n{tail(self.log)}", "", self.log)
            if time.monotonic() > deadline:
                self.stop(crash=True)
                raise Problem(f"Mosquitto did not answer within {timeout:.0f} s.", "", self.log)
            time.sleep(0.02)


def _connects(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=2.0).close()
    except OSError:
        return False
    return True
