"""A session as it is told."""

from dataclasses import dataclass
from datetime import datetime

from .phases import EndReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session that is running or has ended. Times are aware UTC, durations seconds.

    While it runs, durations and energy are those up to the last message, and up to the fall of power while
    the detector waits whether it comes back: what they say is never taken back.

    :ivar end_at: ``None`` while it runs
    :ivar end_power_w: the power that was reported at the end; ``None`` while it runs
    :ivar end_reason: ``None`` while it runs
    :ivar metered: the meter has a counter, which ``energy_wh`` is taken from as far as it reaches
    :ivar partly_metered: the counter said what the power cannot explain: that was not taken, and power times time
        stands for it
    """

    start_at: datetime
    end_at: datetime | None
    standby_s: float
    working_s: float
    energy_wh: float
    metered: bool
    start_power_w: float
    peak_power_w: float
    end_power_w: float | None
    end_reason: EndReason | None
    partly_metered: bool = False

    @property
    def total_s(self) -> float:
        """Standby and working time: the time from start to end."""
        return self.standby_s + self.working_s
