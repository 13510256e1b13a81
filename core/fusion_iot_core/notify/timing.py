"""When somebody is told of an alert, and when a delivery is tried again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo

from .hours import Hours, next_moment

SEVERITIES = ("info", "warning", "critical")
"""From the least to the worst."""
GROUP_WAIT = timedelta(seconds=10)
"""What follows the first alert within this time goes into the same message."""
GROUP_INTERVAL = timedelta(seconds=60)
"""From one message to the next one to the same receiver; what is critical does not wait for it."""
LINES = 20
"""The alerts that a message names. Of further ones it gives the number."""
MOST_ATTEMPTS = 8
FIRST_PAUSE_S, LONGEST_PAUSE_S, LONGEST_ASKED_S = 15.0, 1800.0, 3600.0

NOW, QUIET, DIGEST = "now", "quiet", "digest"


def reaches(severity: str, least: str | None) -> bool:
    """Whether ``severity`` is at least ``least``; none is, where that is ``None``."""
    return least is not None and SEVERITIES.index(severity) >= SEVERITIES.index(least)


@dataclass(frozen=True)
class Wishes:
    """When a receiver wants to be told.

    :ivar quiet: not in these hours
    :ivar critical_anyway: but of what is critical
    :ivar digest: what is not critical once a day, at this many minutes after midnight
    """

    zone: tzinfo = timezone.utc
    quiet: Hours | None = None
    critical_anyway: bool = True
    digest: int | None = None


@dataclass(frozen=True)
class Due:
    """When a message goes.

    :ivar lane: what waits for different reasons does not wait together: `NOW`, `QUIET` or `DIGEST`
    """

    lane: str
    at: datetime


def due(severity: str, now: datetime, wishes: Wishes, last: datetime | None = None) -> Due:
    """When a receiver is told of an alert of which nobody has told him yet.

    :param now: with a time zone
    :param last: when the last message went to this receiver the same way
    """
    critical = severity == SEVERITIES[-1]
    if wishes.digest is not None and not critical:
        return Due(DIGEST, next_moment(now, wishes.digest, wishes.zone))
    if wishes.quiet and not (critical and wishes.critical_anyway):
        until = wishes.quiet.until(now, wishes.zone)
        if until:
            return Due(QUIET, until)
    soon = now + GROUP_WAIT
    return Due(NOW, soon if critical or last is None else max(soon, last + GROUP_INTERVAL))


def pause(attempts: int, chance: float, asked: float = 0.0) -> float | None:
    """Seconds until the next attempt to deliver; ``None`` after the last one.

    :param attempts: that have failed
    :param chance: from 0 to 1; the pause is between half and all of one that doubles, so that receivers of many
        messages are spared
    :param asked: seconds that the receiver asked for; an hour counts at most
    """
    if attempts >= MOST_ATTEMPTS:
        return None
    longest = min(FIRST_PAUSE_S * 2.0 ** (attempts - 1), LONGEST_PAUSE_S)
    return max(longest * (0.5 + chance / 2), min(asked, LONGEST_ASKED_S))
