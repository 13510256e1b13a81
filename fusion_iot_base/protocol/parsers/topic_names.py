"""What the levels of a topic say where nobody agreed on them."""

from functools import lru_cache

from ..serials import rom_in, without_rom
from .words import Guess, guess

PROBE = Guess("temperature", "°C", assumed=True)
"""What a value is at the place of a DS18B20, which measures nothing else."""

_COMMANDS = frozenset(("set", "get", "cmd", "cmnd", "command"))
# a level that only says that this is the value of the level before
_SAYS_NOTHING = frozenset(("state", "value", "reading", "now"))
_MOST_LEVELS = 32


def is_command(last: str) -> bool:
    """Whether the last level of a topic says that a device is told or asked something."""
    return last in _COMMANDS


def measuring_level(before: str, last: str) -> str:
    """The level that says what is measured: the last one, or the one before where that says nothing."""
    return before.rpartition("/")[2] if last.isdigit() or last.lower() in _SAYS_NOTHING else last


@lru_cache(maxsize=8_192)
def meaning_of(name: str) -> Guess:
    """What a name says that may have the ROM of a DS18B20 in it, whose digits are no words."""
    if not rom_in(name):
        return guess(name)
    meant = guess(without_rom(name))
    return meant if meant.quantity or meant.setting else PROBE


@lru_cache(maxsize=8_192)
def rom_of(topic: str) -> str:
    """The ROM of the one DS18B20 that a topic names; empty when it names none, or several."""
    if len(topic) > 1_024:
        return ""
    found = {rom_in(level) for level in topic.split("/", _MOST_LEVELS)[:_MOST_LEVELS]} - {""}
    return found.pop() if len(found) == 1 else ""
