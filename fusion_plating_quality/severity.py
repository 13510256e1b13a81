"""How bad an excursion is. Pure functions: no Odoo inside."""

from typing import Final

SEVERITIES: Final[tuple[str, ...]] = ("minor", "major", "critical")

# Excess over the limit, as a share of the width of the specification.
MINOR_UP_TO: Final[float] = 0.1
MAJOR_UP_TO: Final[float] = 0.5

# What stands in for the width when one side of the specification is open: this share of the limit itself.
OPEN_SIDE_SHARE: Final[float] = 0.2


def excess(value: float, limit_min: float | None, limit_max: float | None) -> float:
    """Return how far a value lies outside its limits, in the unit of the value; 0 inside or on a limit."""
    if limit_max is not None and value > limit_max:
        return value - limit_max
    if limit_min is not None and value < limit_min:
        return limit_min - value
    return 0.0


def severity(value: float | None, limit_min: float | None, limit_max: float | None) -> str:
    """Grade an excursion.

    The excess is compared with the width of the specification: up to a tenth is minor, up to a half major,
    more is critical. With one side open, a fifth of the remaining limit stands in for the width (1 where
    that is zero).

    :param value: the worst value, ``None`` when there is none (a hold raised by eye)
    :param limit_min: lower specification limit, ``None`` when open
    :param limit_max: upper specification limit, ``None`` when open
    :return: ``"minor"``, ``"major"`` or ``"critical"``; ``"major"`` when nothing can be compared
    """
    if value is None or (limit_min is None and limit_max is None):
        return "major"
    if limit_min is not None and limit_max is not None:
        width = limit_max - limit_min
    else:
        width = OPEN_SIDE_SHARE * abs(limit_max if limit_max is not None else limit_min or 0.0)
    share = excess(value, limit_min, limit_max) / (width or 1.0)
    if share <= MINOR_UP_TO:
        return "minor"
    return "major" if share <= MAJOR_UP_TO else "critical"


def worse(first: str, second: str) -> str:
    """Return the worse of two grades."""
    return max(first, second, key=SEVERITIES.index)
