from odoo.addons.fusion_iot_base.tests.overview_common import OverviewMixin
from odoo.tests import TransactionCase, new_test_user, tagged

TILES = ("equipment", "equipment_offline", "equipment_requests")


@tagged("post_install", "-at_install")
class TestOverview(OverviewMixin, TransactionCase):
    """Equipment in numbers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(cls.env, "overview_equipment", "fusion_iot.group_iot_user")
        cls.env["iot.device"].search([]).equipment_id = False

    def test_without_equipment_there_is_no_section(self):
        self.assertEqual(self.counts(self.user, *TILES), [None, None, None])

    def test_equipment(self):
        oven, fridge, _table = self.env["maintenance.equipment"].create(
            [{"name": name} for name in ("Oven", "Fridge", "Table")]
        )
        probes = self.env["iot.device"].create(
            [
                {"name": "Probe", "identifier": f"equipment-{number}", "equipment_id": equipment.id}
                for number, equipment in enumerate((oven, fridge, fridge))
            ]
        )
        self.env["maintenance.request"].create({"name": "By the baker", "equipment_id": oven.id})
        self.assertEqual(self.counts(self.user, *TILES), [2, 0, 0])
        self.env.flush_all()
        self.env.cr.execute("UPDATE iot_device SET presence = 'offline' WHERE id = ANY(%s)", [probes[1:].ids])
        alert = self.env["iot.alert"].sudo().search([], limit=1) or self.raised(oven)
        request = self.env["maintenance.request"].create(
            {"name": "Door", "equipment_id": oven.id, "alert_id": alert.id}
        )
        self.assertEqual(self.counts(self.user, *TILES), [2, 1, 1])
        tiles = self.assert_numbers_open_their_lists(self.user)
        self.assertEqual(tiles["equipment_offline"]["level"], "danger")
        request.archive_equipment_request()
        self.assertEqual(self.counts(self.user, *TILES), [2, 1, 0])

    def raised(self, equipment):
        rule = self.env.ref("fusion_iot.alert_rule_device_offline")
        values = {"rule_id": rule.id, "alert_type": rule.alert_type, "severity": "warning"}
        source = {"res_model": equipment._name, "res_id": equipment.id, "source_name": equipment.name}
        return self.env["iot.alert"].sudo().create({**values, **source})
