"""Thresholds from what a machine has drawn."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, combinations, pairwise
from math import sqrt

from .histogram import BINS_PER_DECADE, Bin, Level, histogram
from .sample import Message

LONGEST_HOLD_S = 300.0
LEAST_S = 60.0
APART = 0.3 * BINS_PER_DECADE
"""Two levels differ at least by a factor of two."""
DIP = 0.6
"""Between two levels the machine is seldom: at most this share of the lower of the two peaks."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Thresholds, and what they were read from.

    :ivar standby_threshold_w: ``None`` when the machine was never seen both off and on
    :ivar working_threshold_w: equal to the other for a machine that has no standby
    :ivar levels: off, standby where there is one, and work, by rising power
    :ivar bins: the histogram of power
    """

    standby_threshold_w: float | None
    working_threshold_w: float | None
    levels: tuple[Level, ...]
    bins: tuple[Bin, ...]


def suggest(samples: Iterable[Message], *, longest_hold_s: float = LONGEST_HOLD_S) -> Suggestion:
    """Read thresholds from messages in order of time; the same messages give the same thresholds.

    The histogram of power, by time and on a logarithmic scale, is cut where what lies on either side is most
    alike (Otsu 1979, "A threshold selection method from gray-level histograms"): in three if off, standby and
    work lie apart, else in two. The thresholds are where between them the machine is most seldom.

    :param longest_hold_s: a message holds until the next, for at most this long
    """
    bins = histogram(samples, longest_hold_s)
    weights = [sqrt(each.seconds) for each in bins]  # work is rare beside the nights
    for parts in (3, 2):
        cuts = _best_cuts(weights, parts)
        if cuts and _apart(bins, weights, cuts):
            found = [_threshold(bins, weights, cuts, number) for number in range(1, parts)]
            levels = tuple(_level(bins, low, high) for low, high in _spans(cuts))
            return Suggestion(found[0], found[-1], levels, tuple(bins))
    levels = (_level(bins, 0, len(bins)),) if any(weights) else ()
    return Suggestion(None, None, levels, tuple(bins))


def _best_cuts(weights: Sequence[float], parts: int) -> tuple[int, ...] | None:
    """The bounds of ``parts`` spans of bins, ``0`` and the end included, least unlike inside."""
    total = [0.0, *accumulate(weights)]
    moment = [0.0, *accumulate(weight * number for number, weight in enumerate(weights))]
    best, best_cuts = 0.0, None
    for inner in combinations(range(1, len(weights)), parts - 1):
        cuts = (0, *inner, len(weights))
        between = 0.0
        for low, high in _spans(cuts):
            weight = total[high] - total[low]
            if weight <= 0:
                break
            between += (moment[high] - moment[low]) ** 2 / weight
        else:
            if between > best:
                best, best_cuts = between, cuts
    return best_cuts


def _spans(cuts: Sequence[int]) -> list[tuple[int, int]]:
    return list(pairwise(cuts))


def _apart(bins: Sequence[Bin], weights: Sequence[float], cuts: Sequence[int]) -> bool:
    """Whether the spans are levels of the machine: long enough, far enough apart, and seldom in between."""
    spans = _spans(cuts)
    if any(sum(each.seconds for each in bins[low:high]) < LEAST_S for low, high in spans):
        return False
    for (low, cut), (_, high) in pairwise(spans):
        below, above = _peak(weights, low, cut), _peak(weights, cut, high)
        if _middle(weights, cut, high) - _middle(weights, low, cut) < APART:
            return False
        if min(weights[below : above + 1]) > DIP * min(weights[below], weights[above]):
            return False
    return True


def _threshold(bins: Sequence[Bin], weights: Sequence[float], cuts: Sequence[int], number: int) -> float:
    """Where the machine is most seldom between the peaks on either side of a cut: the middle of the widest."""
    below = _peak(weights, cuts[number - 1], cuts[number])
    above = _peak(weights, cuts[number], cuts[number + 1])
    seldom = min(weights[below + 1 : above])
    run_low, run_high, low = 0, 0, below + 1
    for high in range(below + 1, above + 1):
        if high == above or weights[high] > seldom:
            if high - low > run_high - run_low:
                run_low, run_high = low, high
            low = high + 1
    return _round(sqrt(bins[run_low].low_w * bins[run_high - 1].high_w))


def _peak(weights: Sequence[float], low: int, high: int) -> int:
    return max(range(low, high), key=lambda number: weights[number])


def _middle(weights: Sequence[float], low: int, high: int) -> float:
    return sum(weights[number] * number for number in range(low, high)) / sum(weights[low:high])


def _level(bins: Sequence[Bin], low: int, high: int) -> Level:
    seconds = [each.seconds for each in bins[low:high]]
    number = low + round(_middle(seconds, 0, len(seconds)))
    return Level(_round(sqrt(bins[number].low_w * bins[number].high_w)), sum(seconds))


def _round(power_w: float) -> float:
    """Two figures are all a histogram knows."""
    return float(f"{power_w:.2g}")
