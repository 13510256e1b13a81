"""What a stretch of time with power amounts to."""

from datetime import datetime, timedelta
from typing import NamedTuple

from .sample import UTC

ZERO = timedelta(0)
INFINITY = float("inf")
FOREVER = datetime.max.replace(tzinfo=UTC)
SECONDS_PER_HOUR = 3600.0


class Account(NamedTuple):
    """Time, energy and peak from ``start_at`` to the last message.

    Time is exact (whole microseconds). Energy is what the meter's counter has counted between two of its
    readings inside the account; where there is no pair of readings, power times time.

    :ivar start_at: when it begins
    :ivar start_power_w: the power then
    :ivar peak_w: the highest power
    :ivar standby: time below work
    :ivar working: time at work
    :ivar settled_wh: energy up to the last reading of the counter that moved on
    :ivar bridge_wh: power times time since then
    :ivar counter_wh: that reading; ``None`` while there was none
    :ivar fell_from_wh: the highest reading the counter fell back from; ``None`` when it did not
    """

    start_at: datetime
    start_power_w: float
    peak_w: float
    standby: timedelta = ZERO
    working: timedelta = ZERO
    settled_wh: float = 0.0
    bridge_wh: float = 0.0
    counter_wh: float | None = None
    fell_from_wh: float | None = None

    @property
    def energy_wh(self) -> float:
        """Energy so far, Wh."""
        return self.settled_wh + self.bridge_wh

    def grow(self, gap: timedelta, power_w: float, working: bool, reading_wh: float | None) -> "Account":
        """The account after ``gap`` at ``power_w``, with what the counter says at its end."""
        bridge = self.bridge_wh + power_w * gap.total_seconds() / SECONDS_PER_HOUR
        settled, bridge, counter, fell_from = settle(
            self.settled_wh, bridge, self.counter_wh, self.fell_from_wh, reading_wh
        )
        return Account(
            self.start_at,
            self.start_power_w,
            self.peak_w,
            self.standby if working else self.standby + gap,
            self.working + gap if working else self.working,
            settled,
            bridge,
            counter,
            fell_from,
        )

    def at_rest(self) -> "Account":
        """The account with all its time as standby."""
        return self._replace(standby=self.standby + self.working, working=ZERO)

    def join(self, later: "Account") -> "Account":
        """This account and the one that follows it, as one."""
        counted = later.counter_wh is not None
        return Account(
            self.start_at,
            self.start_power_w,
            max(self.peak_w, later.peak_w),
            self.standby + later.standby,
            self.working + later.working,
            self.settled_wh + (self.bridge_wh if counted else 0.0) + later.settled_wh,
            later.bridge_wh if counted else self.bridge_wh + later.bridge_wh,
            later.counter_wh if counted else self.counter_wh,
            later.fell_from_wh if counted else self.fell_from_wh,
        )


def settle(
    settled: float, bridge: float, counter: float | None, fell_from: float | None, reading: float | None
) -> tuple[float, float, float | None, float | None]:
    """Take a reading of the counter into ``(settled, bridge, counter, fell_from)``.

    A counter counts what lies between two readings. One that fell (a reset, or a false zero), and one that is
    back where it fell from, is only a place to count on from: power times time stands for what lies between.
    A counter that stands still says no more than that its step is not full yet.
    """
    if reading is None or reading == counter or not 0.0 <= reading < INFINITY:
        return settled, bridge, counter, fell_from
    if counter is None:
        return settled + bridge, 0.0, reading, None
    if reading < counter:
        return settled + bridge, 0.0, reading, counter if fell_from is None else max(counter, fell_from)
    if fell_from is not None and reading >= fell_from:
        return settled + bridge, 0.0, reading, None
    return settled + (reading - counter), 0.0, reading, fell_from
