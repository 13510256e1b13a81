"""The journal: power that was received, until it is in the power log."""

from __future__ import annotations

import logging
import struct
from collections.abc import Collection, Sequence
from typing import NamedTuple

import psycopg2

from .packing import Heard, pack_batch, unpack_batch

_logger = logging.getLogger(__name__)

CHANNEL = "fusion_session"
ROWS_AT_ONCE = 200

_APPEND = """
    WITH appended AS (INSERT INTO iot_power_journal (device_ids, count, samples)
                      VALUES (%s::int[], %s, %s))
    SELECT pg_notify(%s, '')
"""
# No watermark: of two transactions the one with the higher id may be the first to commit.
_READ = """
    SELECT journal.id, journal.device_ids, journal.samples
      FROM iot_power_journal journal
     WHERE NOT EXISTS (SELECT 1 FROM unnest(%s::bigint[]) AS seen(id) WHERE seen.id = journal.id)
     ORDER BY journal.id
     LIMIT %s
"""
_READ_OF = "SELECT id, samples FROM iot_power_journal WHERE device_ids && %s::int[] ORDER BY id"


class Page(NamedTuple):
    """Rows of the journal that were not read before.

    :ivar rows: device ids by row id
    :ivar heard: what is in them, in order
    :ivar last: there are no more now
    """

    rows: dict[int, list[int]]
    heard: list[Heard]
    last: bool


def append(cr, heard: Sequence[Heard]) -> None:
    """Keep a batch, and tell the engine when it is committed."""
    device_ids = sorted({item.device_id for item in heard})
    cr.execute(_APPEND, [device_ids, len(heard), psycopg2.Binary(pack_batch(heard)), CHANNEL])


def read(cr, seen: Collection[int]) -> Page:
    """The next rows that are not among ``seen``."""
    cr.execute(_READ, [list(seen), ROWS_AT_ONCE])
    found = cr.fetchall()
    heard = [item for row_id, _devices, samples in found for item in _unpacked(row_id, samples)]
    rows = {row_id: device_ids for row_id, device_ids, _samples in found}
    return Page(rows, heard, len(found) < ROWS_AT_ONCE)


def _unpacked(row_id: int, samples: memoryview) -> list[Heard]:
    """One row that cannot be read must not be in the way of all that come after it."""
    try:
        return list(unpack_batch(bytes(samples)))
    except (ValueError, IndexError, OverflowError, OSError, struct.error):
        _logger.exception("Row %s of the power journal cannot be read and is left out.", row_id)
        return []


def read_of(cr, device_ids: Collection[int]) -> list[Heard]:
    """What the journal holds of some devices, in order."""
    wanted = set(device_ids)
    cr.execute(_READ_OF, [list(wanted)])
    return [
        item
        for row_id, samples in cr.fetchall()
        for item in _unpacked(row_id, samples)
        if item.device_id in wanted
    ]


def delete(cr, row_ids: Collection[int]) -> None:
    """Drop rows whose content is in the power log."""
    if row_ids:
        cr.execute("DELETE FROM iot_power_journal WHERE id = ANY(%s::bigint[])", [list(row_ids)])
