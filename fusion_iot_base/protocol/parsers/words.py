"""What a name that a person gave says of a quantity: ``bath_temp_f``, ``waterTemperature``, ``Power kW``.

A guess for names nobody has agreed on; the families with names of their own have tables instead. A name that
speaks of a limit, a counter, a flag or a setting is no measurement. A word that is a unit knows better than the noun
beside it: ``battery_mV`` is a voltage. A unit is taken for granted only where practically every device has the same
one (:attr:`Guess.assumed`): energy comes in Wh as well as in kWh, pressure in hPa as well as in bar.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from ..quantities import QUANTITIES, units_for
from .amounts import quantity_in, unit_named

LONGEST_NAME = 80

_WORD = re.compile(
    r"pH|[kKM]Wh|[kKm]W(?![a-z])|[kK]?VA(?![a-z])|mV|mA|[kM]?Hz|[hkM]Pa(?![a-z])"
    r"|[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[A-Z]|[°%]"
)

_SYNONYMS: Mapping[str, str] = MappingProxyType(
    {
        "temp": "temperature",
        "temps": "temperature",
        "temperatures": "temperature",
        "tempc": "temperature",
        "tempf": "temperature",
        "celsius": "temperature",
        "fahrenheit": "temperature",
        "hum": "humidity",
        "humid": "humidity",
        "rh": "humidity",
        "watt": "power",
        "watts": "power",
        "wattage": "power",
        "amperage": "current",
        "kwh": "energy",
        "wh": "energy",
        "volt": "voltage",
        "volts": "voltage",
        "amp": "current",
        "amps": "current",
        "ampere": "current",
        "amperes": "current",
        "freq": "frequency",
        "batt": "battery",
        "bat": "battery",
        "ec": "conductivity",
        "flowrate": "flow",
        "export": "returned",
        "exported": "returned",
        "produced": "returned",
        "powerfactor": "pf",
        "cosphi": "pf",
    }
)
_PHRASES: tuple[tuple[frozenset[str], str], ...] = tuple(
    (frozenset(phrase.split()), quantity)
    for phrase, quantity in (
        ("power factor", "power_factor"),
        ("cos phi", "power_factor"),
        ("pf", "power_factor"),
        ("current density", "current_density"),
        ("apparent power", "apparent_power"),
        ("reactive power", "reactive_power"),
        ("energy returned", "energy_returned"),
        ("battery level", "battery"),
    )
)
# English puts the thing last: battery voltage, flow temperature
_NOUNS = frozenset(
    ("temperature", "voltage", "humidity", "energy", "power", "frequency", "conductivity", "pressure")
)
# words that often describe another one: current temperature, voltage of the battery
_WEAK_NOUNS = frozenset(("battery", "level", "flow", "current", "ph", "density", "concentration"))
_NOT_MEASURED: frozenset[str] = frozenset().union(
    (
        "set",
        "setpt",
        "setpoint",
        "setpoints",
        "sp",
        "sel",
        "selected",
        "soll",
        "sollwert",
        "requested",
        "wanted",
    ),
    ("ok", "okay", "flag", "warning", "warn", "valid"),
    ("target", "desired", "setting", "nominal", "rated", "enabled", "mode"),
    ("min", "max", "minimum", "maximum", "avg", "average", "mean", "limit", "limits", "low", "high"),
    ("threshold", "alarm", "alert", "hysteresis", "range", "resolution", "sensitivity", "interval"),
    ("offset", "calibration", "correction", "delta", "diff", "trend", "index", "count", "counter", "raw"),
    ("yesterday", "today", "daily", "hourly", "monthly", "month", "week", "weekly", "year", "period"),
    ("error", "errors", "fault", "state", "status", "on", "off", "outage", "reset", "pin"),
    ("id", "unit", "units", "str", "string", "text", "name", "type", "label", "version", "price", "cost"),
    ("time", "timestamp", "duration", "dew", "dewpoint", "feels", "color", "colour", "light"),
    ("signal", "wifi", "noise", "sound"),
)
# what these words say of a unit is not said by accident; "bar", "var" and "ph" also are a place, a variance, a phase
_UNIT_WORDS: Mapping[str, str] = MappingProxyType(
    {
        **{word: word for word in ("mV", "mA", "kW", "mW", "VA", "kVA", "kWh", "Wh", "MWh", "Hz", "kHz")},
        **{word: word for word in ("hPa", "kPa", "mbar", "psi", "mmHg", "inHg", "V", "W")},
        "millivolt": "mV",
        "millivolts": "mV",
        "volt": "V",
        "volts": "V",
        "milliamp": "mA",
        "milliamps": "mA",
        "milliampere": "mA",
        "amp": "A",
        "amps": "A",
        "ampere": "A",
        "amperes": "A",
        "kilowatt": "kW",
        "kilowatts": "kW",
        "milliwatt": "mW",
        "watt": "W",
        "watts": "W",
        "celsius": "°C",
        "fahrenheit": "°F",
        "degc": "°C",
        "degf": "°F",
        "tempc": "°C",
        "tempf": "°F",
        "l min": "l/min",
        "l h": "l/h",
        "us cm": "µS/cm",
        "ms cm": "mS/cm",
    }
)
_UNIT_BY_WORD: Mapping[str, str] = MappingProxyType(
    {word.lower(): unit for word, unit in _UNIT_WORDS.items()}
)
# one letter that is a unit behind a noun of another quantity; behind others it names a phase or one of several probes
_UNIT_LETTERS: Mapping[str, str] = MappingProxyType({"A": "A", "C": "°C", "F": "°F"})
_HAVE_LETTERS = frozenset(("battery",))
_PERCENT = frozenset(("percent", "pct", "%"))
_INSIDE = frozenset(("device", "internal", "cpu", "mcu", "chip", "soc", "processor", "board", "esp", "die"))
_UNITS_IN_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "tempc": "°C",
        "tempf": "°F",
        "percent": "%",
        "pct": "%",
        "watt": "W",
        "watts": "W",
        "volt": "V",
        "volts": "V",
        "lpm": "l/min",
        "lph": "l/h",
        "l min": "l/min",
        "l h": "l/h",
        "us cm": "µS/cm",
        "ms cm": "mS/cm",
    }
)
_ONE_UNIT = frozenset(
    ("temperature", "device_temperature", "humidity", "power", "apparent_power", "reactive_power")
).union(("voltage", "current", "frequency", "power_factor", "battery", "ph"))


@dataclass(frozen=True, slots=True)
class Guess:
    """What a name says.

    :ivar quantity: a key of :data:`QUANTITIES`; empty when it names none
    :ivar unit: the unit of values under this name; ``None`` when the name does not say and devices differ
    :ivar setting: it is the name of a limit, a counter, a flag or a setting
    :ivar assumed: the name does not say the unit either, but practically every device has this one
    """

    quantity: str = ""
    unit: str | None = None
    setting: bool = False
    assumed: bool = False


NO_GUESS = Guess()


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in small letters: ``bathTemp_2`` has ``bath`` and ``temp``. Long names have none."""
    if len(name) > LONGEST_NAME:
        return ()
    words: list[str] = []
    for found in _WORD.findall(name):
        word = found.lower()
        if words and f"{words[-1]} {word}" in _UNITS_IN_NAMES:
            words[-1] += f" {word}"
        else:
            words.append(word)
    return tuple(words)


