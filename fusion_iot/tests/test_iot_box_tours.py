from odoo.addons.fusion_iot_base.tests.pace import PatientHttpCase
from odoo.tests import new_test_user, tagged

from .iot_box_common import BoxCase


@tagged("post_install", "-at_install")
class TestBoxTours(BoxCase, PatientHttpCase):
    """What a manager does with boxes, in a browser."""

    def setUp(self):
        super().setUp()
        new_test_user(self.env, login="box_tour", password="box_tour", groups="fusion_iot.group_iot_manager")
        # logging in must not move the server
        self.env["ir.config_parameter"].set_param("web.base.url.freeze", "True")

    def test_pairing(self):
        self.start_tour("/odoo/iot-boxes", "fusion_iot_box_pairing", login="box_tour")
        self.assertEqual(self.env["iot.box.token"].search([], limit=1).name, "Line 1")

    def test_unpairing_and_replacing(self):
        one, token = self.pair(name="Line 1", devices={"usb_1": {"name": "Scanner", "type": "scanner"}})
        self.start_tour("/odoo/iot-boxes", "fusion_iot_box_unpairing", login="box_tour")
        self.assertEqual((one.name, one.state), ("Line 2", "unpaired"))
        self.assertIsNone(self.report(token=token))
        self.assertEqual(self.env["iot.box.token"].search([], limit=1).box_id, one)
