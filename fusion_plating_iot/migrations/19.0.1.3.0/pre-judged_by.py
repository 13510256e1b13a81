def migrate(cr, version):
    """What was measured when the last value of a sensor came, from the log by its index.

    Whether that value is in spec is said by the limits in force.
    """
    cr.execute("ALTER TABLE fp_tank_sensor ADD COLUMN IF NOT EXISTS judged_by_id int4")
    cr.execute(
        """
        UPDATE fp_tank_sensor sensor
           SET judged_by_id = parameter.id
          FROM fp_tank_reading reading
          JOIN fusion_plating_bath_parameter parameter ON parameter.id = reading.parameter_id
         WHERE reading.sensor_id = sensor.id AND reading.read_at = sensor.last_reading_at
           AND reading.quality = 'good'
        """
    )
    cr.execute("ALTER TABLE fp_tank_sensor DROP COLUMN IF EXISTS last_reading_in_spec")
