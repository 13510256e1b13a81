"""What a kind of workers has to bring: the settings of its workers, and the workers. `iot.runtime` lists the kinds."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from datetime import datetime, timezone
from typing import Protocol

STATES = ("connecting", "connected", "retrying", "failed", "stopped")
MOST = 2**31 - 1
LONGEST = 500
MOST_DETAILS = 50


@dataclass(slots=True)
class Health:
    """How a worker is, for its row. Times are naive UTC.

    :ivar over_count: messages that were left out because they came too fast: since ``over_since``, the last one at
        ``over_last``, most of them from ``over_source``
    :ivar full_since: since when it gets more than it can take, once that has lasted
    :ivar details: what only workers of this kind have to say, texts and numbers: by its name for people, unless it is
        shown in fields of its own (see ``_details_shown`` of `iot.runtime.worker`)
    :ivar moved: monotonic time at which its thread last came round
    :ivar stuck: what it means if that is long ago, for people
    """

    state: str = "connecting"
    connected_since: datetime | None = None
    last_error: str = ""
    last_error_at: datetime | None = None
    queue_depth: int = 0
    lag: float = 0.0
    rate: float = 0.0
    message_count: int = 0
    error_count: int = 0
    over_count: int = 0
    over_since: datetime | None = None
    over_last: datetime | None = None
    over_source: str = ""
    full_since: datetime | None = None
    details: Mapping[str, object] = field(default_factory=dict)
    moved: float = 0.0
    stuck: str = "The worker has been busy with one thing"

    def checked(self) -> Health:
        """The same, as the database can store it. Raises :class:`ValueError` or :class:`TypeError`."""
        if self.state not in STATES:
            raise ValueError(f"no state of a worker: {self.state!r}")
        return replace(
            self, **{item.name: _stored(getattr(self, item.name), item.default) for item in fields(self)}
        )


@dataclass(frozen=True, slots=True)
class Tenure:
    """The right to be the one worker of a row, until another process has a higher ``epoch``."""

    dbname: str
    row_id: int
    epoch: int


class Worker(Protocol):
    """Something that runs in threads of its own. Of one worker, one method is called at a time.

    All of them return at once. One that does not is named in the worker's row, and heartbeats go on without it.
    """

    def start(self) -> None:
        """Begin; returns at once."""

    def update(self, spec: object) -> bool:
        """Take changed settings over while running; ``False`` when it has to be stopped and made anew."""

    def stop(self) -> None:
        """Ask it to end in good order; returns at once."""

    def join(self, timeout: float) -> bool:
        """Wait for its end; ``False`` when it did not come in time."""

    def health(self) -> Health:
        """How it is."""


class Kind(Protocol):
    """A kind of worker.

    :cvar is_missed: whether the runtime counts as down while no server has a worker of this kind that should run.
        Not so where a scheduled action does the same work then. May be left out
    """

    name: str
    is_missed: bool = True

    def wanted(self, env) -> Mapping[int, tuple[int, object]]:
        """What should run: settings that compare equal as long as nothing changed, by the id of their record.

        Called every few seconds, in a thread of this kind's own and in a transaction that ends when a query, or what
        is between two of them, takes longer than 10 seconds.

        :return: record id -> (id of its `iot.runtime.worker`, which has the name of this kind; settings)
        """

    def worker(self, spec, tenure: Tenure) -> Worker:
        """A worker for these settings, not started yet."""


class OneWorkerKind:
    """A kind of which a database has one worker.

    :cvar model: of the record that stands for it, which inherits `iot.runtime.single.mixin`
    :cvar worker: class of the worker, which is made of its settings and tenure
    """

    name = ""
    model = ""
    worker: Callable[..., Worker]
    is_missed = True

    def wanted(self, env) -> Mapping[int, tuple[int, object]]:
        """The worker, where there is work for it."""
        record = env[self.model]._wanted()
        rows = env["iot.runtime.worker"]._list(self.name, record)
        return {each.id: (rows[each.id], each._spec()) for each in record}


def _stored(value, like: object) -> object:
    """A figure as the type that ``like`` is of; ``None`` stands for a time or none, no default for the details."""
    if like is MISSING:
        return {str(name)[:LONGEST]: _detail(each) for name, each in [*value.items()][:MOST_DETAILS]}
    if like is None:
        if isinstance(value, datetime) and value.tzinfo is not None:
            return value.astimezone(timezone.utc).replace(tzinfo=None)
        if value is None or isinstance(value, datetime):
            return value
        raise TypeError(f"no time: {value!r}")
    if isinstance(like, str):
        return str(value).replace("\0", "")[:LONGEST]
    return float(value) if isinstance(like, float) else max(0, min(int(value), MOST))


def _detail(value: object) -> object:
    """As JSON of PostgreSQL can hold it."""
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return str(value).replace("\0", "")[:LONGEST]
