def migrate(cr, version):
    """The dialog that told the result of a connection test is gone; Odoo leaves tables of models behind."""
    cr.execute("DROP TABLE IF EXISTS mqtt_connection_test")
