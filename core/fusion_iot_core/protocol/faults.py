"""What one value tells by itself: whether the probe can have measured it, whether anything can be so.

What only the values before it tell (a jump, the power-on value, a value that does not move) is judged where
they are known.
"""

from typing import NamedTuple

from .probes import ProbeKind, probe_kind
from .quality import Quality, Reason
from .quantities import QUANTITIES

_SAME = 0.01  # firmware prints two decimals at least where it does not round to one
BEYOND = 1e12
"""No number of a shop floor is as large as this, whatever it measures."""


class Verdict(NamedTuple):
    """How far a value can be trusted, and why no further."""

    quality: Quality
    reason: Reason | None = None


GOOD = Verdict(Quality.GOOD)
_IMPOSSIBLE = Verdict(Quality.BAD, Reason.IMPOSSIBLE)
_CODE = Verdict(Quality.BAD, Reason.CODE)
_RANGE = Verdict(Quality.BAD, Reason.RANGE)


def grade(value: float, *, kind: ProbeKind | str, quantity: str) -> Verdict:
    """Grade one value of a probe by itself.

    :param value: in the stored unit of ``quantity``
    :param kind: kind of probe, or its key in `PROBE_KINDS`
    :param quantity: empty where nobody knows it
    """
    if beyond_physics(value, quantity):
        return _IMPOSSIBLE
    if quantity == "temperature":
        probe = probe_kind(kind) if isinstance(kind, str) else kind
        if is_one_of(value, probe.codes):
            return _CODE
        if not probe.minimum <= value <= probe.maximum:
            return _RANGE
    return GOOD


def beyond_physics(value: float, quantity: str) -> bool:
    """Whether nothing that is measured as ``quantity`` (in its stored unit) can have this value."""
    bounds = QUANTITIES.get(quantity)
    low, high = (bounds.minimum, bounds.maximum) if bounds else (-BEYOND, BEYOND)
    return not low <= value <= high


def is_one_of(value: float, values: tuple[float, ...]) -> bool:
    """Whether ``value`` is one of ``values`` in all the digits that firmware prints."""
    for one in values:  # noqa: SIM110 (a third of the time)
        if -_SAME < value - one < _SAME:
            return True
    return False
