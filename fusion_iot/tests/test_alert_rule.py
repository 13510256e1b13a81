from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestAlertRule(TransactionCase):
    """The rules that are there after installation."""

    def test_what_is_on_after_installation(self):
        rules = self.env["iot.alert.rule"].search([])
        on = set(rules.filtered("enabled").mapped("alert_type"))
        self.assertLessEqual({"runtime_down", "connection_lost", "box_offline", "device_offline"}, on)
        self.assertFalse(on & {"disk_or_queue"})
