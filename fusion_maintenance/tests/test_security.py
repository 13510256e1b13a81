from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestSecurity(TransactionCase):
    """Odoo shows people the equipment that they follow; who sees devices sees what they belong to."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.oven, cls.table = cls.env["maintenance.equipment"].create([{"name": "Oven"}, {"name": "Table"}])
        cls.probe = cls.env["iot.device"].create(
            {"name": "Probe", "identifier": "seen", "equipment_id": cls.oven.id}
        )
        cls.plain, cls.user, cls.manager = (
            new_test_user(cls.env, f"equipment_{name}", group)
            for name, group in (
                ("plain", "base.group_user"),
                ("user", "fusion_iot.group_iot_user"),
                ("manager", "fusion_iot.group_iot_manager"),
            )
        )

    def seen(self, user):
        everything = self.env["maintenance.equipment"].with_user(user)
        return everything.search([("id", "in", (self.oven | self.table).ids)])

    def test_what_is_seen(self):
        self.assertFalse(self.seen(self.plain))
        self.assertEqual(self.seen(self.user), self.oven)
        self.assertEqual(self.seen(self.manager), self.oven | self.table, "or there were none to choose")

    def test_what_is_written(self):
        for user in (self.plain, self.user, self.manager):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.oven.with_user(user).name = "Mine"
        with self.assertRaises(AccessError):
            self.probe.with_user(self.user).equipment_id = self.table
        self.probe.with_user(self.manager).equipment_id = self.table

    def test_devices_are_for_who_may_see_devices(self):
        self.oven.message_subscribe(self.plain.partner_id.ids)
        oven = self.oven.with_user(self.plain)
        self.assertEqual(oven.name, "Oven")
        with self.assertRaises(AccessError):
            oven.read(["iot_device_ids"])

    def test_other_companies(self):
        other = self.env["res.company"].create({"name": "Other works"})
        press = self.env["maintenance.equipment"].create({"name": "Press", "company_id": other.id})
        self.env["iot.device"].create({"name": "Meter", "identifier": "press", "equipment_id": press.id})
        for user in (self.user, self.manager):
            self.assertFalse(
                self.env["maintenance.equipment"].with_user(user).search([("id", "=", press.id)])
            )
