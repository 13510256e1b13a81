"""The meter's own counter of energy, as far as it can be believed.

A counter counts what lies between two of its readings. A rise is believed if the power explains it: at most twice
the power that two messages have said, or twice what power times time comes to, since the counter last moved, plus
two of the counter's steps: a glitch of a single message explains nothing. What is more is not taken: power times
time fills the gap, and the counter goes on from its new value. So does a counter that fell: a reset, a power
cut, a false zero, or the way back from a value that was none.

What is refused is not forgotten. Whether a rise is possible depends on the power of the *session*, and a
meter that reports rarely may show that late: a welder that rests at two samples and welds in between. As soon as
the power explains what was refused, it is taken after all, unless the counter fell meanwhile.

Nor is power times time believed against a counter that stands still, where a single message makes it what it is:
then it is at most what the counter may have missed.

The step is learnt. Numbers tell it (a counter whose readings are all multiples of 10 Wh counts in tens), and so
does a counter that was read unchanged before it moved (an impulse meter of 13.3 Wh; a device that repeats its last
reading in every message).
"""

from datetime import datetime
from typing import NamedTuple

from .sample import MOST_WH

SECONDS_PER_HOUR = 3600.0
MARGIN = 2.0
"""Power that is reported may be half of what was drawn in between."""
STEPS = 2.0
MOST_READ_STEP_WH = 100.0
"""A step that numbers alone tell is no larger: 10 000 Wh may be a reading of any counter."""
MOST_LEARNT_STEP_WH = 200.0
"""An impulse meter of 5 impulses a kWh; what repeats a reading for longer than that is explained by its power."""
_STEPS_WH = (100.0, 10.0, 1.0, 0.1, 0.01)


class Doubt(NamedTuple):
    """Rises that were refused.

    :ivar rise_wh: what the counter said
    :ivar filled_wh: what was taken for it
    :ivar seconds: how long it took
    """

    rise_wh: float = 0.0
    filled_wh: float = 0.0
    seconds: float = 0.0