@lru_cache(maxsize=4096)
def guess(name: str) -> Guess:
    """What quantity, in what unit, a person would expect under this name."""
    words = words_of(name)
    meant = [_SYNONYMS.get(word, word) for word in words]
    if not _NOT_MEASURED.isdisjoint(meant):
        return Guess(setting=True)
    quantity = _quantity_of(meant)
    if not quantity:
        return NO_GUESS
    measured, unit = _unit_in(name, words, quantity)
    if unit:
        return Guess(measured, unit)
    if not _PERCENT.isdisjoint(words):
        return NO_GUESS  # a percentage of it is not it
    if quantity in _ONE_UNIT:
        unit = QUANTITIES[quantity].unit
        return Guess(quantity, unit, assumed=len(units_for(quantity)) > 1)
    return Guess(quantity)


def _quantity_of(meant: list[str]) -> str:
    for phrase, quantity in _PHRASES:
        if phrase.issubset(meant):
            return quantity
    for nouns in (_NOUNS, _WEAK_NOUNS):
        found = [word for word in meant if word in nouns]
        if found:
            inside = found[-1] == "temperature" and not _INSIDE.isdisjoint(meant)
            return "device_temperature" if inside else found[-1]
    return ""


def _unit_in(name: str, words: tuple[str, ...], quantity: str) -> tuple[str, str]:
    """What is measured, and in what unit, by the last word that is a unit; the unit is empty when none is.

    A unit of another quantity than the noun says that this one is measured.
    """
    for word in reversed(words):
        unit = _UNITS_IN_NAMES.get(word) or _UNIT_BY_WORD.get(word) or unit_named(word)
        if unit and unit in units_for(quantity):
            return quantity, unit
        if other := _UNIT_BY_WORD.get(word):
            return quantity_in(other), other
    letter = name.rstrip("0123456789")[-1:]
    unit = _UNIT_LETTERS.get(letter, "") if quantity in _HAVE_LETTERS else ""
    return quantity_in(unit), unit
