from dataclasses import dataclass
from datetime import datetime

# Gaps and islands: the runs of good readings out of spec around the late ones. A run that holds a reading
# which was there before belongs to an excursion that is known already.
_RUNS = """
    WITH span AS (
        SELECT late.sensor_id,
               coalesce((SELECT max(before.read_at) FROM fp_tank_reading before
                          WHERE before.sensor_id = late.sensor_id AND before.read_at < min(late.read_at)
                            AND before.quality = 'good'), min(late.read_at)) AS first,
               coalesce((SELECT min(after.read_at) FROM fp_tank_reading after
                          WHERE after.sensor_id = late.sensor_id AND after.read_at > max(late.read_at)
                            AND after.quality = 'good'), max(late.read_at)) AS last
          FROM fp_tank_reading late
         WHERE late.id = ANY(%(ids)s) AND late.quality = 'good' AND NOT late.in_spec
         GROUP BY late.sensor_id
    ), reading AS (
        SELECT reading.*, count(*) FILTER (WHERE reading.in_spec) OVER timeline AS island
          FROM span
          JOIN fp_tank_reading reading ON reading.sensor_id = span.sensor_id
           AND reading.read_at BETWEEN span.first AND span.last AND reading.quality = 'good'
        WINDOW timeline AS (PARTITION BY reading.sensor_id ORDER BY reading.read_at, reading.id)
    )
    SELECT run.sensor_id, run.since, run.last, run.value, run.spec_min, run.spec_max, run.low, run.high,
           (SELECT min(next.read_at) FROM fp_tank_reading next
             WHERE next.sensor_id = run.sensor_id AND next.read_at > run.last
               AND next.quality = 'good' AND next.in_spec)
      FROM (SELECT sensor_id, min(read_at) AS since, max(read_at) AS last,
                   (array_agg(value ORDER BY read_at))[1] AS value,
                   (array_agg(spec_min ORDER BY read_at))[1] AS spec_min,
                   (array_agg(spec_max ORDER BY read_at))[1] AS spec_max,
                   min(value) AS low, max(value) AS high
              FROM reading
             WHERE NOT in_spec
             GROUP BY sensor_id, island
            HAVING bool_and(id = ANY(%(ids)s))) run
     ORDER BY run.sensor_id, run.since
"""


@dataclass(frozen=True, slots=True)
class LateExcursion:
    """An excursion that became known only afterwards. Times are naive UTC.

    :ivar back_at: the first reading in spec after it; ``None`` when none came yet
    """

    sensor_id: int
    since: datetime
    last: datetime
    value: float
    spec_min: float | None
    spec_max: float | None
    low: float
    high: float
    back_at: datetime | None


def late_excursions(cr, reading_ids: list[int]) -> list[LateExcursion]:
    """The excursions that consist of these late readings only, in one query.

    A late reading never moves the present state of its sensor, but a bath that was out of its limits while
    the line was down was out of its limits.
    """
    if not reading_ids:
        return []
    cr.execute(_RUNS, {"ids": reading_ids})
    return [LateExcursion(*row) for row in cr.fetchall()]
