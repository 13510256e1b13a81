"""What was left out because it came too fast, for people."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

OVER_AFTER_S = 60.0
MOST_DEVICES = 100


class Overflow:
    """Counts what was left out, in episodes: one ends when nothing was left out for a minute.

    :ivar count: messages of the current episode, or of the last one
    :ivar total: messages of all episodes
    :ivar since: when it began (naive UTC); ``None`` when there was none
    :ivar devices: number and a topic by id of the `mqtt.device`, where they are one device's
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.count = self.total = 0
        self.since: datetime | None = None
        self._worst = b""
        self._most = 0
        self._last = 0.0
        self.devices: dict[int, tuple[int, bytes]] = {}

    @property
    def worst(self) -> str:
        """Topic of which most were left out."""
        return _text(self._worst)

    @property
    def last(self) -> datetime | None:
        """When the last one was left out (naive UTC); ``None`` when none was."""
        if self.since is None:
            return None
        return _now() - timedelta(seconds=round(self._clock() - self._last))

    def note(self, topic: bytes, of_topic: int, device: int, now: float) -> None:
        """A message was left out; it is number ``of_topic`` of its topic."""
        if now - self._last >= OVER_AFTER_S or self.since is None:
            self._begin()
        self._last = now
        self.count += 1
        self.total += 1
        if of_topic > self._most:
            self._most, self._worst = of_topic, topic
        if device:
            known = self.devices.get(device)
            if known is not None or len(self.devices) < MOST_DEVICES:
                self.devices[device] = ((known[0] if known else 0) + 1, topic)

    def take_devices(self) -> dict[int, tuple[int, str]]:
        """How many messages of which devices were left out since the last time, with a topic of each."""
        taken, self.devices = self.devices, {}
        return {device: (count, _text(topic)) for device, (count, topic) in taken.items()}

    def _begin(self) -> None:
        self.count = self._most = 0
        self._worst = b""
        self.since = _now()


def _text(topic: bytes) -> str:
    """As text that a database can store."""
    return topic.decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")


def _now() -> datetime:
    return datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0)
