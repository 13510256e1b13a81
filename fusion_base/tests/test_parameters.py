from contextlib import contextmanager

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged

KEY = "fusion_base.test_parameter"


@tagged("post_install", "-at_install")
class TestParameters(BaseCase):
    """Parameters of the suite, in transactions of their own."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self.store, False)
        self.store("former")

    @contextmanager
    def parameters(self):
        with Registry(get_db_name()).cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})["ir.config_parameter"]

    def store(self, value):
        with self.parameters() as parameters:
            parameters.set_param(KEY, value)

    def found(self):
        with self.parameters() as parameters:
            return parameters.get_param(KEY)

    def test_who_reads_while_it_is_written_reads_the_new_value_afterwards(self):
        with self.parameters() as parameters:
            parameters.set_param(KEY, "new")
            self.assertEqual(self.found(), "former", "it is not committed yet")
        self.assertEqual(self.found(), "new")
