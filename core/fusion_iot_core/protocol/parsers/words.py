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
from typing import NamedTuple

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
_ALL_NOUNS = _NOUNS | _WEAK_NOUNS
_NO_NOUNS: frozenset[str] = frozenset()
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
    ("signal", "rssi", "wifi", "noise", "sound"),
    ("age", "uptime", "lastread", "lastseen", "retries", "checksum", "crc"),
)
# what these words say of a unit is not said by accident; "bar", "var" and "ph" also are a place, a variance, a phase
_UNIT_WORDS: Mapping[str, str] = MappingProxyType(
    {
        **{word: word for word in ("mV", "mA", "kW", "mW", "VA", "kVA", "kWh", "Wh", "MWh", "Hz", "kHz")},
        **{word: word for word in ("hPa", "kPa", "mbar", "psi", "mmHg", "inHg")},
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
# One letter that is a unit behind a noun of another quantity. Behind others it names a phase, a place, a version.
_ELECTRIC = frozenset(("battery", "power", "energy", "current", "voltage"))
_SENSED = frozenset(("ph", "level", "pressure", "flow", "humidity", "conductivity"))
_UNIT_LETTERS: Mapping[str, tuple[str, frozenset[str]]] = MappingProxyType(
    {
        "A": ("A", frozenset(("battery",))),
        "W": ("W", _ELECTRIC),
        "w": ("W", _ELECTRIC),
        "V": ("V", _ELECTRIC | _SENSED),
        "v": ("V", _ELECTRIC),
    }
)
# watt hours, but a water heater beside a temperature
_HEATER = "wh"
# what is called so: the second sous-vide pot, unit 1, the flag's own sensor
_CALLED = re.compile(r"(?:(?i:sp)\d{1,3}|(?i:unit)[ _-]?\d{1,3}|(?i:flag))(?=[ _-]|[A-Z])")
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
    return tuple(word.text for word in _words(name))


class _Word(NamedTuple):
    """A word of a name.

    :ivar text: in small letters
    :ivar printed: as it stands there
    :ivar numbered: there is a digit right beside it
    :ivar apart: it is set off from the word before by more than its case
    """

    text: str
    printed: str
    numbered: bool = False
    apart: bool = False


def _words(name: str) -> list[_Word]:
    if len(name) > LONGEST_NAME:
        return []
    words: list[_Word] = []
    end = 0
    for found in _WORD.finditer(name):
        word = found[0].lower()
        if words and f"{words[-1].text} {word}" in _UNITS_IN_NAMES:
            words[-1] = words[-1]._replace(text=f"{words[-1].text} {word}")
        else:
            beside = name[max(0, found.start() - 1) : found.start()] + name[found.end() : found.end() + 1]
            numbered = any(char.isdigit() for char in beside)
            words.append(_Word(word, found[0], numbered, found.start() > end))
        end = found.end()
    return words


@lru_cache(maxsize=4096)
def guess(name: str) -> Guess:
    """What quantity, in what unit, a person would expect under this name."""
    if called := _CALLED.match(name):
        name = name[called.end() :]
    words = _words(name)
    meant = [_SYNONYMS.get(word.text, word.text) for word in words]
    if "temperature" in meant:
        meant = [noun for noun, word in zip(meant, words, strict=True) if word.text != _HEATER]
        words = [word for word in words if word.text != _HEATER]
    if not _NOT_MEASURED.isdisjoint(meant):
        return Guess(setting=True)
    quantity = _quantity_of(meant)
    if not quantity:
        return NO_GUESS
    measured, unit = _unit_in(words, meant, quantity)
    if unit:
        return Guess(measured, unit)
    if not _PERCENT.isdisjoint(word.text for word in words):
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


def _unit_in(words: list[_Word], meant: list[str], quantity: str) -> tuple[str, str]:
    """What is measured, and in what unit, by the last word that is a unit; the unit is empty when none is.

    A unit of another quantity than the noun says that this one is measured.
    """
    for at in reversed(range(len(words))):
        word = words[at].text
        if len(word) == 1 and word.isalpha():
            # one letter is a unit at the end of the name or right behind the noun, or else a part of a name
            last = at == len(words) - 1
            if words[at].numbered or not (last or (at and meant[at - 1] in _ALL_NOUNS)):
                continue
            unit = unit_named(word)
            if unit and unit in units_for(quantity):
                return quantity, unit
            unit, nouns = _UNIT_LETTERS.get(words[at].printed, ("", _NO_NOUNS))
            if last and words[at].apart and quantity in nouns:
                return quantity_in(unit), unit
            continue
        unit = _UNITS_IN_NAMES.get(word) or _UNIT_BY_WORD.get(word) or unit_named(word)
        if unit and unit in units_for(quantity):
            return quantity, unit
        if other := _UNIT_BY_WORD.get(word):
            return quantity_in(other), other
    return "", ""
