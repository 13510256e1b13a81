"""Hardware serials of probes, in one form whatever firmware printed them.

A DS18B20 has a ROM of eight bytes: the family 28, six bytes of its own and a checksum, sent in this order. Linux prints
family and own bytes, the latter turned round; Arduino sketches, OWFS and Shelly print the order of the wire, ESPHome
the whole of it turned round. The checksum tells which of them it is, so that no two probes ever get the same serial.

Sources: DS18B20 data sheet (Maxim 19-7487), section "64-bit lasered ROM code"; Linux ``drivers/w1``; OWFS
documentation, "Addressing"; ESPHome documentation, "Dallas Temperature Sensor".
"""

import re
from functools import lru_cache

from ..onewire import crc8

DS18B20_FAMILY = 0x28
_LONGEST = 80
_LINUX = re.compile(r"28[-_][0-9a-fA-F]{12}\Z")
_BYTES = re.compile(r"[0-9a-fA-F]{2}(?:[^0-9a-zA-Z]{0,2}[0-9a-fA-F]{2}){7}\Z")
_LINUX_AND_CRC = re.compile(r"28[-_][0-9a-fA-F]{12}[-_. ]?[0-9a-fA-F]{2}\Z")
_DECIMAL_ROM = re.compile(r"\d{1,3}(:\d{1,3}){7}\Z", re.ASCII)
_PREFIX = re.compile(r"(?<![0-9a-zA-Z])0[xX](?=[0-9a-fA-F])")
_AROUND = " \t\r\n\0[]{}()<>\"'"
# a ROM among other words: no digit that could belong to it stands right before or behind it
_WITHIN = re.compile(r"(?<![0-9a-fA-F])(28-[0-9a-fA-F]{12}|[0-9a-fA-F]{16})(?![0-9a-fA-F])")
_CRC_BEHIND = re.compile(r"[-_. ]?[0-9a-fA-F]{2}(?![0-9a-zA-Z])")
_ROM = re.compile(r"28-[0-9a-f]{12}\Z")


def linux_form(rom: bytes) -> str | None:
    """``28-0123456789ab`` for a DS18B20's eight ROM bytes as sent on the wire (family first, CRC last).

    ``None`` when it is another family or the CRC does not fit.
    """
    if len(rom) != 8 or rom[0] != DS18B20_FAMILY or crc8(rom[:7]) != rom[7]:
        return None
    return f"28-{rom[6:0:-1].hex()}"


@lru_cache(maxsize=8_192)
def normalise_serial(serial: str) -> str:
    """The form under which a serial is stored and looked up.

    ROM codes of DS18B20 probes become the Linux form (``28-`` and 12 lower-case hexadecimal digits):

    - the Linux form itself, in any case, also where something made ``_`` of its ``-``;
    - eight bytes with anything or nothing between them, in the order of the wire or turned round, with or without
      ``0x`` before the whole or each: ``28:02:2C:1B:0A:00:00:6F``, ``28 02 2C …``, ``28.022C1B0A0000.6F``,
      ``0x6f00000a1b2c0228``, ``{0x28, 0x02, …}``;
    - the Linux form with the checksum behind it;
    - Shelly's decimal bytes (``40:255:100:6:199:204:149:177``).

    Eight bytes count only where the checksum fits, and in one order only. Anything else stays an opaque alias with
    surrounding blanks taken off: also seven bytes (``28.022C1B0A0000``, ``28 022C1B0A0000``), whose order nothing
    tells.
    """
    serial = serial.strip()
    if len(serial) > _LONGEST:
        return serial
    if _LINUX.match(serial):
        return f"28-{serial[3:].lower()}"
    found = _probes(serial)
    return found.pop() if len(found) == 1 else serial


def is_rom(serial: str) -> bool:
    """Whether a normalised serial is the ROM of a DS18B20."""
    return _ROM.match(serial) is not None


@lru_cache(maxsize=8_192)
def rom_in(name: str) -> str:
    """The ROM that a name is or has in it (``28-00000a1b2c02``, ``bath_28FF6406C7CC95B1``); empty without one.

    Empty also where it has several: nobody could tell which of them is meant.
    """
    whole = normalise_serial(name)
    if is_rom(whole):
        return whole
    if len(name) > _LONGEST:
        return ""
    if _probes(name):
        return ""
    found: set[str] = set()
    for piece in _WITHIN.finditer(name):
        crc = _CRC_BEHIND.match(name, piece.end())
        # with the checksum behind it six bytes may be in the order of the wire as well
        found |= (_probes(name[piece.start() : crc.end()]) if crc else set()) or {normalise_serial(piece[0])}
    roms = {serial for serial in found if is_rom(serial)}
    return roms.pop() if len(roms) == 1 else ""


def without_rom(name: str) -> str:
    """What is left of a name without the ROM that :func:`rom_in` finds in it."""
    return "" if is_rom(normalise_serial(name)) else _WITHIN.sub(" ", name[:_LONGEST])


def _probes(serial: str) -> set[str]:
    """The probes that eight bytes may mean. Of two checksums one in 250 fits by accident."""
    return set(filter(None, map(linux_form, _orders(serial))))


def _orders(serial: str) -> list[bytes]:
    """The bytes that a text may mean, in the order of the wire."""
    orders = []
    if _DECIMAL_ROM.match(serial):
        numbers = [int(part) for part in serial.split(":")]
        if max(numbers) < 256:
            orders.append(bytes(numbers))
    digits = _PREFIX.sub("", serial.strip(_AROUND))
    if _BYTES.match(digits):
        rom = bytes.fromhex(re.sub("[^0-9a-fA-F]", "", digits))
        orders += [rom, rom[::-1]]
    if _LINUX_AND_CRC.match(serial):
        rom = bytes.fromhex(f"28{serial[3:15]}{serial[-2:]}")
        orders.append(rom[:1] + rom[6:0:-1] + rom[7:])
    return orders
