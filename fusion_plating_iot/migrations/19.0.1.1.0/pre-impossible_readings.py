import logging

_logger = logging.getLogger(__name__)

_LIMIT = 1e15
_TOO_LARGE = "NOT ({column} BETWEEN -%(limit)s AND %(limit)s)"


def migrate(cr, version):
    """Keep of readings beyond all measure the raw value only, as is done with new ones.

    One of them was enough to break every average over the log. Nothing is lost: what the device sent stays. The trigger
    that keeps the log as it is rests meanwhile; the log of the server says which readings these were.
    """
    cr.execute(
        f"SELECT sensor_id, read_at, value FROM fp_tank_reading WHERE {_TOO_LARGE.format(column='value')}",
        {"limit": _LIMIT},
    )
    for sensor_id, read_at, value in cr.fetchall():
        _logger.warning(
            "The reading %r of sensor %s at %s is beyond all measure; it is kept as raw value.",
            *(value, sensor_id, read_at),
        )
    if cr.rowcount:
        # Of several at one time each keeps its row, a microsecond apart.
        cr.execute(
            f"""
            ALTER TABLE fp_tank_reading DISABLE TRIGGER fp_tank_reading_append_only;
            WITH impossible AS (
                SELECT id, row_number() OVER (
                           PARTITION BY sensor_id, read_at ORDER BY value IS NOT NULL, id
                       ) - 1 AS place
                  FROM fp_tank_reading
                 WHERE value IS NULL OR {_TOO_LARGE.format(column="value")}
            )
            UPDATE fp_tank_reading reading
               SET value = NULL, in_spec = NULL, quality = 'bad',
                   read_at = read_at + impossible.place * interval '1 microsecond'
              FROM impossible
             WHERE reading.id = impossible.id AND reading.value IS NOT NULL;
            ALTER TABLE fp_tank_reading ENABLE TRIGGER fp_tank_reading_append_only;
            """,
            {"limit": _LIMIT},
        )
    # The next reading tells anew.
    cr.execute(
        f"""
        UPDATE fp_tank_sensor
           SET last_reading_value = NULL, last_reading_at = NULL,
               excursion_since = NULL, excursion_raised = NULL, excursion_worst = NULL
         WHERE {_TOO_LARGE.format(column="last_reading_value")} OR {_TOO_LARGE.format(column="excursion_worst")}
        """,
        {"limit": _LIMIT},
    )
    cr.execute("UPDATE fp_tank_sensor SET deadband = 0 WHERE NOT deadband < 'Infinity'")
