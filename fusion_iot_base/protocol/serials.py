"""Hardware serials of probes, in one form whatever firmware printed them."""

import re

DS18B20_FAMILY = 0x28
_LINUX = re.compile(r"28-[0-9a-fA-F]{12}\Z")
_HEX_ROM = re.compile(r"[0-9a-fA-F]{16}\Z")
_DECIMAL_ROM = re.compile(r"\d{1,3}(:\d{1,3}){7}\Z")


def crc8(data: bytes) -> int:
    """The Dallas/Maxim 1-Wire CRC (polynomial x⁸+x⁵+x⁴+1, application note 27)."""
    crc = 0
    for byte in data:
        for _ in range(8):
            mix = (crc ^ byte) & 1
            crc >>= 1
            if mix:
                crc ^= 0x8C
            byte >>= 1
    return crc


def linux_form(rom: bytes) -> str | None:
    """``28-0123456789ab`` for a DS18B20's eight ROM bytes as sent on the wire (family first, CRC last).

    ``None`` when it is another family or the CRC does not fit.
    """
    if len(rom) != 8 or rom[0] != DS18B20_FAMILY or crc8(rom[:7]) != rom[7]:
        return None
    return f"28-{rom[6:0:-1].hex()}"


def normalise_serial(serial: str) -> str:
    """The form under which a serial is stored and looked up.

    DS18B20 ROM codes become the Linux form (``28-`` and 12 lower-case hexadecimal digits) from the Linux
    form in any case, from 16 hexadecimal digits in either byte order, and from Shelly's decimal bytes
    (``40:255:100:6:199:204:149:177``). Anything else, also a ROM whose CRC does not fit, stays an opaque
    alias with surrounding blanks taken off.
    """
    serial = serial.strip()
    if _LINUX.match(serial):
        return serial.lower()
    if _HEX_ROM.match(serial):
        rom = bytes.fromhex(serial)
        return linux_form(rom) or linux_form(rom[::-1]) or serial
    if _DECIMAL_ROM.match(serial):
        numbers = [int(part) for part in serial.split(":")]
        if max(numbers) < 256:
            return linux_form(bytes(numbers)) or serial
    return serial
