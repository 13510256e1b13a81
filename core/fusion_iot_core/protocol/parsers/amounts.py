"""Values on their way to the one unit of their quantity."""

import math
import re

from ..quantities import QUANTITIES, UNIT_SYNONYMS, UnitError, convert, units_for
from .json_payload import NUMBER_MAX, Unreadable, shown, text_number

_AMOUNT = re.compile(r"([+-]?[\d.]+(?:[eE][+-]?\d+)?)\s*([^\s\d.,+-].*)?\Z", re.ASCII)

# no two of these units differ in case only
_UNITS = {unit.lower(): unit for name in QUANTITIES for unit in units_for(name) if unit}
_SYNONYMS = {text.lower(): unit for text, unit in UNIT_SYNONYMS.items() if unit.lower() in _UNITS}


def unit_named(text: str) -> str:
    """The unit that a text such as ``°c``, ``degC`` or ``KWH`` names; empty when it names none we know."""
    text = text.strip().lower()
    return _UNITS.get(text) or _SYNONYMS.get(text, "")


def in_stored_unit(value: float, unit: str, quantity: str) -> float | Unreadable:
    """``value`` in the unit that ``quantity`` is stored in, without the dust that binary fractions leave.

    An empty ``unit`` is the quantity's own.
    """
    try:
        converted = convert(value, unit, QUANTITIES[quantity].unit)
    except UnitError:
        return Unreadable("invalid_unit", f"Not a unit of {QUANTITIES[quantity].label}: {shown(unit)}.")
    if not math.isfinite(converted):
        return Unreadable("invalid_value", "Not a measurement: the number is beyond the range of a double.")
    return converted if converted == value else float(f"{converted:.12g}")


def quantity_in(unit: str) -> str:
    """The quantity that is measured in a unit; empty where several are: a percentage may be anything."""
    if unit == "%":
        return ""
    return next((name for name in QUANTITIES if unit in units_for(name)), "") if unit else ""


def text_amount(text: str) -> tuple[float, str] | Unreadable:
    """The number and the unit in a text such as ``21.5`` or ``70.7 °F``; the unit is empty when there is none."""
    text = text.strip()
    spelt = text_number(text)
    if isinstance(spelt, Unreadable) and spelt.fault:
        return spelt
    found = _AMOUNT.match(text) if len(text) <= NUMBER_MAX else None
    number = text_number(found[1]) if found else None
    unit = unit_named(found[2]) if found and found[2] else ""
    if found is None or not isinstance(number, float) or (found[2] and not unit):
        what = "a number, perhaps with a unit, is needed"
        return Unreadable("invalid_value", f"Not a measurement: {what}, not {shown(text)}.")
    return number, unit
