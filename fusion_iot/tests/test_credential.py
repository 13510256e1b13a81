from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..models.iot_credential import KEY


@tagged("post_install", "-at_install")
class TestCredential(TransactionCase):
    """What is stored of a credential, and who may make one. Over HTTP it is in ``test_measurements``."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(cls.env, "credential manager", "fusion_iot.group_iot_manager")
        cls.credential = cls.env["iot.credential"].create({"name": "Gateway", "serials": "28-0000*"})

    def find(self, token):
        return self.env["iot.credential"]._find(token)

    def test_a_token_is_shown_once_and_not_stored(self):
        self.assertEqual(self.credential.state, "draft")
        wizard = self.env["iot.credential.rotate"].with_user(self.manager)
        action = wizard.create({"credential_id": self.credential.id}).action_issue()
        token = action["params"]["token"]
        self.assertTrue(token.startswith("fiot_") and len(token) >= 48)
        self.assertFalse(action["params"]["rotated"])
        self.assertEqual((self.credential.state, self.credential.token_end), ("active", token[-4:]))
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT iot_credential::text FROM iot_credential WHERE id = %s", self.credential.ids
        )
        self.assertNotIn(token[5:20], self.env.cr.fetchone()[0])
        self.assertNotIn(token[5:20], str(self.credential.message_ids.mapped("body")))
        self.assertEqual(self.find(token)["id"], self.credential.id)
        for wrong in (
            token[:-1],
            token.lower(),
            "fiot_",
            self.credential.token_hash,
            "fiot_\udcff",
            "fiot_\0",
        ):
            self.assertIsNone(self.find(wrong))

    def test_the_hash_has_a_key(self):
        token = self.credential._issue()
        self.env["ir.config_parameter"].set_param(KEY, "another")
        self.assertIsNone(self.find(token))

    def test_a_stranger_makes_no_key(self):
        parameters = self.env["ir.config_parameter"]
        parameters.set_param(KEY, False)
        with patch.object(type(parameters), "set_param") as written:
            self.assertIsNone(self.find("fiot_" + "x" * 43))
        written.assert_not_called()
        self.assertTrue(self.find(self.credential._issue()))

    def test_rotating_has_an_overlap(self):
        first = self.credential._issue()
        second = self.credential._issue(24)
        self.assertEqual(self.credential.state, "overlap")
        self.assertTrue(self.find(first) and self.find(second))
        third = self.credential._issue(1)
        self.assertIsNone(self.find(first), "only the one before stays valid")
        self.credential.previous_until = fields.Datetime.now() - timedelta(seconds=1)
        self.assertIsNone(self.find(second))
        self.assertEqual(self.credential.state, "active")
        fourth = self.credential._issue()
        self.assertIsNone(self.find(third))
        self.assertTrue(self.find(fourth))

    def test_revoking(self):
        first = self.credential._issue()
        second = self.credential._issue(24)
        self.credential.with_user(self.manager).action_revoke()
        self.assertEqual(self.credential.state, "revoked")
        self.assertIsNone(self.find(first))
        self.assertTrue(self.find(second)["revoked_at"])
        third = self.credential._issue(24)
        self.assertEqual(self.credential.state, "active")
        self.assertIsNone(self.find(second), "what was revoked does not come back with an overlap")
        self.assertTrue(self.find(third))
        self.credential.unlink()
        self.assertIsNone(self.find(third))

    def test_expiring(self):
        self.credential._issue()
        self.credential.expires_at = fields.Datetime.now() - timedelta(seconds=1)
        self.assertEqual(self.credential.state, "expired")
        with self.assertRaises(UserError):
            self.credential._issue()
        self.credential.expires_at = fields.Datetime.now() + timedelta(days=1)
        self.assertEqual(self.credential.state, "active")

    def test_copies_have_no_token(self):
        token = self.credential._issue()
        copy = self.credential.with_user(self.manager).copy()
        self.assertEqual((copy.name, copy.state, copy.serials), ("Gateway (copy)", "draft", "28-0000*"))
        self.assertEqual(self.find(token)["id"], self.credential.id)

    def test_junk_is_refused(self):
        for vals in (
            {"networks": "10.0.0.0/33"},
            {"networks": "example.com"},
            {"serials": "*"},
            {"serials": "28-1\n" + "x" * 129},
        ):
            with self.subTest(vals), self.assertRaises(ValidationError):
                self.credential.write(vals)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self.credential.rate_limit = -1
            self.env.flush_all()

    def test_only_managers_of_the_company(self):
        other = self.env["res.company"].create({"name": "Another company"})
        stranger = new_test_user(
            self.env,
            "credential stranger",
            "fusion_iot.group_iot_manager",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        user = new_test_user(self.env, "credential user", "fusion_iot.group_iot_user")
        self.credential.company_id = self.env.company
        loggers = ("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
        for person in (stranger, user):
            with mute_logger(*loggers):
                for call in ("_issue", "action_revoke", "action_rotate"):
                    with self.assertRaises(AccessError):
                        getattr(self.credential.with_user(person), call)()
        with mute_logger(*loggers):
            for name in ("token_hash", "previous_hash"):
                with self.assertRaises(AccessError):
                    self.credential.with_user(self.manager).read([name])
                with self.assertRaises(AccessError):
                    self.credential.with_user(self.manager).write({name: "x"})

    def test_what_reaches_all_companies_is_for_people_of_all(self):
        other = self.env["res.company"].create({"name": "Another company"})
        theirs = self.env["iot.credential"].with_user(self.manager)
        own = theirs.create({"name": "Ours", "company_id": self.env.company.id})
        for call in (
            lambda: theirs.create({"name": "All", "scope": "all"}),
            lambda: own.write({"company_id": False}),
            lambda: self.credential.with_user(self.manager).write({"scope": "all"}),
            lambda: self.credential.with_user(self.manager)._issue(),
        ):
            with self.assertRaisesRegex(AccessError, "Set its company"), self.cr.savepoint():
                call()
        self.assertTrue(own._issue())
        self.manager.company_ids += other
        self.assertTrue(self.credential.with_user(self.manager)._issue())

    def test_devices_are_of_its_company(self):
        other = self.env["res.company"].create({"name": "Another company"})
        device = self.env["iot.device"].create({"name": "x", "identifier": "x-1", "company_id": other.id})
        with self.assertRaises(UserError):
            self.credential.write({"company_id": self.env.company.id, "device_ids": [(4, device.id)]})

    def test_use_is_noted_now_and_then(self):
        token = self.credential._issue()
        Credential = self.env["iot.credential"]
        Credential._note_used(self.find(token), "192.0.2.1")
        first = self.credential.last_used_at
        self.assertEqual((bool(first), self.credential.last_address), (True, "192.0.2.1"))
        Credential._note_used(self.find(token), "192.0.2.2")
        self.assertEqual(self.credential.last_address, "192.0.2.1")
        self.credential.last_used_at = first - timedelta(minutes=2)
        Credential._note_used(self.find(token), "192.0.2.3")
        self.assertEqual(self.credential.last_address, "192.0.2.3")

    def test_lists(self):
        self.credential._issue()
        arch = self.env.ref("fusion_iot.iot_credential_view_search")
        self.assertIn("expires_soon", arch.arch)
        now = [("revoked_at", "=", False), ("expires_at", ">", "now"), ("expires_at", "<=", "+30d")]
        self.credential.expires_at = fields.Datetime.now() + timedelta(days=3)
        self.assertIn(self.credential, self.env["iot.credential"].search(now))
