def migrate(cr, version):
    """How often a device reports is known of every device, whatever its transport: the column moves to the register."""
    cr.execute("ALTER TABLE iot_device ADD COLUMN expected_interval integer")
    cr.execute(
        "UPDATE iot_device device SET expected_interval = coalesce(mqtt.expected_interval, 0)"
        " FROM mqtt_device mqtt WHERE mqtt.iot_device_id = device.id"
    )
    cr.execute("UPDATE iot_device SET expected_interval = 60 WHERE expected_interval IS NULL")
    # The constraint on it goes with the column.
    cr.execute("ALTER TABLE mqtt_device DROP COLUMN expected_interval")
