def migrate(cr, version):
    """Identifiers are unique within a company from now on: an index takes the place of the constraint."""
    cr.execute("ALTER TABLE iot_device DROP CONSTRAINT IF EXISTS iot_device_identifier_unique")
