"""How far the values of a probe can be trusted, one after the other.

What a value alone tells is `grade`'s. Here is what those before it tell: a fault value that is also a possible
temperature, an impossible jump, a change of unit, a probe that stands still. None of these is certain: the value is
suspect, decides nothing, and is shown as such.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from .faults import GOOD, Verdict, grade, is_one_of
from .probes import ProbeKind
from .quality import Quality, Reason

# What a bath can do: a few °C at once, 3 °C a minute. A gap is no reason to believe more: nobody was there.
BATH_STEP = 3.0
BATH_RATE = 0.05
BATH_TIME_S = 300.0

# A longer silence makes no larger step possible: a temperature gains no more than this over the step at once, and
# nothing more than five minutes of it.
JUMP_TIME_S = 300.0
JUMP_GAIN = BATH_RATE * JUMP_TIME_S

# A °F for a °C is told by landing where the bath was. After this long the bath may as well be there, and a probe that
# stays there for so long was moved.
UNIT_STEP = 1.5
UNIT_TIME_S = 3600.0
UNIT_STAYS_S = 300.0

# A gap counts for so long at most towards standing still.
STILL_STEP_S = 3600.0
# Flows, levels, currents and what else may rest for days do not stand still, they are off.
_RESTLESS = frozenset({"temperature", "ph", "conductivity"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """What is asked of the values of one probe, in the stored unit of its quantity. See :func:`checks`.

    :ivar kind: kind of probe
    :ivar quantity: empty where nobody knows it
    :ivar doubtful: fault values that are also possible
    :ivar gap: seconds of silence after which the probe may have been restarted
    :ivar jump: the largest step at once, with some more for the time between; ``None``: any is possible, also what
        looks like another unit
    :ivar still: seconds after which a value that has not moved is doubted; ``None``: never
    """

    kind: ProbeKind
    quantity: str
    doubtful: tuple[float, ...]
    gap: float
    jump: float | None
    still: float | None


def checks(
    kind: ProbeKind,
    quantity: str,
    gap: float,
    max_jump: float | None = None,
    still_after_s: float | None = None,
) -> Checks:
    """The checks of a probe.

    :param max_jump: in place of the kind's; 0: none is too large
    :param still_after_s: in place of the kind's; 0: never
    """
    temperature = quantity == "temperature"
    if max_jump is None:
        max_jump = kind.max_jump if temperature else None
    if still_after_s is None:
        still_after_s = kind.still_after_s if quantity in _RESTLESS else None
    return Checks(
        kind=kind,
        quantity=quantity,
        doubtful=kind.doubtful if temperature else (),
        gap=gap,
        jump=max_jump or None,
        still=still_after_s or None,
    )


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


def assess(trust: Trust, asked: Checks, at: datetime, value: float, unit: str = "") -> tuple[Verdict, Trust]:
    """Judge the next value of a probe.

    :param at: not before the newest
    :param value: in the stored unit of the quantity
    :param unit: in which the device sent it
    :returns: how far to trust it, and what to keep
    """
    newest_at, _suspect, good_at, good, plain_at, plain, seen, still_s = trust
    since = (at - good_at).total_seconds() if good_at else None
    verdict = grade(value, kind=asked.kind, quantity=asked.quantity)
    if verdict.quality is Quality.BAD:
        if verdict.reason is Reason.RANGE and _other_unit(good, since, asked, value, unit):
            verdict = Verdict(Quality.BAD, Reason.UNIT)
        return verdict, trust._replace(at=at, suspect=False)
    if value == seen and newest_at:
        still_s += min((at - newest_at).total_seconds(), STILL_STEP_S)
    else:
        still_s = 0.0
    of_broken = is_one_of(value, asked.doubtful)
    reason = None
    if of_broken and _cannot_be_there(trust, asked, at, value):
        reason = Reason.POWER_ON
    elif _other_unit(good, since, asked, value, unit) and not (
        since is not None and since >= UNIT_STAYS_S and _stays(trust, asked, at, value)
    ):
        reason = Reason.UNIT
    elif asked.jump is not None and _jumped(trust, asked, at, since, value):
        reason = Reason.JUMP
    elif asked.still is not None and still_s >= asked.still:
        reason = Reason.STILL
    if reason is not None:
        return Verdict(Quality.SUSPECT, reason), Trust(
            at, True, good_at, good, plain_at, plain, value, still_s
        )
    if not of_broken:
        plain_at, plain = at, value
    return GOOD, Trust(at, False, at, value, plain_at, plain, value, still_s)


def _bath(asked: Checks, seconds: float) -> float:
    """How far a bath can have gone."""
    return BATH_STEP + BATH_RATE * min(seconds, BATH_TIME_S, asked.gap)


def _cannot_be_there(trust: Trust, asked: Checks, at: datetime, value: float) -> bool:
    """Whether the bath cannot have got to this fault value.

    It is measured against the last value that was none, so that it does not vouch for itself.
    """
    if trust.plain is None or trust.plain_at is None:
        return asked.kind.power_on is not None and is_one_of(value, (asked.kind.power_on,))
    return abs(value - trust.plain) > _bath(asked, (at - trust.plain_at).total_seconds())


def _other_unit(good: float | None, since: float | None, asked: Checks, value: float, unit: str) -> bool:
    """The bath cannot be there so soon, and where it was is just what the number says in °F.

    :param since: seconds since the last good value, ``good``
    """
    if good is None or since is None or abs(value - good) <= BATH_STEP or since > UNIT_TIME_S:
        return False
    if asked.quantity != "temperature" or abs(value - good) <= _bath(asked, since):
        return False
    if asked.jump is None or asked.kind.max_jump is None:
        return False
    # What was sent in °C and taken for °F is the other way round.
    meant = value * 9.0 / 5.0 + 32.0 if unit == "°F" else (value - 32.0) * 5.0 / 9.0
    return abs(meant - good) <= UNIT_STEP


def _jumped(trust: Trust, asked: Checks, at: datetime, since: float | None, value: float) -> bool:
    """A step that no probe can make, unless the value before made it already.

    A probe that was moved to another tank stays where it is now, a disturbed line does not.

    :param since: seconds since the last good value
    """
    if asked.jump is None or trust.good is None or since is None:
        return False
    gain = asked.jump * min(since, JUMP_TIME_S) / 60.0
    if asked.quantity == "temperature":
        gain = min(gain, JUMP_GAIN)
    return abs(value - trust.good) > asked.jump + gain and not _stays(trust, asked, at, value)


def _stays(trust: Trust, asked: Checks, at: datetime, value: float) -> bool:
    """Whether the value before was doubted, and a bath can have got from there to this one."""
    if not trust.suspect or trust.seen is None or trust.at is None or is_one_of(trust.seen, asked.doubtful):
        return False
    return abs(value - trust.seen) <= _bath(asked, (at - trust.at).total_seconds())
