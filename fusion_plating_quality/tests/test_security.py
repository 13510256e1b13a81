from odoo.exceptions import AccessError
from odoo.tools import mute_logger

from .common import HoldCommon


class TestSecurity(HoldCommon):
    def setUp(self):
        super().setUp()
        self.hold = self.raise_hold()

    def rights(self, user, model):
        return "".join(
            letter
            for letter, operation in zip("rwcd", ("read", "write", "create", "unlink"), strict=True)
            if self.env[model].with_user(user).has_access(operation)
        )

    def test_rights_of_each_group(self):
        hold, wizard = "fusion.plating.quality.hold", "fusion.plating.hold.decision"
        self.assertEqual(self.rights(self.operator, hold), "r")
        self.assertEqual(self.rights(self.operator, wizard), "")
        for user in (self.quality, self.manager):
            self.assertEqual(self.rights(user, hold), "rwc")
            self.assertEqual(self.rights(user, wizard), "rwcd")

    def test_operator_reads(self):
        hold = self.hold.with_user(self.operator)
        self.assertEqual(hold.worst_value, 95.0)
        self.assertEqual(hold.breach_text, "95.0 °C, spec 85 – 91 °C")
        self.assertTrue(self.tank.with_user(self.operator).has_open_hold)

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_operator_decides_nothing(self):
        hold = self.hold.with_user(self.operator)
        for attempt in (
            hold.action_start_review,
            hold.action_release,
            hold.action_reject,
            lambda: hold._decide("released", "use_as_is", "because"),
            lambda: hold.sudo()._decide("released", "use_as_is", "because"),
            lambda: hold.write({"state": "released"}),
            lambda: hold.write({"description": "nothing happened"}),
            lambda: hold.web_save({"state": "released"}, {"state": {}}),
            lambda: self.wizard(self.hold, self.operator),
            lambda: self.wizard(self.hold).with_user(self.operator).action_confirm(),
            lambda: self.Hold.with_user(self.operator).create({"tank_id": self.tank.id}),
            hold.copy,
            hold.unlink,
        ):
            with self.assertRaises(AccessError):
                attempt()
        self.assertEqual(self.hold.state, "open")

    def test_operator_may_comment(self):
        self.hold.with_user(self.operator).message_post(body="Heater tripped at 6:40")

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_another_company(self):
        hold = self.hold.with_user(self.other_manager)
        self.assertFalse(hold.search([]))
        self.assertFalse(self.env["fusion.plating.tank"].with_user(self.other_manager).search([]).hold_ids)
        for attempt in (
            lambda: hold.read(["worst_value"]),
            lambda: hold.write({"description": "mine now"}),
            lambda: hold.message_post(body="Hello"),
            hold.action_start_review,
            hold.action_release,
            lambda: hold._decide("released", "use_as_is", "because"),
            lambda: self.wizard(self.hold, self.other_manager).action_confirm(),
            lambda: self.Hold.with_user(self.other_manager).create({"tank_id": self.tank.id}),
        ):
            with self.assertRaises(AccessError):
                attempt()
        self.assertEqual(self.hold.state, "open")

    def test_a_hold_of_the_other_company(self):
        theirs = self.Hold._raise_hold({"tank_id": self.other_tank.id}).with_user(self.other_manager)
        self.assertIn(theirs, theirs.search([]))
        self.assertFalse(self.Hold.with_user(self.quality).search([("id", "=", theirs.id)]))
        theirs._decide("released", "void", "Probe hung outside the tank")
        self.assertEqual(theirs.state, "released")
