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
    :ivar minimum: no value below this is physically possible (same unit); ``None``: no such bound
    :ivar maximum: no value above this is physically possible; ``None``: no such bound
    """

    name: str
    label: str
    unit: str
    minimum: float | None = None
    maximum: float | None = None


_TABLE = (
    Quantity("temperature", "Temperature", "°C", minimum=-273.15),
    Quantity("device_temperature", "Device temperature", "°C", minimum=-273.15),
    Quantity("humidity", "Humidity", "%", minimum=0.0),
    Quantity("power", "Power", "W"),
    Quantity("apparent_power", "Apparent power", "VA"),
    Quantity("reactive_power", "Reactive power", "var"),
    Quantity("energy", "Energy", "Wh"),
    Quantity("energy_returned", "Energy returned", "Wh"),
    Quantity("voltage", "Voltage", "V"),
    Quantity("current", "Current", "A"),
    Quantity("current_density", "Current density", "A/dm²"),
    Quantity("frequency", "Frequency", "Hz", minimum=0.0),
    Quantity("power_factor", "Power factor", "", minimum=-1.0, maximum=1.0),
    Quantity("battery", "Battery", "%", minimum=0.0, maximum=100.0),
    Quantity("ph", "pH", "pH"),
    Quantity("conductivity", "Conductivity", "mS/cm", minimum=0.0),
    Quantity("concentration", "Concentration", "g/l", minimum=0.0),
    Quantity("density", "Density", "kg/m³", minimum=0.0),
    Quantity("level", "Level", "%"),
    Quantity("flow", "Flow", "l/min"),
    Quantity("pressure", "Pressure", "bar"),
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
