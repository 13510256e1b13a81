"""Keeps a running stack running: what ends by itself is started again, a bounded number of times."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ..box.client import BoxClient
from ..problem import Problem
from ..process import tail
from ..stack import Stack
from . import ingest_token
from .simulator_process import SimulatorProcess

BEAT = 0.5
TRIES = 5
"""Restarts within `WINDOW` seconds after which a service is given up."""
WINDOW = 300.0
TOKEN_EVERY = 10.0
"""Seconds between two looks at whether somebody rotated the ingest token."""


@dataclass
class Watched:
    """A service with the times of its restarts."""

    name: str
    running: Callable[[], bool]
    restart: Callable[[], None]
    log: Path
    essential: bool = True
    restarts: list[float] = field(default_factory=list)
    given_up: bool = False

    def pause(self, now: float) -> float | None:
        """Seconds to wait before the next restart; None when there were too many."""
        self.restarts = [moment for moment in self.restarts if now - moment < WINDOW]
        if len(self.restarts) >= TRIES:
            return None
        return float(2 ** len(self.restarts) - 1)


class Supervisor:
    """Watches PostgreSQL, the broker, Odoo, the simulator and the box of a stack until a signal comes."""

    def __init__(
        self, stack: Stack, simulator: SimulatorProcess | None, box: BoxClient | None = None
    ) -> None:
        self.stack = stack
        self.simulator = simulator
        self._next_token = time.monotonic() + TOKEN_EVERY
        self._stored_token = ""
        server = stack.server
        assert server is not None
        self.services = [
            Watched("PostgreSQL", lambda: stack.cluster.running, stack.start_postgres, stack.cluster.log),
            Watched("Odoo", lambda: server.running, stack.start_odoo, stack.odoo_log),
        ]
        if broker := stack.broker:
            self.services.append(
                Watched("The MQTT broker", lambda: broker.running, broker.start, broker.log, False)
            )
        if door := stack.front_door:
            self.services.append(Watched("The front door", lambda: door.running, door.start, door.log))
        if simulator:
            self.services.append(
                Watched(
                    "The simulator", lambda: simulator.running, self._start_simulator, simulator.log, False
                )
            )
        if box:
            self.services.append(Watched("The IoT Box", lambda: box.running, box.spawn, box.log, False))

    def watch(self) -> None:
        """Run for ever. Raises `Problem` when an essential service cannot be kept up."""
        while True:
            for service in self.services:
                if not service.given_up and not service.running():
                    self._revive(service)
            if time.monotonic() >= self._next_token:
                self._next_token = time.monotonic() + TOKEN_EVERY
                self._follow_token()
            time.sleep(BEAT)

    def _revive(self, service: Watched) -> None:
        pause = service.pause(time.monotonic())
        if pause is None:
            message = f"{service.name} ended {TRIES} times within {WINDOW:.0f} s and is given up."
            if service.essential:
                raise Problem(f"{message} The end of its log:\n{tail(service.log)}", "", service.log)
            self.stack.report.warn(f"{message} Log: {service.log}")
            service.given_up = True
            return
        self.stack.report.warn(f"{service.name} ended by itself; starting it again. Log: {service.log}")
        time.sleep(pause)
        service.restarts.append(time.monotonic())
        try:
            service.restart()
        except Problem as problem:
            self.stack.report.warn(f"{service.name} could not be started: {problem.message}")
        else:
            self.stack.report.say(f"  {service.name} is back.")

    def _follow_token(self) -> None:
        if not self.stack.token:
            return
        try:
            stored = ingest_token.stored(self.stack.cluster, self.stack.database)
        except Problem:
            return
        if stored == self._stored_token:
            return
        self._stored_token = stored
        current = ingest_token.in_clear(stored, self.stack.odoo_python, self.stack.data)
        if current == self.stack.token:
            return
        self.stack.token = current
        self.stack.write_env()
        self.stack.report.say(f"  The ingest token was changed; {self.stack.env_file} has the new one.")
        if self.simulator and self.simulator.running:
            self.simulator.stop()
            self._start_simulator()

    def _start_simulator(self) -> None:
        if self.simulator:
            self.simulator.start(self.stack.env())
