"""Half minutes of the power log become hours: a hundredth of the rows, and fewer bytes."""

from __future__ import annotations

from datetime import datetime
from operator import itemgetter

import psycopg2
from odoo.tools import groupby

from .columns import columns, naive
from .packing import pack_samples, unpack_samples

_HOURS = """
    SELECT device_id, date_trunc('hour', to_at) FROM iot_power_log WHERE to_at < %s
     GROUP BY 1, 2 HAVING count(*) > 1
     ORDER BY 2, 1 LIMIT %s
"""
_ROWS = """
    SELECT log.id, log.device_id, hour, log.from_at, log.to_at, log.samples
      FROM unnest(%(device_id)s::int[], %(hour)s::timestamp[]) AS wanted(device_id, hour)
      JOIN iot_power_log log ON log.device_id = wanted.device_id
       AND log.to_at >= hour AND log.to_at < hour + interval '1 hour'
     ORDER BY log.device_id, hour, log.to_at, log.id
"""
_REPLACE = """
    WITH gone AS (DELETE FROM iot_power_log WHERE id = ANY(%(ids)s))
    INSERT INTO iot_power_log (device_id, from_at, to_at, count, samples)
    SELECT * FROM unnest(%(device_id)s::int[], %(from_at)s::timestamp[], %(to_at)s::timestamp[], %(count)s::int[],
                         %(samples)s::bytea[])
"""


def gather(cr, before: datetime, most: int) -> int:
    """Make one row of the rows of a machine that end in the same hour.

    :param before: only of hours that ended by then (aware UTC)
    :param most: so many hours at most
    :returns: how many hours were gathered; fewer than ``most``: there are no more
    """
    cr.execute(_HOURS, [naive(before.replace(minute=0, second=0, microsecond=0)), most])
    hours = cr.fetchall()
    if not hours:
        return 0
    cr.execute(_ROWS, columns(("device_id", "hour"), hours))
    ids, gathered = [], []
    for (device_id, _hour), rows in groupby(cr.fetchall(), itemgetter(1, 2)):
        ids += [row[0] for row in rows]
        samples = [sample for row in rows for sample in unpack_samples(bytes(row[5]))]
        packed = psycopg2.Binary(pack_samples(samples))
        gathered.append((device_id, min(row[3] for row in rows), rows[-1][4], len(samples), packed))
    names = ("device_id", "from_at", "to_at", "count", "samples")
    cr.execute(_REPLACE, {"ids": ids, **columns(names, gathered)})
    return len(hours)
