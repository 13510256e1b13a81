from odoo.addons.fusion_iot_base.tests.hoot import HootCase
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestHoot(HootCase):
    """The JavaScript unit tests of the screens of sessions."""

    suite = "@fusion_session_detector"

    def test_suite(self):
        self.run_suite()
