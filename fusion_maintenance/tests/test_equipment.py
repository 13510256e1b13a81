from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, TransactionCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestEquipment(TransactionCase):
    """What devices belong to says how they are."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.oven = cls.env["maintenance.equipment"].create({"name": "Oven"})
        cls.probe, cls.meter = cls.env["iot.device"].create(
            [
                {"name": name, "identifier": f"oven-{name}", "equipment_id": cls.oven.id}
                for name in ("probe", "meter")
            ]
        )
        cls.other = cls.env["res.company"].create({"name": "Other works"})

    def heard(self, device, presence, at):
        """As the transports note it: past the ORM."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE iot_device SET presence = %s, last_seen = %s WHERE id = %s", [presence, at, device.id]
        )
        self.env.invalidate_all()

    def test_presence(self):
        self.assertEqual((self.oven.iot_device_count, self.oven.iot_presence), (2, "unknown"))
        self.assertFalse(self.oven.iot_last_seen)
        self.heard(self.probe, "online", "2026-11-02 10:00:00")
        self.assertEqual(self.oven.iot_presence, "online", "a device that was never heard is not gone")
        self.heard(self.meter, "offline", "2026-11-02 11:00:00")
        self.assertEqual(self.oven.iot_presence, "offline")
        self.assertEqual(str(self.oven.iot_last_seen), "2026-11-02 11:00:00")
        self.meter.active = False
        self.assertEqual((self.oven.iot_device_count, self.oven.iot_presence), (1, "online"))
        bare = self.env["maintenance.equipment"].create({"name": "Table"})
        self.assertEqual((bare.iot_device_count, bare.iot_presence), (0, False))

    def test_the_devices_are_opened(self):
        action = self.oven.action_open_iot_devices()
        self.assertEqual(self.env["iot.device"].search(action["domain"]), self.meter | self.probe)

    def test_equipment_goes_and_the_device_stays(self):
        self.oven.unlink()
        self.assertFalse(self.probe.equipment_id)

    def test_equipment_is_chosen_in_the_form(self):
        """Also for a device of no company, on equipment that has one, as Odoo makes it."""
        self.assertTrue(self.oven.company_id)
        manager = new_test_user(self.env, "oven_manager", "fusion_iot.group_iot_manager")
        fan = self.env["maintenance.equipment"].create({"name": "Fan"})
        for company in (self.env["res.company"], self.env.company):
            device = self.probe.with_user(manager)
            device.sudo().company_id = company
            with Form(device) as form:
                form.equipment_id = fan.with_user(manager)
            self.assertEqual(device.equipment_id, fan)
            device.equipment_id = self.oven

    def test_companies(self):
        foreign = self.env["maintenance.equipment"].create({"name": "Press", "company_id": self.other.id})
        self.probe.company_id = self.env.company
        with self.assertRaisesRegex(ValidationError, "Press of Other works"):
            self.probe.equipment_id = foreign
        self.probe.equipment_id = self.oven
        with self.assertRaisesRegex(ValidationError, "its device probe is of"):
            self.oven.company_id = self.other
        self.oven.company_id = self.env.company
        self.probe.company_id = False
        self.probe.equipment_id = foreign
        with self.assertRaises(ValidationError):
            self.probe.company_id = self.env.company

    def test_what_another_company_has_on_its_equipment_is_kept_for_it(self):
        foreign = self.env["maintenance.equipment"].create({"name": "Press", "company_id": self.other.id})
        self.probe.equipment_id = foreign
        manager = new_test_user(self.env, "one_manager", "fusion_iot.group_iot_manager")
        with self.assertRaises(UserError):
            self.probe.with_user(manager).active = False
