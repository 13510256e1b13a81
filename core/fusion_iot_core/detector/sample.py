"""What a meter says."""

from datetime import datetime, timezone
from math import copysign
from typing import NamedTuple

UTC = timezone.utc
MOST_W = 1e6
"""No machine behind such a meter draws as much: one that says so says nothing of power. A counter of 32 bits that
fell below 0 says 2**32 / 1000 = 4 294 967 W."""
MOST_WH = 1e15
OFF_W = -0.0
"""0 W because the relay before the meter is off: somebody or something switched it."""
LATEST = datetime(9000, 1, 1, tzinfo=UTC)


class Sample(NamedTuple):
    """One message of a meter. A plain tuple of the three does as well.

    Two messages of one instant are two: what comes later counts. Only the same of the same instant is a repetition.

    :ivar at: source time, UTC (aware, or naive and taken for UTC)
    :ivar power_w: W, or :data:`OFF_W`; a negative value counts as 0, a value that no machine draws or that is no number
        as ``None``: the message says nothing of power, but that the meter lives, and what it said last goes on
    :ivar energy_wh: the meter's own counter, Wh, where the message carries it
    """

    at: datetime
    power_w: float | None
    energy_wh: float | None = None


class Gone(Sample):
    """Word that the meter is gone: what it said last held until now. Whatever it says next takes that back."""

    __slots__ = ()

    def __new__(cls, at: datetime) -> "Gone":
        """Since ``at``."""
        return tuple.__new__(cls, (at, None, None))


Said = tuple[float | None, float | None]
"""Power and counter of a message, as far as they are any."""
_GONE_W, _SWITCHED_OFF_W = -1.0, -2.0
"""In the place of power in what is kept of a message: 0 W and nothing at all are not all that a message may say."""


def sense(power_w: float | None, energy_wh: float | None) -> Said:
    """Power and counter of a message as they count."""
    if power_w is not None:
        power_w = max(power_w, 0.0) if -MOST_W < power_w < MOST_W else None
    if energy_wh is not None and not 0.0 <= energy_wh <= MOST_WH:
        energy_wh = None
    return power_w, energy_wh


def word(sample: "Message") -> Said:
    """What a message says, to know a repetition by."""
    _at, power_w, energy_wh = sample
    return word_of(sample, sense(power_w, energy_wh))


def word_of(sample: "Message", said: Said) -> Said:
    """The same of a message whose power and counter are at hand as they count."""
    if type(sample) is Gone:
        return _GONE_W, None
    if said[0] == 0 and copysign(1.0, said[0]) < 0:
        return _SWITCHED_OFF_W, said[1]
    return said


def utc(at: datetime) -> datetime:
    """``at`` in UTC; naive times are UTC already."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


Message = tuple[datetime, float | None, float | None]
"""A :class:`Sample`, or a plain tuple like it."""
