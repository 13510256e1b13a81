"""Whether the workers of the runtime deliver: the silence of a connection is not that of its machines. No Odoo here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

SETTLES_IN = timedelta(seconds=5)
"""After a connection is up, or the last message of a backlog: what the broker had kept has begun to come by then."""
STALE_AFTER = timedelta(seconds=10)
BACKLOG_FROM = timedelta(seconds=10)
"""A message that is so much later than usual had been kept somewhere."""
GRACE = timedelta(seconds=1)
"""What was measured may be on its way for so long."""
LONGEST_LAG_S = 30.0

_EVER = datetime.min.replace(tzinfo=timezone.utc)

WORKERS = """
    SELECT kind, res_id, state, beat_at, lag FROM iot_runtime_worker WHERE state != 'stopped'
"""

WorkerKey = tuple[str, int]
"""What a worker is known by, also while it has no row: its kind, and the id of the record that it serves."""


class Report(NamedTuple):
    """A row of :data:`WORKERS`; times are naive UTC."""

    worker: WorkerKey
    state: str
    beat_at: datetime | None
    lag: float | None


@dataclass(slots=True)
class _Link:
    """:ivar up_since: when it was first seen connected; ``None`` while it is not
    :ivar away_since: since when messages may be missing; ``None`` once it has settled
    """

    up_since: datetime | None = None
    away_since: datetime | None = None
    backlog_at: datetime | None = None
    backlog_since: datetime | None = None
    lag_s: float = 0.0


class Links:
    """What is known of the workers. Times are aware UTC, by the server's clock.

    :param hold: for how long the machines of a worker that is away do not count as silent
    :param patient: watch a worker for a while before it is trusted or given up; not for who looks only once
    """

    def __init__(self, hold: timedelta, patient: bool = True) -> None:
        self.hold = hold
        self._settles_in = SETTLES_IN if patient else timedelta(0)
        self._since = None if patient else _EVER
        self._links: dict[WorkerKey, _Link] = {}

    def refresh(self, reports: Iterable[Report], now: datetime) -> None:
        """Take over how the workers are; those that are not listed deliver nothing, and nobody waits for them."""
        links = {}
        self._since = self._since or now
        for report in reports:
            link = links[report.worker] = self._links.get(report.worker) or _Link(away_since=now)
            beat_at = report.beat_at and report.beat_at.replace(tzinfo=timezone.utc)
            alive = beat_at is not None and now - beat_at <= STALE_AFTER
            link.lag_s = min(report.lag or 0.0, LONGEST_LAG_S) if alive else 0.0
            if alive and report.state == "connected":
                link.up_since = link.up_since or now
                if now - link.up_since >= self._settles_in:
                    link.away_since = None
                continue
            link.up_since = None
            gone_at = now if alive or beat_at is None else max(beat_at, self._since)
            link.away_since = min(link.away_since or now, gone_at)
        self._links = links

    def saw_backlog(self, workers: Iterable[WorkerKey], now: datetime) -> None:
        """A message came that had been kept somewhere."""
        for worker in workers:
            link = self._links.get(worker)
            if link is not None:
                if link.backlog_at is None or now - link.backlog_at > SETTLES_IN:
                    link.backlog_since = link.backlog_since or now
                link.backlog_at = now

    def settled(self, workers: Iterable[WorkerKey], now: datetime) -> bool:
        """Whether all that was said by now minus :meth:`grace` has been heard, as far as it will be."""
        return all(self._settled(worker, now) for worker in workers)

    def grace(self, workers: Iterable[WorkerKey]) -> timedelta:
        """How much later than measured a message may be heard."""
        lags = [self._links[each].lag_s for each in workers if each in self._links]
        return GRACE + timedelta(seconds=max(lags, default=0.0))

    def _settled(self, worker: WorkerKey, now: datetime) -> bool:
        link = self._links.get(worker)
        if link is None:
            return True
        if link.away_since is not None:
            return link.up_since is None and now - link.away_since > self.hold
        if link.backlog_at is not None and now - link.backlog_at <= SETTLES_IN:
            # A clock that was set back looks like a backlog without an end.
            return link.backlog_since is not None and now - link.backlog_since > self.hold
        link.backlog_since = None
        return True
