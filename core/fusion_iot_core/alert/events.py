"""What happens to an alert, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Condition:
    """Whether the condition of the rule holds, as of ``at``.

    :ivar since: since when, where that is known; never later than ``at``
    :ivar value: what was measured
    """

    holds: bool
    at: datetime
    since: datetime | None = None
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed; nothing new is known of the condition."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Ack:
    """Somebody has taken notice."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Shelve:
    """Somebody does not want to hear of it until then."""

    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Unshelve:
    """Somebody wants to hear of it after all."""

    at: datetime


@dataclass(frozen=True, slots=True)
class OutOfService:
    """Its source is out of service, or back."""

    at: datetime
    on: bool


@dataclass(frozen=True, slots=True)
class Suppress:
    """Something is the matter with what its source depends on, or no more."""

    at: datetime
    on: bool


@dataclass(frozen=True, slots=True)
class Resolve:
    """Somebody says that it is over."""

    at: datetime


Event = Condition | Tick | Ack | Shelve | Unshelve | OutOfService | Suppress | Resolve


@dataclass(frozen=True, slots=True)
class Raised:
    """There is an alert now."""


@dataclass(frozen=True, slots=True)
class Retriggered:
    """The condition is back: the same alert is active again."""


@dataclass(frozen=True, slots=True)
class Cleared:
    """The condition is gone."""


@dataclass(frozen=True, slots=True)
class Acked:
    """It is acknowledged."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """It is over."""


@dataclass(frozen=True, slots=True)
class Escalated:
    """Nobody has acknowledged it for another while.

    :ivar level: 1 and up
    """

    level: int


@dataclass(frozen=True, slots=True)
class Tell:
    """People are to be told that it is active.

    :ivar kind: ``raised``, or ``released`` where that was held back before
    """

    kind: str


@dataclass(frozen=True, slots=True)
class Refused:
    """It is not over as long as it is active. It can be shelved."""


Effect = Raised | Retriggered | Cleared | Acked | Resolved | Escalated | Tell | Refused
