"""Comparing how far out two values are."""

from .limits import Limits


def distance(value: float, limits: Limits) -> float:
    """How far ``value`` lies outside the specification; 0 inside."""
    below = limits.spec_min - value if limits.spec_min is not None else 0.0
    above = value - limits.spec_max if limits.spec_max is not None else 0.0
    return max(below, above, 0.0)


def worse(value: float, than: float | None, limits: Limits) -> bool:
    """Whether ``value`` lies further outside than ``than``."""
    return than is None or distance(value, limits) > distance(than, limits)
