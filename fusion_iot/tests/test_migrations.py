import runpy
from pathlib import Path

from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestMigrations(TransactionCase):
    """What older versions have left in a database."""

    def test_no_table_of_a_dialog_that_is_gone_is_left(self):
        self.cr.execute("CREATE TABLE mqtt_connection_test (connection_id int REFERENCES mqtt_connection)")
        path = Path(__file__).parents[1] / "migrations" / "19.0.1.2.0" / "pre-connection_test.py"
        migrate = runpy.run_path(str(path))["migrate"]
        for _time in range(2):
            migrate(self.cr, "19.0.1.1.0")
            self.cr.execute("SELECT to_regclass('mqtt_connection_test')")
            self.assertEqual(self.cr.fetchone(), (None,))
