"""Readings of one probe that come faster than anything can change: some of them are enough."""

from __future__ import annotations

from collections.abc import Sequence

from ..protocol import Measurement

READINGS_A_SECOND = 20.0
ROOM = 2_000.0
MOST_PROBES = 50_000


class TooFast:
    """Lets so many readings a second of each probe through, with room for many at once.

    Only for what came at QoS 0: of anything else the broker keeps as much as it can, and it may be a day's.

    :ivar count: how many readings were left out so far
    """

    def __init__(self) -> None:
        self.count = 0
        self._left: dict[tuple[str | tuple[str, str], str], tuple[float, float]] = {}

    def sample(self, measurements: Sequence[Measurement], at: float) -> Sequence[Measurement]:
        """Those that count.

        :param at: when they were received, in seconds since any fixed time
        """
        kept = [item for item in measurements if self._may(item, at)]
        if len(kept) == len(measurements):
            return measurements
        self.count += len(measurements) - len(kept)
        return kept

    def _may(self, item: Measurement, at: float) -> bool:
        # A probe that tells its own serial is the same one on whatever topic, and found by it.
        key = (item.serial or (item.device, item.channel), item.quantity)
        left, before = self._left.get(key, (ROOM, at))
        left = min(ROOM, left + max(0.0, at - before) * READINGS_A_SECOND)
        if len(self._left) >= MOST_PROBES and key not in self._left:
            self._left.clear()
        self._left[key] = (left - 1.0 if left >= 1.0 else left, at)
        return left >= 1.0
