"""The sender of what alerts have to tell, for the supervisor."""

from __future__ import annotations

from collections.abc import Mapping

from ..kinds import Tenure
from .worker import NotifyWorker

NAME = "notify"


class NotifyKind:
    """One sender for the database."""

    name = NAME

    def wanted(self, env) -> Mapping[int, tuple[int, object]]:
        """The sender, where there is anything to tell or to follow."""
        notifier = env["iot.alert.notifier"]._wanted()
        rows = env["iot.runtime.worker"]._list(self.name, notifier)
        return {record.id: (rows[record.id], record.name) for record in notifier}

    def worker(self, spec, tenure: Tenure) -> NotifyWorker:
        """The sender, not started yet."""
        return NotifyWorker(spec, tenure)
