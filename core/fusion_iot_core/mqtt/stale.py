"""A broker that marks as retained what it had kept for us."""

from __future__ import annotations

from collections.abc import Iterable

from .inbound import Inbound

MOST_TOPICS = 50_000
SURE = 2
"""The store has one message of a topic. One more may come for a subscription that was made anew."""


class Stale:
    """Counts messages of QoS 1 that came as retained more often than a broker's store can have them.

    :ivar count: so many so far
    """

    def __init__(self) -> None:
        self.count = 0
        self._link = 0
        self._seen: dict[str, int] = {}

    def look(self, messages: Iterable[Inbound]) -> None:
        """Count those of a batch."""
        for inbound in messages:
            message = inbound.message
            if not message.retained or not inbound.qos:
                continue
            if inbound.link != self._link:
                self._link = inbound.link
                self._seen.clear()
            times = self._seen.get(message.topic, 0) + 1
            if times > SURE:
                self.count += 1
            if len(self._seen) < MOST_TOPICS or times > 1:
                self._seen[message.topic] = times
