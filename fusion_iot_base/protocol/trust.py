"""How far the values of a probe can be trusted, one after the other.

What a value alone tells is `grade`'s. Here is what those before it tell: a fault value that is also a possible
temperature, an impossible jump, a change of unit, a probe that stands still. None of these is certain: the value is
suspect, decides nothing, and is shown as such.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from .faults import GOOD, Verdict, grade, is_one_of
from .probes import ProbeKind, probe_kind
from .quality import Quality, Reason

# What a bath can do: a few °C at once, 3 °C a minute. A gap is no reason to believe more: nobody was there.
BATH_STEP = 3.0
BATH_RATE = 0.05
BATH_TIME_S = 300.0

# A °F for a °C is told by landing where the bath was. After this long the bath may as well be there.
UNIT_STEP = 1.5
UNIT_TIME_S = 3600.0

# A gap counts for so long at most towards standing still.
STILL_STEP_S = 3600.0
# Flows, levels, currents and what else may rest for days do not stand still, they are off.
_RESTLESS = frozenset({"temperature", "ph", "conductivity"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """What is asked of the values of one probe, in the stored unit of its quantity.

    :ivar kind: kind of probe
    :ivar quantity: empty where nobody knows it
    :ivar gap: seconds of silence after which the probe may have been restarted
    :ivar max_jump: in place of the kind's; 0: none is too large. As much again is possible with every minute
    :ivar still_after_s: in place of the kind's; 0: never
    """

    kind: ProbeKind = field(default_factory=lambda: probe_kind("other"))
    quantity: str = "temperature"
    gap: float = 600.0
    max_jump: float | None = None
    still_after_s: float | None = None

    @property
    def jump(self) -> float | None:
        """The largest step at once, and as much again with every minute; ``None``: any is possible."""
        if self.max_jump is not None:
            return self.max_jump or None
        return self.kind.max_jump if self.quantity == "temperature" else None

    @property
    def still(self) -> float | None:
        """Seconds after which a value that has not moved is doubted; ``None``: never."""
        if self.still_after_s is not None:
            return self.still_after_s or None
        return self.kind.still_after_s if self.quantity in _RESTLESS else None


class Trust(NamedTuple):
    """What is kept of a probe's values.

    :ivar at: time of the newest value of any quality
    :ivar suspect: the newest value was suspect
    :ivar good_at: time of the last good value, ``good``
    :ivar plain_at: time of the last good value that no broken probe says, ``plain``
    :ivar seen: the last value that was not bad
    :ivar still_s: for how long it has not moved
    """

    at: datetime | None = None
    suspect: bool = False
    good_at: datetime | None = None
    good: float | None = None
    plain_at: datetime | None = None
    plain: float | None = None
    seen: float | None = None
    still_s: float = 0.0


def assess(trust: Trust, checks: Checks, at: datetime, value: float, unit: str = "") -> tuple[Verdict, Trust]:
    """Judge the next value of a probe.

    :param at: not before the newest
    :param value: in the stored unit of the quantity
    :param unit: in which the device sent it
    :returns: how far to trust it, and what to keep
    """
    verdict = grade(value, kind=checks.kind, quantity=checks.quantity)
    if verdict.quality is Quality.BAD:
        if verdict.reason is Reason.RANGE and _other_unit(trust, checks, at, value, unit):
            verdict = Verdict(Quality.BAD, Reason.UNIT)
        return verdict, trust._replace(at=at, suspect=False)
    passed = (at - trust.at).total_seconds() if trust.at else 0.0
    still_s = trust.still_s + min(passed, STILL_STEP_S) if value == trust.seen else 0.0
    seen = trust._replace(at=at, suspect=True, seen=value, still_s=still_s)
    for reason, doubts in _DOUBTS:
        if doubts(trust, checks, at, value, unit):
            return Verdict(Quality.SUSPECT, reason), seen
    if checks.still is not None and still_s >= checks.still:
        return Verdict(Quality.SUSPECT, Reason.STILL), seen
    good = seen._replace(suspect=False, good_at=at, good=value)
    if not _of_a_broken_probe(checks, value):
        good = good._replace(plain_at=at, plain=value)
    return GOOD, good


def _of_a_broken_probe(checks: Checks, value: float) -> bool:
    return checks.quantity == "temperature" and is_one_of(value, checks.kind.doubtful)


def _perhaps_broken(trust: Trust, checks: Checks, at: datetime, value: float, _unit: str) -> bool:
    """A fault value that is also a possible temperature, where the bath cannot have got there.

    It is measured against the last value that was none of these, so that it does not vouch for itself.
    """
    if not _of_a_broken_probe(checks, value):
        return False
    if trust.plain is None or trust.plain_at is None:
        return checks.kind.power_on is not None and is_one_of(value, (checks.kind.power_on,))
    return abs(value - trust.plain) > _bath(checks, (at - trust.plain_at).total_seconds())


def _bath(checks: Checks, seconds: float) -> float:
    return BATH_STEP + BATH_RATE * min(seconds, BATH_TIME_S, checks.gap)


def _other_unit(trust: Trust, checks: Checks, at: datetime, value: float, unit: str) -> bool:
    """The bath cannot be there so soon, and where it was is just what the number says in °F."""
    if checks.quantity != "temperature" or trust.good is None or trust.good_at is None:
        return False
    seconds = (at - trust.good_at).total_seconds()
    if seconds > UNIT_TIME_S or abs(value - trust.good) <= _bath(checks, seconds):
        return False
    # What was sent in °C and taken for °F is the other way round.
    meant = value * 9.0 / 5.0 + 32.0 if unit == "°F" else (value - 32.0) * 5.0 / 9.0
    return abs(meant - trust.good) <= UNIT_STEP


def _jumped(trust: Trust, checks: Checks, at: datetime, value: float, _unit: str) -> bool:
    """A step that no probe can make, unless the value before made it already.

    A probe that was moved to another tank stays where it is now, a disturbed line does not.
    """
    if checks.jump is None or trust.good is None or trust.good_at is None:
        return False
    seconds = (at - trust.good_at).total_seconds()
    if abs(value - trust.good) <= checks.jump * (1.0 + seconds / 60.0):
        return False
    if not trust.suspect or trust.seen is None or trust.at is None or _of_a_broken_probe(checks, trust.seen):
        return True
    return abs(value - trust.seen) > _bath(checks, (at - trust.at).total_seconds())


_DOUBTS: tuple[tuple[Reason, Callable[[Trust, Checks, datetime, float, str], bool]], ...] = (
    (Reason.POWER_ON, _perhaps_broken),
    (Reason.UNIT, _other_unit),
    (Reason.JUMP, _jumped),
)
