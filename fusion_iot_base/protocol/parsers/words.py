"""What a name that a person gave says of a quantity: ``bath_temp_f``, ``waterTemperature``, ``Power kW``.

A guess for names nobody has agreed on; the families with names of their own have tables instead. A name that
speaks of a limit, a counter or a setting is no measurement, and a unit is taken for granted only where
practically every device has the same one: energy comes in Wh as well as in kWh, pressure in hPa as well as in bar.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from ..quantities import QUANTITIES, units_for
from .amounts import unit_named

LONGEST_NAME = 80

_WORD = re.compile(r"pH|[kKM]Wh|[kK]W(?![a-z])|mV|mA|[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[A-Z]|[°%]")

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
    ("set", "setpt", "setpoint", "target", "desired", "setting", "nominal", "rated", "enabled", "mode"),
    ("min", "max", "minimum", "maximum", "avg", "average", "mean", "limit", "limits", "low", "high"),
    ("threshold", "alarm", "alert", "hysteresis", "range", "resolution", "sensitivity", "interval"),
    ("offset", "calibration", "correction", "delta", "diff", "trend", "index", "count", "counter", "raw"),
    ("yesterday", "today", "daily", "hourly", "monthly", "month", "week", "weekly", "year", "period"),
    ("error", "errors", "fault", "state", "status", "on", "off", "outage", "reset", "pin"),
    ("id", "unit", "units", "str", "string", "text", "name", "type", "label", "version", "price", "cost"),
    ("time", "timestamp", "duration", "dew", "dewpoint", "feels", "color", "colour", "light"),
    ("signal", "wifi", "noise", "sound"),
)
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
    :ivar setting: it is the name of a limit, a counter or a setting
    """

    quantity: str = ""
    unit: str | None = None
    setting: bool = False


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
    return Guess(quantity, _unit_of(words, quantity)) if quantity else NO_GUESS


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


def _unit_of(words: tuple[str, ...], quantity: str) -> str | None:
    for word in reversed(words):
        unit = _UNITS_IN_NAMES.get(word) or unit_named(word)
        if unit and unit in units_for(quantity):
            return unit
    return QUANTITIES[quantity].unit if quantity in _ONE_UNIT else None
