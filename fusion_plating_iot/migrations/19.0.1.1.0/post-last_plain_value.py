from fusion_iot_core.protocol import PROBE_KINDS


def migrate(cr, version):
    """What each probe said last that no broken probe says: a bath that stands at 85.0 °C stays believed.

    From the log, by its index; the parameters of temperatures are in °C.
    """
    doubtful = sorted({value for kind in PROBE_KINDS.values() for value in kind.doubtful})
    cr.execute(
        """
        UPDATE fp_tank_sensor sensor
           SET plain_value = plain.value, plain_at = plain.read_at, seen_value = sensor.last_reading_value
          FROM fp_tank_sensor same,
               LATERAL (SELECT value, read_at FROM fp_tank_reading reading
                         WHERE reading.sensor_id = same.id AND reading.quality = 'good'
                           AND NOT EXISTS (SELECT 1 FROM unnest(%s::float8[]) AS doubtful(value)
                                            WHERE abs(reading.value - doubtful.value) < 0.01)
                         ORDER BY read_at DESC LIMIT 1) plain
         WHERE same.id = sensor.id AND sensor.active IS TRUE
        """,
        [doubtful],
    )
