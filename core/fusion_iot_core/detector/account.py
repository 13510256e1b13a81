"""What a stretch of time with power amounts to."""

from datetime import datetime, timedelta
from typing import NamedTuple

from .counter import MARGIN, SECONDS_PER_HOUR, UNREAD, Counter
from .sample import UTC, Said

ZERO = timedelta(0)
INFINITY = float("inf")
FOREVER = datetime.max.replace(tzinfo=UTC)
MOST_TURNS = 200
"""A start that flutters more often is not told in every detail."""


class Account(NamedTuple):
    """Time, energy and peak from ``start_at`` to the last message.

    Time is exact (whole microseconds). Energy is what the meter's counter has counted between two of its
    readings inside the account, as far as the power explains it; for all else power times time.

    :ivar start_at: when it begins
    :ivar start_power_w: the power then
    :ivar peak_w: the highest power
    :ivar sure_w: the highest that a second message has borne out; 0 while there is but one
    :ivar standby: time below work
    :ivar working: time at work
    :ivar settled_wh: energy up to the last reading of the counter that moved on
    :ivar bridge_wh: power times time since then
    :ivar counter: where the counter stands
    :ivar turns: while it is on trial: when it went to standby or to work, and whether to work
    """

    start_at: datetime
    start_power_w: float
    peak_w: float
    standby: timedelta = ZERO
    working: timedelta = ZERO
    settled_wh: float = 0.0
    bridge_wh: float = 0.0
    counter: Counter = UNREAD
    turns: tuple[tuple[datetime, bool], ...] = ()
    sure_w: float = 0.0

    @property
    def energy_wh(self) -> float:
        """Energy so far, Wh."""
        bridge, counter = self.bridge_wh, self.counter
        if counter.stood and self.peak_w > MARGIN * self.sure_w:
            bridge = counter.bridged(
                bridge, self.start_at + self.standby + self.working, self.peak_w, self.sure_w
            )
        return self.settled_wh + bridge

    def saw(self, power_w: float, at: datetime) -> "Account":
        """The account with the power that a message says ``at``; the one it begins with is not told twice."""
        if power_w <= self.sure_w:
            return self
        if power_w <= self.peak_w:
            return self if at == self.start_at else self._replace(sure_w=power_w)
        return self._replace(peak_w=power_w, sure_w=self.sure_w if at == self.start_at else self.peak_w)

    def grow(
        self, gap: timedelta, power_w: float, working: bool, at: datetime, said: Said = (None, None)
    ) -> "Account":
        """The account ``at`` after ``gap`` at ``power_w``, with what the meter says then."""
        next_w, reading_wh = said
        bridge = self.bridge_wh + power_w * gap.total_seconds() / SECONDS_PER_HOUR
        settled, counter = self.settled_wh, self.counter
        if reading_wh is not None:
            seen = self if next_w is None else self.saw(next_w, at)
            powers = seen.peak_w, seen.sure_w
            settled, bridge, counter = counter.take(settled, bridge, reading_wh, at, *powers)
        return Account(
            self.start_at,
            self.start_power_w,
            self.peak_w,
            self.standby if working else self.standby + gap,
            self.working + gap if working else self.working,
            settled,
            bridge,
            counter,
            self.turns,
            self.sure_w,
        )

    def at_rest(self) -> "Account":
        """The account with all its time as standby."""
        return self._replace(standby=self.standby + self.working, working=ZERO)

    def join(self, later: "Account") -> "Account":
        """This account and the one that follows it, as one."""
        counted = later.counter.reading_wh is not None
        return Account(
            self.start_at,
            self.start_power_w,
            max(self.peak_w, later.peak_w),
            self.standby + later.standby,
            self.working + later.working,
            self.settled_wh + (self.bridge_wh if counted else 0.0) + later.settled_wh,
            later.bridge_wh if counted else self.bridge_wh + later.bridge_wh,
            self.counter.join(later.counter),
            (),
            sorted((self.peak_w, self.sure_w, later.peak_w, later.sure_w))[-2],
        )
