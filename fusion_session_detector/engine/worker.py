"""The engine as a worker of the runtime."""

from __future__ import annotations

import logging
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

from odoo.addons.fusion_iot.runtime.committer import Committer, Fenced, Retry
from odoo.addons.fusion_iot.runtime.kinds import Health, Tenure

from .engine import Engine, EngineSettings, Step
from .listener import Listener, ListenerLost
from .meter import Meter

_logger = logging.getLogger(__name__)

STEP_EVERY_S = 0.2
"""What comes in between waits for the next step: one transaction for all of it."""
LOOK_EVERY_S = 0.5
"""Of machines that fall due, and of what may have been told while nobody listened."""
CLOCK_STEP = timedelta(seconds=2)
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 10.0


@dataclass(frozen=True, slots=True)
class EngineSpec:
    """What the engine of a database needs to know.

    :ivar name: of its record
    :ivar database: the UUID of the database
    """

    name: str
    database: str
    settings: EngineSettings


class SessionWorker:
    """Runs the engine of one database in a thread of its own.

    An engine whose transaction failed is thrown away: the next one begins with what the database holds, as after a
    crash.
    """

    def __init__(self, spec: EngineSpec, tenure: Tenure) -> None:
        self._spec = spec
        self._committer = Committer(tenure)
        self._stopping = threading.Event()
        self._listener: Listener | None = None
        self._meter = Meter()
        self._health = Health(moved=time.monotonic())
        self._thread = threading.Thread(target=self._run, name="fusion_iot.sessions", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def update(self, spec: EngineSpec) -> bool:
        """Changed settings need a new engine."""
        return False

    def stop(self) -> None:
        """Write what is known and end; returns at once."""
        self._stopping.set()
        if listener := self._listener:
            listener.wake()

    def join(self, timeout: float) -> bool:
        """Wait for the end; ``False`` when it did not come in time."""
        if self._thread.is_alive():
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def health(self) -> Health:
        """How it is."""
        rate, lag = self._meter.figures()
        return replace(self._health, rate=rate, lag=lag, message_count=self._meter.messages)

    def _run(self) -> None:
        threading.current_thread().dbname = self._committer.tenure.dbname
        pause = FIRST_PAUSE_S
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                self._serve()
            except Fenced as exc:
                exc.tell(_logger, self._spec.name)
                break
            except (Retry, ListenerLost) as exc:
                self._trouble(str(exc))
            except Exception as exc:
                _logger.exception("%s: unexpected error", self._spec.name)
                self._trouble(f"{type(exc).__name__}: {exc}")
            if time.monotonic() - began > LONGEST_PAUSE_S:
                pause = FIRST_PAUSE_S
            self._health.connected_since = None
            if not self._stopping.is_set():
                self._stopping.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)
        self._health.state = "stopped"

    def _serve(self) -> None:
        """From the state of the database on, until something goes wrong or the end is wanted."""
        self._health.moved = time.monotonic()
        listener = self._listener = Listener(self._committer.tenure.dbname)
        try:
            engine = Engine(self._spec.database, self._spec.settings, _now())
            self._step(engine)
            self._health.state, self._health.connected_since = "connected", _now().replace(tzinfo=None)
            self._follow(engine, listener)
            with suppress(Retry):
                self._step(engine, flush=True)
        finally:
            self._listener = None
            listener.close()

    def _follow(self, engine: Engine, listener: Listener) -> None:
        """Step by step until the end is wanted, or the clock was set back: alarms were set by that."""
        last = _now()
        while not self._stopping.is_set() and _now() > last - CLOCK_STEP:
            began, last = time.monotonic(), _now()
            wait = min(LOOK_EVERY_S, (engine.next_at - _now()).total_seconds())
            _news, moved = listener.wait(wait)
            if moved:
                engine.refresh()
            self._step(engine)
            self._stopping.wait(began + STEP_EVERY_S - time.monotonic())

    def _step(self, engine: Engine, flush: bool = False) -> None:
        more = True
        while more:
            steps: list[Step] = []
            self._committer.run(lambda env: steps.append(engine.step(env, _now(), flush)))  # noqa: B023
            self._health.moved = time.monotonic()
            done = steps[-1]
            more = done.more
            if done.messages:
                self._meter.heard(done.messages, done.lag)

    def _trouble(self, message: str) -> None:
        health = self._health
        if message != health.last_error or health.state != "retrying":
            _logger.info("%s: %s", self._spec.name, message)
        health.state, health.last_error, health.last_error_at = (
            "retrying",
            message,
            _now().replace(tzinfo=None),
        )


def _now() -> datetime:
    return datetime.now(timezone.utc)
