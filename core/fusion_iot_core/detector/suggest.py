"""Settings from what a machine has drawn."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from .config import SessionConfig
from .histogram import Bin, Level, histogram
from .levels import level, main_levels, split, valleys
from .plausible import Course, cost, pauses
from .sample import Message
from .session import Session

LONGEST_HOLD_S = 300.0
MOST_TRIED = 6
MOST_STEPS = 400_000
"""When so many samples have been taken, that is all that is tried: a matter of seconds."""
WORKS = 0.3
"""A machine that is on works for at least this share of the time, if there is a level below that would do."""
WORKS_AT_ALL = 0.03
"""Less than this is no level of the machine, but the inrush of its motor."""
AS_GOOD = 0.05
MOST_OF_IT = 0.5
"""Work takes at least this share of the energy."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Settings, and what they were read from.

    :ivar standby_threshold_w: ``None`` when the machine was never seen both off and on
    :ivar working_threshold_w: equal to the other for a machine that has no standby
    :ivar levels: off, standby where there is one, and work, by rising power
    :ivar bins: the histogram of power
    :ivar start_threshold_w: what a session begins with, where less is drawn by a machine that waits for its start
    :ivar min_off_gap_s: pauses that belong to a cycle; 0: none were seen
    :ivar sessions: how many sessions these settings make of what was drawn
    """

    standby_threshold_w: float | None
    working_threshold_w: float | None
    levels: tuple[Level, ...]
    bins: tuple[Bin, ...]
    start_threshold_w: float | None = None
    min_off_gap_s: float = 0.0
    sessions: int = 0


@dataclass(frozen=True, slots=True)
class _Tried:
    config: SessionConfig
    sessions: list[Session]
    cost: float


def suggest(
    samples: Iterable[Message], *, longest_hold_s: float = LONGEST_HOLD_S, timeout_s: float | None = None
) -> Suggestion:
    """Read settings from messages in order of time; the same messages give the same settings.

    The thresholds between the levels that the machine stays at, and the pauses of its cycles, are tried on what was
    drawn; those are suggested that make the most plausible sessions of it.

    :param longest_hold_s: a message holds until the next, for at most this long
    :param timeout_s: the machine's ``message_timeout_s``, by which the sessions are judged; ``None``: the same
    """
    said = list(samples)
    bins = histogram(said, longest_hold_s)
    main = main_levels(bins)
    if main is None:
        seen = (level(bins, 0, len(bins)),) if any(each.seconds for each in bins) else ()
        return Suggestion(None, None, seen, tuple(bins))
    thresholds, levels = main
    between = sorted({*valleys(bins), *thresholds})
    course = Course(said, between, timeout_s or longest_hold_s)
    best: _Tried | None = None
    for standby_w, working_w in _pairs(thresholds, between, course):
        if best is not None and course.steps > MOST_STEPS:
            break
        for config in _configs(standby_w, working_w, between, course):
            if best is not None and course.steps > MOST_STEPS:
                break
            sessions = course.sessions(config)
            found = cost(course, sessions)
            if best is None or found < best.cost - AS_GOOD:
                best = _Tried(config, sessions, found)
    assert best is not None
    standby_w, start_w = best.config.standby_threshold_w, best.config.start_threshold_w
    working_w = _work(best, course, between)
    if (standby_w, working_w) != (thresholds[0], thresholds[-1]):
        levels = split(bins, sorted({standby_w, working_w}))
    count = len(best.sessions)
    return Suggestion(
        standby_w, working_w, tuple(levels), tuple(bins), start_w, best.config.min_off_gap_s, count
    )


def _pairs(main: Sequence[float], between: Sequence[float], course: Course) -> Iterator[tuple[float, float]]:
    """Thresholds to try: those of the main levels first where they tell standby from work, then from the lowest on."""
    if len(main) > 1:
        yield main[0], main[-1]
    for standby_w in between[:MOST_TRIED]:
        if len(main) > 1:
            if standby_w != main[0]:
                yield standby_w, max(standby_w, main[-1])
            continue
        above = [each for each in between if each > standby_w]
        work = (each for each in above if course.energy_above(each) >= MOST_OF_IT * course.energy_wh)
        yield standby_w, next(work, standby_w)


def _configs(
    standby_w: float, working_w: float, between: Sequence[float], course: Course
) -> Iterator[SessionConfig]:
    """Settings with these thresholds: for the pauses that may be, and for a machine that waits for its start."""
    higher = [each for each in between if each > standby_w]
    for start_w in (None, *higher[:1]):
        plain = SessionConfig(
            standby_threshold_w=standby_w,
            working_threshold_w=max(working_w, start_w or 0.0),
            start_threshold_w=start_w,
            message_timeout_s=course.timeout_s,
            heartbeat_interval_s=0,
        )
        for gap_s in pauses(course, course.sessions(plain)):
            yield replace(plain, min_off_gap_s=gap_s)


def _work(tried: _Tried, course: Course, between: Sequence[float]) -> float:
    """The threshold of work: lower than the highest level's where that is a small part of the time, as heating is."""
    config = tried.config
    total = sum(each.total_s for each in tried.sessions)
    least, worked = WORKS * total, sum(each.working_s for each in tried.sessions)
    if worked < least:
        lowest = max(config.standby_threshold_w, config.start_threshold_w or 0.0)
        for lower_w in reversed([each for each in between if each < config.working_threshold_w]):
            enough = lower_w >= lowest and lower_w > config.standby_threshold_w
            if enough and course.seconds_above(lower_w) >= least:
                return lower_w
    return config.standby_threshold_w if worked < WORKS_AT_ALL * total else config.working_threshold_w
