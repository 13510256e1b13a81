from odoo.tests import tagged

from .hoot import HootCase


@tagged("post_install", "-at_install")
class TestHoot(HootCase):
    """The JavaScript unit tests of what keeps screens live."""

    suite = "@fusion_iot_base"

    def test_suite(self):
        self.run_suite()
