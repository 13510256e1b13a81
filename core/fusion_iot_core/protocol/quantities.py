"""Quantities and their one unit each, and the units devices use instead."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType


class UnitError(ValueError):
    """A value in this unit cannot be expressed in that unit."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A physical quantity as the suite stores it.

    :ivar unit: the one unit in which values of it are stored and judged
    :ivar minimum: nothing on a shop floor is below this (same unit): less is no measurement
    :ivar maximum: nothing on a shop floor is above this
    """

    name: str
    label: str
    unit: str
    minimum: float
    maximum: float


# Where physics ends at a number that is really measured, such as 0, there is room beyond it for noise and drift.
_TABLE = (
    Quantity("temperature", "Temperature", "°C", -273.15, 5_000.0),
    Quantity("device_temperature", "Device temperature", "°C", -273.15, 5_000.0),
    Quantity("humidity", "Humidity", "%", -10.0, 120.0),  # formulas of sensors reach from −6 to 119
    Quantity("power", "Power", "W", -1e9, 1e9),
    Quantity("apparent_power", "Apparent power", "VA", -1e9, 1e9),
    Quantity("reactive_power", "Reactive power", "var", -1e9, 1e9),
    Quantity("energy", "Energy", "Wh", -1e15, 1e15),
    Quantity("energy_returned", "Energy returned", "Wh", -1e15, 1e15),
    Quantity("voltage", "Voltage", "V", -1e6, 1e6),
    Quantity("current", "Current", "A", -1e6, 1e6),
    Quantity("current_density", "Current density", "A/dm²", -1e5, 1e5),
    Quantity("frequency", "Frequency", "Hz", -1.0, 1e10),
    Quantity("power_factor", "Power factor", "", -1.1, 1.1),
    Quantity("battery", "Battery", "%", -5.0, 105.0),
    Quantity("ph", "pH", "pH", -2.0, 16.0),
    Quantity("conductivity", "Conductivity", "mS/cm", -1.0, 10_000.0),  # molten salts reach some thousands
    Quantity("concentration", "Concentration", "g/l", -0.5, 25_000.0),  # osmium
    Quantity("density", "Density", "kg/m³", -10.0, 25_000.0),
    Quantity("level", "Level", "%", -1_000.0, 1_000.0),
    Quantity("flow", "Flow", "l/min", -1e7, 1e7),
    Quantity("pressure", "Pressure", "bar", -1.1, 1e5),  # against the air outside, or absolute
)
QUANTITIES: Mapping[str, Quantity] = MappingProxyType({quantity.name: quantity for quantity in _TABLE})

_Conversion = tuple[Callable[[float], float], Callable[[float], float]]


def _factor(factor: float) -> _Conversion:
    return (lambda value: value * factor, lambda value: value / factor)


# (unit, its base unit) -> to base, from base
_CONVERSIONS: Mapping[tuple[str, str], _Conversion] = MappingProxyType(
    {
        ("°F", "°C"): (lambda value: (value - 32.0) * 5.0 / 9.0, lambda value: value * 9.0 / 5.0 + 32.0),
        ("K", "°C"): (lambda value: value - 273.15, lambda value: value + 273.15),
        ("kW", "W"): _factor(1000.0),
        ("mW", "W"): _factor(0.001),
        ("kVA", "VA"): _factor(1000.0),
        ("kvar", "var"): _factor(1000.0),
        ("kWh", "Wh"): _factor(1000.0),
        ("MWh", "Wh"): _factor(1_000_000.0),
        ("Wmin", "Wh"): _factor(1.0 / 60.0),
        ("mV", "V"): _factor(0.001),
        ("mA", "A"): _factor(0.001),
        ("kHz", "Hz"): _factor(1000.0),
        ("µS/cm", "mS/cm"): _factor(0.001),
        ("S/m", "mS/cm"): _factor(10.0),
        ("mg/l", "g/l"): _factor(0.001),
        ("g/cm³", "kg/m³"): _factor(1000.0),
        ("l/s", "l/min"): _factor(60.0),
        ("l/h", "l/min"): _factor(1.0 / 60.0),
        ("m³/h", "l/min"): _factor(1000.0 / 60.0),
        ("hPa", "bar"): _factor(0.001),
        ("mbar", "bar"): _factor(0.001),
        ("kPa", "bar"): _factor(0.01),
        ("MPa", "bar"): _factor(10.0),
        ("Pa", "bar"): _factor(0.00001),
        ("psi", "bar"): _factor(0.0689475729),
        ("mmHg", "bar"): _factor(0.00133322387415),
        ("inHg", "bar"): _factor(0.0338638866667),
        ("A/ft²", "A/dm²"): _factor(0.1076391042),
    }
)

UNIT_SYNONYMS: Mapping[str, str] = MappingProxyType(
    {
        "C": "°C",
        "degC": "°C",
        "celsius": "°C",
        "℃": "°C",
        "ºC": "°C",
        "F": "°F",
        "degF": "°F",
        "fahrenheit": "°F",
        "℉": "°F",
        "ºF": "°F",
        "kelvin": "K",
        "uS/cm": "µS/cm",
        "μS/cm": "µS/cm",
        "ASF": "A/ft²",
        "ASD": "A/dm²",
        "VAr": "var",
        "VAR": "var",
        "g/L": "g/l",
        "l": "l",
    }
)


def convert(value: float, unit: str, to: str) -> float:
    """Express ``value`` (in ``unit``) in the unit ``to``.

    An empty unit means "the same as the other". Raises :class:`UnitError` when no conversion is known.
    """
    unit = UNIT_SYNONYMS.get(unit, unit)
    to = UNIT_SYNONYMS.get(to, to)
    if not unit or not to or unit == to:
        return value
    if forward := _CONVERSIONS.get((unit, to)):
        return forward[0](value)
    if backward := _CONVERSIONS.get((to, unit)):
        return backward[1](value)
    raise UnitError(f"no conversion from {unit!r} to {to!r}")


def units_for(quantity: str) -> tuple[str, ...]:
    """The units a device may report ``quantity`` in, the stored one first."""
    base = QUANTITIES[quantity].unit
    return (base, *(unit for unit, to in _CONVERSIONS if to == base))
