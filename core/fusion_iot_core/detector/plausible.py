"""How plausible the sessions are that settings make of what a machine has drawn."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from math import sqrt

from .config import SessionConfig
from .counter import SECONDS_PER_HOUR
from .replay import replay
from .sample import Message, Sample, sense, utc
from .session import Session

NEXT_GAP = 4.0
"""Pauses within a cycle and those between two differ at least by this factor."""
LONGEST_PAUSE_S = 3600.0
TINY = 0.02
"""A session of less than this share of the largest one's energy, and short, is none that anybody would draw."""
TINY_S = 300.0
FRAGMENT_S = 600.0
MOMENT = 0.2
BRIEF_S = 120.0
WAITS_W = 10.0
WAITS = 0.01
"""What a machine draws while it waits for its delayed start: at most this share of its peak, or ``WAITS_W``."""
LOST = 0.05
WAITED_S = 1800.0


class Course:
    """What a machine drew, as far as thresholds out of a few can tell apart: one sample a change, and now and then.

    Where the meter was silent for longer than the machine may be, so is this, and nowhere else.

    :ivar samples: with the mean power of what they stand for
    :ivar timeout_s: longer than this is silence
    :ivar interval_s: between two messages, on average
    :ivar energy_wh: in all
    :ivar steps: how many samples were taken to try settings
    """

    def __init__(self, samples: Iterable[Message], thresholds: Sequence[float], timeout_s: float) -> None:
        self.samples: list[Sample] = []
        self.energy_wh = 0.0
        self.steps = 0
        self._last: tuple[SessionConfig, list[Session]] | None = None
        self._bounds = sorted(thresholds)
        self._longest = timedelta(seconds=timeout_s)
        self.timeout_s = timeout_s
        self._began: datetime | None = None
        self._seconds = self._watts = 0.0
        first_at, last_at, held, count = None, None, 0.0, 0
        for moment, power, _reading in samples:
            at = utc(moment)
            if last_at is not None:
                if at < last_at:
                    continue
                self._hold(last_at, at, held)
            power_w, _ = sense(power, None)
            first_at, count = first_at or at, count + 1
            last_at, held = at, held if power_w is None else power_w
        self._close(last_at, held)
        self.interval_s = (last_at - first_at).total_seconds() / count if last_at and first_at else 0.0
        self._times = [sample.at for sample in self.samples]

    @property
    def until(self) -> datetime:
        """How far it goes."""
        return self.samples[-1].at

    def _hold(self, since: datetime, until: datetime, power_w: float) -> None:
        gap = until - since
        seconds = min(gap, self._longest).total_seconds()
        if self._began is None:
            self._began, self._class = since, self._class_of(power_w)
        elif self._class_of(power_w) != self._class or until - self._began > self._longest:
            self._say(self._began)
            self._began, self._class = since, self._class_of(power_w)
        self._seconds += seconds
        self._watts += power_w * seconds
        self.energy_wh += power_w * seconds / SECONDS_PER_HOUR
        if gap > self._longest or since - self._began >= self._longest / 2:
            self._say(self._began)
            if self.samples[-1].at < since:
                self.samples.append(Sample(since, power_w))
            self._began = None

    def _say(self, at: datetime) -> None:
        mean = self._watts / self._seconds if self._seconds else 0.0
        self.samples.append(Sample(at, mean))
        self._seconds = self._watts = 0.0

    def _close(self, last_at: datetime | None, held: float) -> None:
        if self._began is not None:
            self._say(self._began)
        if last_at is not None:
            self.samples.append(Sample(last_at, held))

    def _class_of(self, power_w: float) -> int:
        return bisect_right(self._bounds, power_w)

    def energy_above(self, threshold_w: float) -> float:
        """Energy at this power or more, Wh."""
        return (
            sum(power_w * seconds for power_w, seconds in self._held() if power_w >= threshold_w)
            / SECONDS_PER_HOUR
        )

    def seconds_above(self, threshold_w: float) -> float:
        """How long it was at this power or more."""
        return sum(seconds for power_w, seconds in self._held() if power_w >= threshold_w)

    def least_between(self, since: datetime, until: datetime) -> float:
        """The least power in a span of time."""
        first = bisect_right(self._times, since) - 1
        last = bisect_left(self._times, until)
        return min((sample.power_w or 0.0 for sample in self.samples[max(first, 0) : last]), default=0.0)

    def _held(self) -> Iterator[tuple[float, float]]:
        longest = self._longest.total_seconds()
        for sample, following in pairwise(self.samples):
            yield sample.power_w or 0.0, min((following.at - sample.at).total_seconds(), longest)

    def sessions(self, config: SessionConfig) -> list[Session]:
        """The sessions that ``config`` makes of it."""
        if self._last is None or self._last[0] != config:
            self.steps += len(self.samples)
            self._last = (
                config,
                [each for each in replay(config, self.samples, self.until) if each.total_s > 0],
            )
        return self._last[1]


