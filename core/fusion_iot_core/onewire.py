"""What holds for everything on a 1-Wire bus."""

from __future__ import annotations


def crc8(data: bytes) -> int:
    """The Dallas/Maxim 1-Wire CRC (polynomial x⁸+x⁵+x⁴+1, application note 27)."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _bit in range(8):
            crc = (crc >> 1) ^ 0x8C if crc & 1 else crc >> 1
    return crc
