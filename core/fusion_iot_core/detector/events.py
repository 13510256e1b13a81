"""What the detector tells. ``at`` is when the machine's own time had come to it, aware UTC."""

from dataclasses import dataclass, field
from datetime import datetime

from .phases import Phase
from .session import Session

Turns = tuple[tuple[datetime, bool], ...]


@dataclass(frozen=True, slots=True)
class SessionStarted:
    """A session has begun.

    :ivar at: when it was certain; the session began at ``session.start_at``
    :ivar by_hand: a person began it, not the machine's power
    :ivar turns: from when on it was at work or not (``False``) until it was certain
    """

    at: datetime
    session: Session
    by_hand: bool
    turns: Turns = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class StateChanged:
    """The machine went from one phase to another, at ``power_w``.

    :ivar turns: where a pause is over: from when on it was at work or not (``False``) until that was certain
    """

    at: datetime
    before: Phase
    after: Phase
    power_w: float
    turns: Turns = field(default=(), compare=False)


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


@dataclass(frozen=True, slots=True)
class SessionVoided:
    """What had begun was no session: its own end made it shorter than power has to last.

    :ivar at: when that was certain
    :ivar session: as it would have ended
    """

    at: datetime
    session: Session


Event = SessionStarted | StateChanged | Heartbeat | SessionEnded | SessionVoided
