"""What a session costs. No Odoo here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

MOST_AMOUNT = 1e15
"""No session costs as much; what the rates make of it must not be in the way of being stored."""
_SECONDS_PER_HOUR = 3600.0
# A float that ought to be a whole number of units must not become one more.
_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Rates:
    """What a machine costs, in its company's currency.

    :ivar working_h: per hour of work
    :ivar standby_h: per hour of standby
    :ivar kwh: per kWh
    :ivar minimum: what a session costs at least
    :ivar rounding_min: time is billed in units of so many minutes, begun ones in full; 0: to the second
    :ivar decimals: of the currency
    """

    working_h: float = 0.0
    standby_h: float = 0.0
    kwh: float = 0.0
    minimum: float = 0.0
    rounding_min: float = 0.0
    decimals: int = 2


class Bill(NamedTuple):
    """Hours and kWh that are billed, and the amount."""

    standby_units: float
    working_units: float
    energy_units: float
    amount: float


def bill(rates: Rates, standby_s: float, working_s: float, energy_kwh: float) -> Bill:
    """What a session costs that was in standby and at work for so long and took so much energy."""
    standby = _units(standby_s, rates.rounding_min)
    working = _units(working_s, rates.rounding_min)
    amount = standby * rates.standby_h + working * rates.working_h + energy_kwh * rates.kwh
    amount = min(max(amount, rates.minimum), MOST_AMOUNT)
    return Bill(standby, working, energy_kwh, _rounded(amount, rates.decimals))


def _rounded(amount: float, decimals: int) -> float:
    return float(Decimal(repr(amount)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


def _units(seconds: float, rounding_min: float) -> float:
    if rounding_min <= 0:
        return seconds / _SECONDS_PER_HOUR
    units = math.ceil(seconds / (60 * rounding_min) - _TOLERANCE)
    return max(units, 0) * rounding_min / 60
