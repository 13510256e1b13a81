"""The power log: what machines drew, one row a machine and flush."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import psycopg2

from fusion_iot_core.detector import Sample

from . import journal
from .columns import columns, naive
from .machine import Machine
from .packing import pack_samples, unpack_samples
from .sample_channels import sample_of

_NAMES = ("device_id", "from_at", "to_at", "count", "samples")
_INSERT = """
    INSERT INTO iot_power_log (device_id, from_at, to_at, count, samples)
    SELECT new.*
      FROM unnest(%(device_id)s::int[], %(from_at)s::timestamp[], %(to_at)s::timestamp[], %(count)s::int[],
                  %(samples)s::bytea[]) AS new(device_id, from_at, to_at, count, samples)
      JOIN iot_device device ON device.id = new.device_id
"""
_READ = """
    SELECT samples FROM iot_power_log
     WHERE device_id = %s AND to_at >= %s AND from_at <= %s
     ORDER BY to_at, id
"""
_COUNT = """
    SELECT coalesce(sum(count), 0) FROM iot_power_log WHERE device_id = %s AND to_at >= %s AND from_at <= %s
"""


def write(cr, machines: Iterable[Machine]) -> None:
    """Put what machines have said since the last time into the log."""
    rows = [
        (
            machine.device_id,
            naive(machine.samples[0].at),
            naive(machine.samples[-1].at),
            len(machine.samples),
            psycopg2.Binary(pack_samples(machine.samples)),
        )
        for machine in machines
        if machine.samples
    ]
    if rows:
        cr.execute(_INSERT, columns(_NAMES, rows), log_exceptions=False)


def count(cr, device_id: int, from_at: datetime, to_at: datetime) -> int:
    """About how many samples there are."""
    cr.execute(_COUNT, [device_id, naive(from_at), naive(to_at)])
    return cr.fetchone()[0]


def read(cr, device_id: int, channel: str | None, from_at: datetime, to_at: datetime) -> list[Sample]:
    """What a machine drew from ``from_at`` to ``to_at`` (aware UTC), the last half minute included."""
    cr.execute(_READ, [device_id, naive(from_at), naive(to_at)])
    found = [
        sample
        for (packed,) in cr.fetchall()
        for sample in unpack_samples(bytes(packed))
        if from_at <= sample.at <= to_at
    ]
    newest = found[-1].at if found else None
    said = [sample for sample in found if sample.at == newest]
    for item in journal.read_of(cr, [device_id]):
        if not from_at <= item.at <= to_at or (newest is not None and item.at < newest):
            continue
        sample = sample_of(item, item.channel if channel is None else channel)
        if sample and sample not in said:
            if item.at != newest:
                said, newest = [], item.at
            said.append(sample)
            found.append(sample)
    return found