def pauses(course: Course, sessions: Sequence[Session]) -> list[float]:
    """Which pauses may be those within a cycle, in seconds: none, and those that are much shorter than the next.

    The time before the first and after the last session is one as any other.
    """
    ends = [course.samples[0].at, *(each.end_at or course.until for each in sessions)]
    starts = [*(each.start_at for each in sessions), course.until]
    gaps = sorted((start - end).total_seconds() for end, start in zip(ends, starts, strict=True))
    found = [0.0]
    for shorter, longer in pairwise(gap for gap in gaps if gap > 0):
        if shorter <= LONGEST_PAUSE_S and longer >= NEXT_GAP * shorter:
            found.append(60.0 * -(-min(2 * shorter, sqrt(shorter * longer)) // 60))
    return found


def cost(course: Course, sessions: Sequence[Session]) -> float:
    """How implausible sessions are; 0 for those that somebody could have drawn.

    Energy outside of them, sessions of next to nothing, cycles torn apart, waiting that is taken for standby; and a
    little for sessions that are brief, where pauses could join them.
    """
    if not sessions:
        return 10.0
    most_wh = max(each.energy_wh for each in sessions)
    lost = 1.0 - sum(each.energy_wh for each in sessions) / course.energy_wh if course.energy_wh else 0.0
    tiny = sum(each.energy_wh < TINY * most_wh and each.total_s < TINY_S for each in sessions)
    torn = sum(_is_torn(course, one, other) for one, other in pairwise(sessions))
    brief = sum(each.total_s < BRIEF_S for each in sessions)
    total = sum(each.total_s for each in sessions)
    waited = _waited(course, sessions)
    return (
        4.0 * max(lost - LOST, 0.0) + (tiny + 2.0 * torn + 0.1 * brief) / len(sessions) + 2.0 * waited / total
    )


def _is_torn(course: Course, one: Session, other: Session) -> bool:
    """Whether there is less between two sessions than either lasts: much less, a report only, or not off."""
    if one.end_at is None:
        return False
    gap = (other.start_at - one.end_at).total_seconds()
    shorter = min(one.total_s, other.total_s)
    if gap >= min(FRAGMENT_S, shorter):
        return False
    off_w = _as_good_as_off(max(one.peak_power_w, other.peak_power_w))
    return (
        gap < max(MOMENT * shorter, 1.5 * course.interval_s)
        or course.least_between(one.end_at, other.start_at) > off_w
    )


def _as_good_as_off(peak_w: float) -> float:
    return max(WAITS_W, WAITS * peak_w)


def _waited(course: Course, sessions: Sequence[Session]) -> float:
    """Seconds of sessions in which the machine drew next to nothing, for longer than a pause lasts."""
    waited, run, number = 0.0, 0.0, 0
    for session in sessions:
        most_w = _as_good_as_off(session.peak_power_w)
        end_at = session.end_at or course.until
        run = 0.0
        while number + 1 < len(course.samples) and course.samples[number].at < end_at:
            sample, following = course.samples[number], course.samples[number + 1]
            number += 1
            if sample.at < session.start_at:
                continue
            if sample.power_w is not None and sample.power_w <= most_w:
                run += (following.at - sample.at).total_seconds()
            else:
                waited += run if run > WAITED_S else 0.0
                run = 0.0
        waited += run if run > WAITED_S else 0.0
    return waited
