from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, new_test_user
from odoo.tools import mute_logger

from .iot_box_common import BoxCase

SECRETS = ("channel", "token_hash", "socket", "address", "server_url")


class TestBoxSecurity(BoxCase, TransactionCase):
    def setUp(self):
        super().setUp()
        other = self.env["res.company"].create({"name": "Another company"})
        self.user = new_test_user(self.env, "box_user", "base.group_user,fusion_iot.group_iot_user")
        self.manager = new_test_user(self.env, "box_manager", "base.group_user,fusion_iot.group_iot_manager")
        self.employee = new_test_user(self.env, "box_employee", "base.group_user")
        self.stranger = new_test_user(
            self.env,
            "box_stranger",
            "base.group_user,fusion_iot.group_iot_manager",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        self.one, _token = self.pair(devices={"usb_1": {"name": "One"}}, company_id=self.env.company.id)

    def refused(self, call):
        loggers = ("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
        with mute_logger(*loggers), self.assertRaises(AccessError):
            call()

    def test_rights_of_each_group(self):
        for user, model, rights in (
            (self.employee, "iot.box", ""),
            (self.user, "iot.box", "r"),
            (self.manager, "iot.box", "rwd"),
            (self.manager, "iot.box.token", ""),
            (self.manager, "iot.box.call", ""),
            (self.user, "iot.box.pairing", ""),
            (self.user, "iot.keyboard.layout", "r"),
            (self.manager, "iot.keyboard.layout", "r"),
        ):
            records = self.env[model].with_user(user)
            operations = zip("rwcd", ("read", "write", "create", "unlink"), strict=True)
            found = "".join(letter for letter, operation in operations if records.has_access(operation))
            self.assertEqual(found, rights, (user.login, model))

    def test_secrets_are_for_administrators(self):
        for name in SECRETS:
            self.refused(lambda name=name: self.one.with_user(self.manager).read([name]))
            self.refused(
                lambda name=name: self.env["iot.box"].with_user(self.manager).search([(name, "!=", False)])
            )
        self.assertEqual(self.one.with_user(self.user).name, self.one.name)

    def test_only_the_box_says_what_it_is(self):
        box = self.one.with_user(self.manager)
        box.write({"name": "Renamed", "drivers_auto_update": False, "note": "Behind the rectifier"})
        for vals in ({"identifier": "x"}, {"online": True}, {"state": "unpaired"}, {"ip": "x"}, {"last_seen": False},
                     {"name": "x", "version": "x"}, {"token_hash": "x"}, {"channel": "x"}):  # fmt: skip
            self.refused(lambda vals=vals: box.write(vals))
        self.refused(lambda: box.create({"name": "x", "identifier": "x"}))
        self.assertEqual(box.name, "Renamed")

    def test_who_may_do_what(self):
        box = self.one.with_user(self.user)
        for call in (box.action_unpair, box.unlink, box.action_restart, box.action_test_connection, box.action_replace,
                     self.env["iot.box"].with_user(self.user).action_pair):  # fmt: skip
            self.refused(call)
        self.assertEqual(self.one.state, "paired")
        self.one.with_user(self.manager).action_unpair()
        self.assertEqual(self.one.state, "unpaired")

    def test_a_device_acts_for_operators_only(self):
        """Reading is not enough: a cash drawer would open."""
        self.one._note_connected("socket")
        operator = new_test_user(self.env, "box_operator", "fusion_iot.group_iot_operator")
        self.refused(lambda: self.one.device_ids.with_user(self.user).send_action("open"))
        for user in (operator, self.manager):
            self.assertTrue(self.one.device_ids.with_user(user).send_action("open"))

    def test_a_box_is_checked_by_operators_only(self):
        """Each check is a command, of which a box takes so many at a time."""
        self.one._note_connected("socket")
        operator = new_test_user(self.env, "box_operator", "fusion_iot.group_iot_operator")
        with self.assertRaisesRegex(AccessError, "It takes the right IoT commands / Operator"):
            self.one.with_user(self.user).action_ping()
        for user in (operator, self.manager):
            action = self.one.with_user(user).action_ping()
            self.assertEqual(self.env["iot.command"].browse(action["params"]["ids"]).user_id, user)
        for user, count in ((self.user, 0), (operator, 1)):
            arch = self.env["iot.box"].with_user(user).get_view(view_type="form")["arch"]
            self.assertEqual(arch.count('name="action_ping"'), count)

    def test_another_company(self):
        box = self.one.with_user(self.stranger)
        self.assertFalse(box.search([]))
        for call in (box.action_unpair, box.action_replace, box.action_ping, box.unlink,
                     lambda: box.write({"name": "x"}),
                     lambda: box.env["iot.box.pairing"].create({"box_id": box.id}).action_make(),
                     lambda: box.device_ids.send_action("x")):  # fmt: skip
            self.refused(call)
        self.assertEqual(self.one.state, "paired")

    def test_nobody_puts_a_device_on_a_box(self):
        """It would hear what the one of this name says, and tell a screen what to show."""
        Device = self.env["iot.device"].with_user(self.stranger)
        own = Device.create({"name": "Mine", "identifier": "mine", "is_plugged": False, "box_id": False})
        for vals in ({"box_id": self.one.id, "box_device": "usb_1", "is_plugged": True}, {"box_id": self.one.id},
                     {"box_device": "usb_1"}, {"is_plugged": True}, {"type": "display"}):  # fmt: skip
            self.refused(lambda vals=vals: own.write(vals))
            self.refused(lambda vals=vals: Device.create({"name": "x", "identifier": "x", **vals}))
        self.refused(lambda: self.one.device_ids.with_user(self.manager).write({"box_id": False}))
        own.write({"name": "Still mine", "display_url": "https://shop.example.com"})
        self.assertFalse(own.box_id)
