"""Where a value is, and what its registers say.

A register has 16 bits, which go over the wire with the high byte first. How a larger value lies in several of them is
each vendor's choice (Modbus Application Protocol V1.1b3 says nothing of it), and a wrong choice gives plausible
nonsense: 180.0 becomes 2.4e-41.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import Misconfigured

TABLES = ("holding", "input", "coil", "discrete")
ORDERS = ("big", "little")
_FORMATS = {
    "int16": "h",
    "uint16": "H",
    "int32": "i",
    "uint32": "I",
    "int64": "q",
    "uint64": "Q",
    "float32": "f",
    "float64": "d",
}
TYPES = (*_FORMATS, "string")
MOST_TEXT_REGISTERS = 60
# As manuals write it: the first digit is the table, the rest counts from 1 (40001 is the first holding register).
_REFERENCE = re.compile(r"([0134])(\d{4,5})\Z")
_REFERENCE_TABLES = {"0": "coil", "1": "discrete", "3": "input", "4": "holding"}
_KEYS = {"unit_id", "table", "address", "type", "byte_order", "word_order", "length", "bit"}


@dataclass(frozen=True, slots=True)
class Address:
    """:ivar unit: the device behind a gateway; 0 to 255
    :ivar start: of its first register or bit, counted from 0
    :ivar count: how many registers or bits it takes
    :ivar type: one of :data:`TYPES`; ``bool`` for a coil, a discrete input, or one bit of a register
    :ivar bytes_little: the low byte of each register comes first
    :ivar words_little: the low register comes first
    :ivar bit: of a register, 0 for the lowest; ``None`` for all of it
    """

    unit: int
    table: str
    start: int
    count: int = 1
    type: str = "uint16"
    bytes_little: bool = False
    words_little: bool = False
    bit: int | None = None

    @property
    def is_bit(self) -> bool:
        """Whether its table has bits."""
        return self.table in ("coil", "discrete")

    @property
    def end(self) -> int:
        """The first one that does not belong to it."""
        return self.start + self.count


def parse_address(address: Mapping[str, Any], unit: int, where: str) -> Address:
    """Read the address of a tag.

    :param unit: the one of the connection, for a tag that names none
    :raise Misconfigured: names the key
    """
    if unknown := sorted(str(key) for key in address.keys() - _KEYS):
        raise Misconfigured("A tag of modbus has no such key.", f"{where}.{unknown[0]}")
    unit = _whole(address.get("unit_id", unit), 0, 255, f"{where}.unit_id")
    table, start = _place(address, where)
    if table in ("coil", "discrete"):
        if address.get("type", "bool") != "bool":
            raise Misconfigured("A coil or discrete input is a bool.", f"{where}.type")
        return Address(unit, table, start, type="bool")
    kind = address.get("type", "uint16")
    bit = address.get("bit")
    if kind not in TYPES or (bit is not None and kind not in ("int16", "uint16")):
        raise Misconfigured(
            f"One of {', '.join(TYPES)} is needed; a bit is one of a uint16.", f"{where}.type"
        )
    bytes_little, words_little = (
        _is_little(address.get(key, "big"), f"{where}.{key}") for key in ("byte_order", "word_order")
    )
    if kind == "string":
        count = _whole(address.get("length"), 1, MOST_TEXT_REGISTERS, f"{where}.length")
    else:
        count = struct.calcsize(_FORMATS[kind]) // 2
    if start + count > 65536:
        raise Misconfigured("It ends behind the last register, 65535.", f"{where}.address")
    if bit is not None:
        return Address(unit, table, start, 1, "bool", bytes_little, False, _whole(bit, 0, 15, f"{where}.bit"))
    return Address(unit, table, start, count, kind, bytes_little, words_little)


def _place(address: Mapping[str, Any], where: str) -> tuple[str, int]:
    start, table = address.get("address"), address.get("table")
    if table is not None and table not in TABLES:
        raise Misconfigured(f"One of {', '.join(TABLES)} is needed.", f"{where}.table")
    if not isinstance(start, str):
        return table or "holding", _whole(start, 0, 65535, f"{where}.address")
    found = _REFERENCE.match(start.strip())
    if not found or not 1 <= int(found[2]) <= 65536:
        raise Misconfigured(
            'A number that counts from 0 is needed, or a reference such as "40001" as text.',
            f"{where}.address",
        )
    named = _REFERENCE_TABLES[found[1]]
    if table not in (None, named):
        raise Misconfigured(f"{start} is in the table {named}.", f"{where}.table")
    return named, int(found[2]) - 1


def _whole(value: object, low: int, high: int, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise Misconfigured(f"A whole number from {low} to {high} is needed.", where)
    return value


def _is_little(value: object, where: str) -> bool:
    if value not in ORDERS:
        raise Misconfigured('"big" or "little" is needed.', where)
    return value == "little"


def decode(registers: Sequence[int], address: Address) -> int | float | str | bool:
    """What the registers of an address say. A float may be NaN or infinite."""
    if address.bit is not None:
        register = registers[0]
        if address.bytes_little:
            register = (register & 0xFF) << 8 | register >> 8
        return bool(register >> address.bit & 1)
    packed = _packed(registers, address)
    if address.type == "string":
        return packed.split(b"\0", 1)[0].decode("utf-8", "replace").strip()
    (value,) = struct.unpack(f">{_FORMATS[address.type]}", packed)
    found: int | float = value
    return found


def encode(value: float | str, address: Address) -> list[int]:
    """The registers that say a value.

    :raise ValueError: where it does not fit into the type
    """
    if address.type == "string":
        text = str(value).encode()
        if len(text) > 2 * address.count:
            raise ValueError(f"a text of {2 * address.count} bytes at most is needed")
        packed = text.ljust(2 * address.count, b"\0")
    else:
        form = _FORMATS[address.type]
        number = float(value)
        try:
            packed = struct.pack(f">{form}", number if form in "fd" else round(number))
        except (struct.error, OverflowError, ValueError):
            raise ValueError(f"{number:g} does not fit into {address.type}") from None
    registers = list(struct.unpack(f">{len(packed) // 2}H", packed))
    return _ordered(registers, address)


def _packed(registers: Sequence[int], address: Address) -> bytes:
    return struct.pack(f">{len(registers)}H", *_ordered(registers, address))


def _ordered(registers: Sequence[int], address: Address) -> list[int]:
    """Between the order of the wire and that of the value; both ways."""
    ordered = (
        list(reversed(registers)) if address.words_little and address.type != "string" else list(registers)
    )
    return [(each & 0xFF) << 8 | each >> 8 for each in ordered] if address.bytes_little else ordered
