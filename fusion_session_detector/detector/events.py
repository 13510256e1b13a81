"""What the detector tells. ``at`` is when the machine's own time had come to it, aware UTC."""

from dataclasses import dataclass
from datetime import datetime

from .phases import Phase
from .session import Session


@dataclass(frozen=True, slots=True)
class SessionStarted:
    """A session has begun.

    :ivar at: when it was certain; the session began at ``session.start_at``
    :ivar by_hand: a person began it, not the machine's power
    """

    at: datetime
    session: Session
    by_hand: bool


@dataclass(frozen=True, slots=True)
class StateChanged:
    """The machine went from one phase to another, at ``power_w``."""

    at: datetime
    before: Phase
    after: Phase
    power_w: float


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A running session's account since the last heartbeat.

    Comes with the first message when the interval is over: a meter that is silent confirms no time. The
    intervals of all heartbeats of a session and of its end add up to its durations.
    """

    at: datetime
    session: Session
    interval_working_s: float
    interval_standby_s: float
    power_w: float


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """A session has ended.

    :ivar at: when it was certain; the session ended at ``session.end_at``
    :ivar interval_working_s: working time that no heartbeat has told, and ``interval_standby_s`` likewise
    """

    at: datetime
    session: Session
    interval_working_s: float
    interval_standby_s: float


Event = SessionStarted | StateChanged | Heartbeat | SessionEnded
