"""The evaluation as a worker of the runtime."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import datetime, timezone

from ..runtime.kinds import OneWorkerKind, Tenure
from ..runtime.thread_worker import ThreadWorker
from .engine import evaluate

TURN_EVERY_S = 5.0


@dataclass(frozen=True, slots=True)
class AlertSpec:
    """What the evaluation of a database needs to know.

    :ivar name: of its record
    :ivar rules: changes with any of the rules
    """

    name: str
    rules: str


class AlertWorker(ThreadWorker):
    """Looks at what is the matter every few seconds, and at once when a rule has changed."""

    def __init__(self, spec: AlertSpec, tenure: Tenure) -> None:
        super().__init__(spec, tenure, spec.name, "alert")
        self._news = threading.Event()

    def _takes(self, spec: object) -> bool:
        return isinstance(spec, AlertSpec) and spec.name == self._spec.name

    def _wake(self) -> None:
        self._news.set()

    def _serve(self) -> None:
        """Turn by turn, until something goes wrong or the end is wanted."""
        while not self._stopping.is_set():
            self._news.clear()
            self._committer.run(lambda env: evaluate(env, _now()))
            if self._health.state != "connected":
                self._up()
            self._health.moved = time.monotonic()
            self._news.wait(TURN_EVERY_S)


class AlertKind(OneWorkerKind):
    """One evaluation for the database."""

    name = "alert"
    model = "iot.alert.engine"
    is_missed = False
    worker = AlertWorker


def _now() -> datetime:
    return datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0)
