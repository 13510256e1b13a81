"""Which addresses are read in one request."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .registers import Address

MOST_REGISTERS = 125
"""What one answer can have, and sixteen times as many bits (Modbus Application Protocol V1.1b3, 6.1 and 6.3)."""


@dataclass(frozen=True, slots=True)
class Block:
    """:ivar members: positions of the addresses that it covers"""

    unit: int
    table: str
    start: int
    count: int
    members: tuple[int, ...]

    @property
    def end(self) -> int:
        """The first one behind it."""
        return self.start + self.count


def blocks(addresses: Sequence[Address], most: int, gap: int, alone: Iterable[int] = ()) -> list[Block]:
    """Cover the addresses by as few blocks as may be, in the order of units, tables and addresses.

    :param most: registers in a block; some devices refuse more than 32
    :param gap: so many registers between two values are read along
    :param alone: positions of those that are not read together with others
    """
    groups: dict[tuple[int, str], list[int]] = defaultdict(list)
    alone = frozenset(alone)
    found: list[Block] = []
    for position, address in enumerate(addresses):
        if position in alone:
            found.append(_block(addresses, [position]))
        else:
            groups[address.unit, address.table].append(position)
    for positions in groups.values():
        found += _covered(addresses, sorted(positions, key=lambda each: addresses[each].start), most, gap)
    return sorted(found, key=lambda block: (block.unit, block.table, block.start))


def _covered(addresses: Sequence[Address], positions: Sequence[int], most: int, gap: int) -> list[Block]:
    found: list[Block] = []
    current: list[int] = []
    end = start = 0
    for position in positions:
        address = addresses[position]
        limit = most * 16 if address.is_bit else most
        if current and (address.start > end + gap or max(end, address.end) - start > limit):
            found.append(_block(addresses, current))
            current = []
        if not current:
            start, end = address.start, address.start
        current.append(position)
        end = max(end, address.end)
    return [*found, _block(addresses, current)] if current else found


def _block(addresses: Sequence[Address], positions: Sequence[int]) -> Block:
    first = addresses[positions[0]]
    start = min(addresses[each].start for each in positions)
    end = max(addresses[each].end for each in positions)
    return Block(first.unit, first.table, start, end - start, tuple(positions))
