def migrate(cr, version):
    """The index of the default order begins with the start: one of the start alone serves nothing any more."""
    cr.execute("DROP INDEX IF EXISTS mqtt_session__start_time_index")
