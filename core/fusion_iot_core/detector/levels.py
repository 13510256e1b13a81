"""The levels of power that a machine stays at, in its histogram."""

from collections.abc import Sequence
from itertools import accumulate, combinations, pairwise
from math import sqrt

from .histogram import BINS_PER_DECADE, Bin, Level

LEAST_S = 60.0
APART = 0.3 * BINS_PER_DECADE
"""Two levels differ at least by a factor of two."""
DIP = 0.6
"""Between two levels the machine is seldom: at most this share of the lower of the two peaks."""


def weights_of(bins: Sequence[Bin]) -> list[float]:
    """How much each bin counts: work is rare beside the nights."""
    return [sqrt(each.seconds) for each in bins]


def main_levels(bins: Sequence[Bin]) -> tuple[list[float], list[Level]] | None:
    """Thresholds between off, standby and work, or off and work, and these levels; ``None`` where there are none.

    The histogram is cut where what lies on either side is most alike (Otsu 1979, "A threshold selection method from
    gray-level histograms"): in three if off, standby and work lie apart, else in two. The thresholds are where
    between them the machine is most seldom.
    """
    weights = weights_of(bins)
    for parts in (3, 2):
        cuts = _best_cuts(weights, parts)
        if cuts and _apart(bins, weights, cuts):
            found = []
            for number in range(1, parts):
                below = _peak(weights, cuts[number - 1], cuts[number])
                above = _peak(weights, cuts[number], cuts[number + 1])
                found.append(_valley(bins, weights, below, above))
            return found, [level(bins, low, high) for low, high in _spans(cuts)]
    return None


def valleys(bins: Sequence[Bin]) -> list[float]:
    """All thresholds between two levels, by rising power, however many levels there are."""
    weights = weights_of(bins)
    peaks = [number for number in range(len(weights)) if _is_peak(weights, number)]
    while (weak := _weakest(weights, peaks)) is not None or (weak := _shortest(bins, peaks)) is not None:
        peaks.remove(weak)
    return [_valley(bins, weights, below, above) for below, above in pairwise(peaks)]


def split(bins: Sequence[Bin], thresholds: Sequence[float]) -> list[Level]:
    """The levels below, between and above thresholds, as far as the machine was there."""
    cuts = [0, *(sum(each.low_w < threshold for each in bins) for threshold in thresholds), len(bins)]
    spans = [(low, high) for low, high in pairwise(cuts) if any(each.seconds for each in bins[low:high])]
    return [level(bins, low, high) for low, high in spans]


def level(bins: Sequence[Bin], low: int, high: int) -> Level:
    """What lies in a span of bins as one level."""
    seconds = [each.seconds for each in bins[low:high]]
    number = low + round(_middle(seconds, 0, len(seconds)))
    return Level(rounded(sqrt(bins[number].low_w * bins[number].high_w)), sum(seconds))


def rounded(power_w: float) -> float:
    """Two figures are all a histogram knows."""
    return float(f"{power_w:.2g}")


def _is_peak(weights: Sequence[float], number: int) -> bool:
    before = weights[number - 1] if number else 0.0
    after = weights[number + 1] if number + 1 < len(weights) else 0.0
    return weights[number] > 0 and weights[number] >= before and weights[number] > after


def _weakest(weights: Sequence[float], peaks: Sequence[int]) -> int | None:
    """The lower of two neighbouring peaks that are one level; ``None`` when all are apart."""
    for below, above in pairwise(peaks):
        lower = below if weights[below] < weights[above] else above
        if above - below < APART or min(weights[below : above + 1]) > DIP * weights[lower]:
            return lower
    return None


def _shortest(bins: Sequence[Bin], peaks: Sequence[int]) -> int | None:
    """A peak that the machine was at for too short a time; ``None`` when there is none."""
    cuts = [0, *((below + above + 1) // 2 for below, above in pairwise(peaks)), len(bins)]
    for peak, (low, high) in zip(peaks, pairwise(cuts), strict=True):
        if len(peaks) > 1 and sum(each.seconds for each in bins[low:high]) < LEAST_S:
            return peak
    return None


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


def _valley(bins: Sequence[Bin], weights: Sequence[float], below: int, above: int) -> float:
    """Where the machine is most seldom between two peaks: the middle of the widest."""
    seldom = min(weights[below + 1 : above])
    run_low, run_high, low = 0, 0, below + 1
    for high in range(below + 1, above + 1):
        if high == above or weights[high] > seldom:
            if high - low > run_high - run_low:
                run_low, run_high = low, high
            low = high + 1
    return rounded(sqrt(bins[run_low].low_w * bins[run_high - 1].high_w))


def _peak(weights: Sequence[float], low: int, high: int) -> int:
    return max(range(low, high), key=lambda number: weights[number])


def _middle(weights: Sequence[float], low: int, high: int) -> float:
    return sum(weights[number] * number for number in range(low, high)) / sum(weights[low:high])
