"""What the levels of a topic say where nobody agreed on them."""

from dataclasses import dataclass
from functools import lru_cache

from ..serials import is_rom, normalise_serial, rom_in, without_rom
from .words import Guess, guess, words_of

PROBE = Guess("temperature", "°C", assumed=True)
"""What a value is at the place of a DS18B20, which measures nothing else."""

_COMMANDS = frozenset(("set", "get", "cmd", "cmnd", "command", "commands", "write"))
# told where it stands last, part of a name elsewhere
_COMMANDS_AT_THE_END = frozenset(("target",))
# Victron asks and writes below topics of their own
_VICTRON_WRITES = frozenset(("W", "R"))
_VICTRON_LEVELS = 4
# a level that only says that this is the value of the level before
_SAYS_NOTHING = frozenset(("state", "value", "reading", "now"))
# beside a ROM these say no more than the ROM does: that it is the value, and what kind of thing has it
_OF_A_VALUE = frozenset((*_SAYS_NOTHING, "val", "t", "°", "deg", "degree", "degrees"))
_OF_A_PROBE = frozenset(
    ("ds", "b", "dallas", "onewire", "one", "wire", "w", "x", "sensor", "sensors", "probe", "rom", "id")
).union(("address", "addr", "thermometer"))
_MOST_LEVELS = 32


def is_command(topic: str) -> bool:
    """Whether a topic says that a device is told or asked something, at any of its levels."""
    levels = topic.lower().split("/", _MOST_LEVELS)
    if not _COMMANDS.isdisjoint(levels) or levels[-1] in _COMMANDS_AT_THE_END:
        return True
    return topic[:2].rstrip("/") in _VICTRON_WRITES and topic[1:2] == "/" and len(levels) >= _VICTRON_LEVELS


def measuring_level(before: str, last: str) -> str:
    """The level that says what is measured: the last one, or the one before where that says nothing."""
    return before.rpartition("/")[2] if last.isdigit() or last.lower() in _SAYS_NOTHING else last


@lru_cache(maxsize=8_192)
def meaning_of(name: str) -> Guess:
    """What a name says that may have the ROM of a DS18B20 in it, whose digits are no words.

    The ROM by itself is a temperature, and so it is with words for a value or for a temperature and its unit. Words
    that speak of none say that this is something else of the probe.
    """
    if not rom_in(name):
        return guess(name)
    rest = without_rom(name)
    words = words_of(rest)
    others = [word for word in words if word not in _OF_A_VALUE and word not in _OF_A_PROBE]
    if not others:
        return PROBE
    named = guess(f"temperature {' '.join(others)}")
    if all(_is_of_temperature(word) for word in others):
        return named
    return guess(rest)


def _is_of_temperature(word: str) -> bool:
    """Whether a word is one for temperature, or a unit of it."""
    meant = guess(f"temperature {word}")
    return guess(word).quantity == "temperature" or (meant.quantity == "temperature" and not meant.assumed)


@dataclass(frozen=True, slots=True)
class Place:
    """What a topic says of the value below it.

    :ivar meant: what it is
    :ivar serial: the ROM of the DS18B20 that measured it; empty where the topic names none, or where it is something
        else of the probe
    :ivar at_rom: the level that says it is or follows a ROM
    """

    meant: Guess
    serial: str = ""
    at_rom: bool = False


@lru_cache(maxsize=8_192)
def place_of(topic: str) -> Place:
    """What the last levels of a topic say of a value."""
    before, _slash, last = topic.rpartition("/")
    above = before.rpartition("/")[2]
    if not rom_in(last) and not last.isdigit() and is_rom(normalise_serial(above)):
        meant, at_rom = meaning_of(f"{normalise_serial(above)} {last}"), True
    else:
        level = measuring_level(before, last)
        meant, at_rom = meaning_of(level), rom_in(level) != ""
    return Place(meant, rom_of(topic) if meant.quantity == "temperature" else "", at_rom)


@lru_cache(maxsize=8_192)
def rom_of(topic: str) -> str:
    """The ROM of the one DS18B20 that a topic names; empty when it names none, or several."""
    if len(topic) > 1_024:
        return ""
    found = {rom_in(level) for level in topic.split("/", _MOST_LEVELS)[:_MOST_LEVELS]} - {""}
    return found.pop() if len(found) == 1 else ""