class Counter(NamedTuple):
    """Where the counter stands in an account.

    :ivar reading_wh: the last reading; ``None`` while there was none
    :ivar moved_at: when it was first seen there
    :ivar stood: it was read there again
    :ivar fell_from_wh: the highest reading it fell back from; ``None`` when it did not
    :ivar step_wh: its smallest step so far; ``None`` while none was seen
    :ivar excess_wh: how far its rises were ahead of what the power explains; not more than two steps
    :ivar doubt: what was refused and may be possible yet; ``None``: nothing
    :ivar refused: something was refused for good
    """

    reading_wh: float | None = None
    moved_at: datetime | None = None
    stood: bool = False
    fell_from_wh: float | None = None
    step_wh: float | None = None
    excess_wh: float = 0.0
    doubt: Doubt | None = None
    refused: bool = False

    @property
    def is_open(self) -> bool:
        """A reading says something, even if it is the last one again."""
        return not self.stood or self.doubt is not None

    @property
    def partly(self) -> bool:
        """Not all that it said was taken."""
        return self.refused or self.doubt is not None

    def take(
        self, settled: float, bridge: float, reading: float, at: datetime, peak_w: float, sure_w: float
    ) -> "tuple[float, float, Counter]":
        """Take a reading into ``(settled, bridge, counter)``.

        A counter that stands still says no more than that its step is not full yet. One that is back where it
        fell from has not counted what lies between.

        :param peak_w: the highest power so far
        :param sure_w: the highest that a second message has borne out
        """
        known = self.reading_wh
        if reading == known:
            stands = self if self.stood else self._replace(stood=True)
            return stands._reconsider(settled, bridge, sure_w)
        if not 0.0 <= reading <= MOST_WH:
            return settled, bridge, self
        moved = self._replace(reading_wh=reading, moved_at=at, stood=False)
        if known is None or self.moved_at is None:
            return settled + bridge, 0.0, moved
        sane = self.bridged(bridge, at, peak_w, sure_w)
        if reading < known:
            fell_from = known if self.fell_from_wh is None else max(known, self.fell_from_wh)
            final = moved._replace(fell_from_wh=fell_from, doubt=None, refused=self.partly)
            return settled + sane, 0.0, final
        if self.fell_from_wh is not None and reading >= self.fell_from_wh:
            return settled + sane, 0.0, moved._replace(fell_from_wh=None)
        rise, seconds = reading - known, (at - self.moved_at).total_seconds()
        excess = self.excess_wh + rise - MARGIN * max(sure_w * seconds / SECONDS_PER_HOUR, bridge)
        if excess > STEPS * (self.step_wh or 0.0) and excess > STEPS * _read_step(known, reading):
            doubt = self.doubt or Doubt()
            doubt = Doubt(doubt.rise_wh + rise, doubt.filled_wh + sane, doubt.seconds + seconds)
            return moved._replace(doubt=doubt)._reconsider(settled + sane, 0.0, sure_w)
        learnt = self.step_wh
        if rise < (MOST_LEARNT_STEP_WH if self.stood and learnt is None else learnt or 0.0):
            learnt = float(rise)
        taken = moved._replace(step_wh=learnt, excess_wh=max(excess, 0.0))
        return taken._reconsider(settled + rise, 0.0, sure_w)

    def _reconsider(self, settled: float, bridge: float, sure_w: float) -> "tuple[float, float, Counter]":
        """Take what was refused, if the power explains it by now."""
        doubt = self.doubt
        if doubt is None:
            return settled, bridge, self
        explained = MARGIN * max(sure_w * doubt.seconds / SECONDS_PER_HOUR, doubt.filled_wh)
        excess = self.excess_wh + doubt.rise_wh - explained
        if excess > STEPS * (self.step_wh or 0.0):
            return settled, bridge, self
        believed = self._replace(doubt=None, excess_wh=max(excess, 0.0))
        return settled + doubt.rise_wh - doubt.filled_wh, bridge, believed

    def bridged(self, bridge: float, at: datetime, peak_w: float, sure_w: float) -> float:
        """Power times time since it last moved, as far as a counter that has not moved since allows that.

        Where no two messages have said what the power is, a counter may stand for as long as its steps are coarse.
        """
        if self.reading_wh is None or self.moved_at is None or peak_w <= MARGIN * sure_w:
            return bridge
        step = MOST_LEARNT_STEP_WH
        if sure_w > 0:
            step = max(self.step_wh or 0.0, _read_step(self.reading_wh, self.reading_wh))
        seconds = (at - self.moved_at).total_seconds()
        return min(bridge, MARGIN * sure_w * seconds / SECONDS_PER_HOUR + STEPS * step)

    def unread(self) -> "Counter":
        """Before its first reading in the next account, with what is known of it."""
        if self.step_wh is None and not self.excess_wh:
            return UNREAD
        return Counter(step_wh=self.step_wh, excess_wh=self.excess_wh)

    def join(self, later: "Counter") -> "Counter":
        """Where it stands at the end of two accounts, the later of which began with :meth:`unread`."""
        if self == later == UNREAD:
            return UNREAD
        one = later if later.reading_wh is not None else self
        doubts = [each.doubt for each in (self, later) if each.doubt]
        doubt = Doubt(*map(sum, zip(*doubts, strict=True))) if doubts else None
        return one._replace(
            step_wh=later.step_wh if later.step_wh is not None else self.step_wh,
            excess_wh=later.excess_wh,
            doubt=doubt,
            refused=self.refused or later.refused,
        )


UNREAD = Counter()


def _read_step(one: float, other: float) -> float:
    """The largest step that both readings are multiples of."""
    for step in _STEPS_WH:
        if all(abs(reading / step - round(reading / step)) < 1e-6 for reading in (one, other)):
            return step
    return 0.0
