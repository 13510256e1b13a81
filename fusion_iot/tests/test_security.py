from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, new_test_user
from odoo.tools import mute_logger


class TestSecurity(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_company = cls.env["res.company"].create({"name": "Another company"})
        cls.user = new_test_user(cls.env, "iot_user", "base.group_user,fusion_iot.group_iot_user")
        cls.manager = new_test_user(cls.env, "iot_manager", "base.group_user,fusion_iot.group_iot_manager")
        cls.employee = new_test_user(cls.env, "iot_employee", "base.group_user")
        cls.other_manager = new_test_user(
            cls.env,
            "iot_other_manager",
            "base.group_user,fusion_iot.group_iot_manager",
            company_id=cls.other_company.id,
            company_ids=[(6, 0, cls.other_company.ids)],
        )
        cls.device = cls.env["iot.device"].create(
            {"name": "Ours", "identifier": "ours", "company_id": cls.env.company.id}
        )
        cls.shared = cls.env["iot.device"].create({"name": "Shared", "identifier": "shared"})

    def rights(self, user):
        model = self.env["iot.device"].with_user(user)
        operations = zip("rwcd", ("read", "write", "create", "unlink"), strict=True)
        return "".join(letter for letter, operation in operations if model.has_access(operation))

    def test_rights_of_each_group(self):
        self.assertEqual(self.rights(self.employee), "")
        self.assertEqual(self.rights(self.user), "r")
        self.assertEqual(self.rights(self.manager), "rwcd")
        self.assertTrue(self.manager.has_group("fusion_iot.group_iot_user"))
        self.assertTrue(self.env.ref("base.user_admin").has_group("fusion_iot.group_iot_manager"))

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_user_reads_only(self):
        device = self.device.with_user(self.user)
        self.assertEqual(device.name, "Ours")
        for attempt in (
            lambda: device.write({"name": "Mine"}),
            lambda: device.create({"name": "New", "identifier": "new"}),
            device.unlink,
        ):
            with self.assertRaises(AccessError):
                attempt()

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_another_company(self):
        Device = self.env["iot.device"].with_user(self.other_manager)
        found = Device.search([])
        self.assertIn(self.shared, found)
        self.assertNotIn(self.device, found)
        for attempt in (
            lambda: self.device.with_user(self.other_manager).read(["name"]),
            lambda: self.device.with_user(self.other_manager).write({"name": "Taken over"}),
            lambda: Device.create({"name": "New", "identifier": "new", "company_id": self.env.company.id}),
        ):
            with self.assertRaises(AccessError):
                attempt()
