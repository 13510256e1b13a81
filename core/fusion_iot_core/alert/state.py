"""Where an alert stands, and by which settings it moves.

The times of one alert are all aware or all naive; they are compared with each other only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Phase(Enum):
    """What an alert is going through.

    :cvar NORMAL: nothing is the matter, and nothing is kept
    :cvar PENDING: the condition holds and the on-delay is running; not shown to anybody yet
    :cvar ACTIVE: it has held for long enough
    :cvar LEAVING: it is still active, but the condition has gone and the off-delay runs
    :cvar LATCHED: the condition has gone; it stays open until somebody acknowledges it
    :cvar RESOLVED: it is over
    """

    NORMAL = "normal"
    PENDING = "pending"
    ACTIVE = "active"
    LEAVING = "leaving"
    LATCHED = "latched"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Settings:
    """How a rule wants its alerts to move.

    :ivar on_delay_s: seconds that the condition has to hold before there is an alert
    :ivar off_delay_s: seconds that it has to be gone before the alert is over
    :ivar latch: an alert stays open after its condition has gone, until somebody acknowledges it
    :ivar reopen_within_s: a condition that is back within these seconds reopens the same alert. People are told of that
        only once it has lasted this long, so that a flickering condition is told once
    :ivar escalate_after_s: seconds without an acknowledgement after which the next level is told, and again after
        each further such period. 0: never
    """

    on_delay_s: float = 0.0
    off_delay_s: float = 0.0
    latch: bool = False
    reopen_within_s: float = 0.0
    escalate_after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class State:
    """All that is known of an alert: whoever goes on with it needs nothing else.

    :ivar since: since when the condition holds, in this run of it
    :ivar raised_at: when it first became active
    :ivar triggered_at: when it last became active
    :ivar gone_at: when the condition went, in phase LEAVING
    :ivar cleared_at: when the condition went for good
    :ivar resolved_at: when it was over
    :ivar told_at: when people were last told that it is active, or when somebody acknowledged a trigger that they were
        not told of; earlier than ``triggered_at`` where it has come back since. ``None`` while that is held back
    :ivar held: telling was held back
    :ivar was_told: people have been told of it at some time
    :ivar triggers: how often it became active
    :ivar active_s: for how many seconds it was active, in all its triggers that are over
    :ivar level: of escalation
    :ivar shelved_until: nobody is told anything until then
    :ivar out_of_service: nobody is told anything as long as that is so
    :ivar suppressed: the same, as something is the matter with what it depends on
    """

    phase: Phase = Phase.NORMAL
    acked: bool = False
    since: datetime | None = None
    raised_at: datetime | None = None
    triggered_at: datetime | None = None
    gone_at: datetime | None = None
    cleared_at: datetime | None = None
    resolved_at: datetime | None = None
    told_at: datetime | None = None
    held: bool = False
    was_told: bool = False
    triggers: int = 0
    active_s: float = 0.0
    level: int = 0
    value: float | None = None
    shelved_until: datetime | None = None
    out_of_service: bool = False
    suppressed: bool = False

    @property
    def active(self) -> bool:
        """Whether the condition holds, after the on-delay and until the end of the off-delay."""
        return self.phase in (Phase.ACTIVE, Phase.LEAVING)

    @property
    def is_open(self) -> bool:
        """Whether there is an alert that is not over, the ones that nobody sees yet included."""
        return self.phase not in (Phase.NORMAL, Phase.RESOLVED)

    @property
    def status(self) -> str:
        """What people see: ``active``, ``acknowledged``, ``resolved``, or nothing; ``pending`` they do not see.

        What was over stays resolved for them while the on-delay of its next trigger runs.
        """
        if self.phase is Phase.NORMAL:
            return ""
        if self.phase is Phase.PENDING:
            return "pending" if self.raised_at is None else "resolved"
        if self.phase is Phase.RESOLVED:
            return "resolved"
        return "acknowledged" if self.acked else "active"

    @property
    def quiet(self) -> bool:
        """Whether telling is held back."""
        return self.shelved_until is not None or self.out_of_service or self.suppressed
