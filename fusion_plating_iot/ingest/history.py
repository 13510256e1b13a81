from collections.abc import Iterable
from datetime import datetime, timezone
from typing import NamedTuple

# The unique index (sensor_id, read_at, …) has both rows at hand; the second is asked for after a doubtful one only.
_BEFORE = """
    SELECT late.sensor_id, late.read_at, before.read_at, before.quality, before.value, good.read_at, good.value
      FROM unnest(%s::int[], %s::timestamp[]) AS late(sensor_id, read_at)
     CROSS JOIN LATERAL (
           SELECT read_at, quality, value FROM fp_tank_reading
            WHERE sensor_id = late.sensor_id AND read_at < late.read_at
            ORDER BY read_at DESC
            LIMIT 1
           ) before
      LEFT JOIN LATERAL (
           SELECT read_at, value FROM fp_tank_reading
            WHERE sensor_id = late.sensor_id AND read_at < before.read_at AND quality = 'good'
            ORDER BY read_at DESC
            LIMIT 1
           ) good ON before.quality <> 'good'
"""


class Before(NamedTuple):
    """What the log has of a sensor before a late reading. Times are aware UTC, values in the sensor's unit.

    :ivar at: time of the newest reading
    :ivar quality: of the newest reading
    :ivar value: of the newest reading; ``None`` where it has none
    :ivar good_at: time of the last good one, ``good``
    """

    at: datetime
    quality: str
    value: float | None
    good_at: datetime | None
    good: float | None


def before_late(cr, late: Iterable[tuple[int, datetime]]) -> dict[tuple[int, datetime], Before]:
    """What was stored before each of these late readings ``(sensor_id, at)``, in one query."""
    keys = list(late)
    if not keys:
        return {}
    cr.execute(
        _BEFORE, [[sensor_id for sensor_id, _at in keys], [at.replace(tzinfo=None) for _id, at in keys]]
    )
    found = {}
    for sensor_id, read_at, at, quality, value, good_at, good in cr.fetchall():
        if quality == "good":
            good_at, good = at, value
        found[sensor_id, _utc(read_at)] = Before(_utc(at), quality, value, _utc(good_at), good)
    return found


def _utc(moment: datetime | None) -> datetime | None:
    return moment and moment.replace(tzinfo=timezone.utc)
