"""The engine as a worker of the runtime."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from odoo.addons.fusion_iot.runtime.committer import Retry
from odoo.addons.fusion_iot.runtime.kinds import OneWorkerKind, Tenure
from odoo.addons.fusion_iot.runtime.thread_worker import ThreadWorker

from .engine import Engine, EngineSettings, Step
from .listener import Listener, ListenerLost
from .meter import Meter

STEP_EVERY_S = 0.2
"""What comes in between waits for the next step: one transaction for all of it."""
LOOK_EVERY_S = 0.5
"""Of machines that fall due, and of what may have been told while nobody listened."""
CLOCK_STEP = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class EngineSpec:
    """What the engine of a database needs to know.

    :ivar name: of its record
    :ivar database: the UUID of the database
    """

    name: str
    database: str
    settings: EngineSettings


class SessionWorker(ThreadWorker):
    """Runs the engine of one database in a thread of its own. Changed settings need a new engine.

    An engine whose transaction failed is thrown away: the next one begins with what the database holds, as after a
    crash.
    """

    expected = (ListenerLost,)
    trouble_level = logging.INFO

    def __init__(self, spec: EngineSpec, tenure: Tenure) -> None:
        super().__init__(spec, tenure, spec.name, "sessions")
        self._listener: Listener | None = None
        self._meter = Meter()

    def _wake(self) -> None:
        if listener := self._listener:
            listener.wake()

    def _figures(self) -> dict[str, object]:
        rate, lag = self._meter.figures()
        return {"rate": rate, "lag": lag, "message_count": self._meter.messages}

    def _serve(self) -> None:
        """From the state of the database on, until something goes wrong or the end is wanted."""
        listener = self._listener = Listener(self._committer.tenure.dbname)
        try:
            engine = Engine(self._spec.database, self._spec.settings, _now())
            self._step(engine)
            self._up()
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
        """Work off what there is. Where the end is wanted, the rest stays in the journal for the next one."""
        more = True
        while more:
            steps: list[Step] = []
            self._committer.run(lambda env: steps.append(engine.step(env, _now(), flush)))  # noqa: B023
            self._health.moved = time.monotonic()
            done = steps[-1]
            more = done.more and not self._stopping.is_set()
            if done.messages:
                self._meter.heard(done.messages, done.lag)


class SessionKind(OneWorkerKind):
    """One engine for the database, as soon as a machine has sessions."""

    name = "sessions"
    model = "iot.session.engine"
    worker = SessionWorker

    def wanted(self, env) -> Mapping[int, tuple[int, object]]:
        """The engine, where there is work for it."""
        env["iot.runtime.worker"]._list_machines_aside()
        return super().wanted(env)


def _now() -> datetime:
    return datetime.now(timezone.utc)
