import runpy
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from odoo import fields
from odoo.addons.fusion_base.sealing import is_sealed
from odoo.addons.fusion_base.tests.secrets_common import SecretCase
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..models.iot_credential import KEY, hash_token

ADDON = Path(__file__).parents[1]
PARAMETERS = "odoo.addons.fusion_base.models.ir_config_parameter"


@tagged("post_install", "-at_install")
class TestCredential(SecretCase, TransactionCase):
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

    def test_the_key_of_the_hashes_is_sealed(self):
        """Who reads the database and writes to it cannot make a token that is valid."""
        token = self.credential._issue()
        parameters = self.env["ir.config_parameter"]
        key = parameters.search([("key", "=", KEY)])
        self.assertTrue(is_sealed(self.stored(key, "value")))
        self.assertEqual(self.find(token)["id"], self.credential.id)
        admin = new_test_user(self.env, "credential admin", "base.group_system")
        in_clear = parameters.get_param(KEY)
        self.assertNotIn(in_clear, str([parameters.with_user(admin).get_param(KEY), key.value]))
        self.assertEqual(self.credential.token_hash, hash_token(in_clear, token))

    @mute_logger(PARAMETERS)
    def test_a_lost_key_is_a_state(self):
        token = self.credential._issue()
        revoked, unused = self.env["iot.credential"].create([{"name": "Revoked"}, {"name": "Unused"}])
        revoked._issue()
        revoked.action_revoke()
        every = self.credential | revoked | unused
        every.invalidate_recordset()
        with self.another_data_directory():
            self.assertEqual(every.mapped("state"), ["unreadable", "revoked", "draft"])
            self.assertIsNone(self.find(token))
        every.invalidate_recordset()
        self.assertEqual(every.mapped("state"), ["active", "revoked", "draft"])
        self.assertTrue(self.find(token), "with the former key, all is as before")

    @mute_logger(PARAMETERS)
    def test_after_a_lost_key_an_administrator_starts_anew(self):
        other = self.env["iot.credential"].create({"name": "Another", "company_id": self.env.company.id})
        tokens = [self.credential._issue(), other._issue()]
        admin = new_test_user(
            self.env,
            "credential admin",
            "base.group_system,fusion_iot.group_iot_manager",
            company_ids=[(6, 0, self.env["res.company"].search([]).ids)],
        )
        (self.credential | other).invalidate_recordset()
        with self.another_data_directory():
            with self.assertRaisesRegex(UserError, "Have an administrator restore the former key"):
                other.with_user(self.manager)._issue(24)
            self.assertEqual(other.state, "unreadable")
            new = self.credential.with_user(admin)._issue(24)
            self.assertEqual((self.credential.state, other.state), ("active", "draft"))
            self.assertFalse(self.credential.previous_hash or other.token_hash)
            self.assertEqual([bool(self.find(token)) for token in (new, *tokens)], [True, False, False])
            self.assertIn("lost with the key", str(other.message_ids.mapped("body")))
            self.assertTrue(self.find(other.with_user(self.manager)._issue()))

    def test_a_key_that_an_older_version_left_in_clear_is_sealed(self):
        token = self.credential._issue()
        parameters = self.env["ir.config_parameter"]
        key = parameters.search([("key", "=", KEY)])
        in_clear = parameters.get_param(KEY)
        self.env.flush_all()
        self.env.cr.execute("UPDATE ir_config_parameter SET value = %s WHERE key = %s", [in_clear, KEY])
        self.env.invalidate_all()
        self.env.registry.clear_cache("stable")
        migrate = runpy.run_path(str(ADDON / "migrations" / "19.0.1.6.0" / "post-parameters.py"))["migrate"]
        for _time in range(2):
            migrate(self.env.cr, "19.0.1.5.0")
            self.assertTrue(is_sealed(self.stored(key, "value")))
            self.assertTrue(self.find(token))

    def test_a_copy_for_trials_has_no_key(self):
        self.credential._issue()
        self.env.flush_all()
        self.env.cr.execute((ADDON / "data" / "neutralize.sql").read_text("utf-8"))
        self.env.cr.execute("SELECT 1 FROM ir_config_parameter WHERE key = %s", [KEY])
        self.assertFalse(self.env.cr.fetchall())

    def test_a_stranger_makes_no_key(self):
        parameters = self.env["ir.config_parameter"]
        parameters.set_param(KEY, False)
        with patch.object(type(parameters), "set_param") as written:
            self.assertIsNone(self.find("fiot_" + "x" * 43))
        written.assert_not_called()
        self.assertTrue(self.find(self.credential._issue()))

    def test_the_dialog_asks_how_long_the_old_token_stays_valid(self):
        """Where there is one."""
        dialogs = self.env["iot.credential.rotate"].with_context(default_credential_id=self.credential.id)
        self.assertEqual(Form(dialogs).state, "draft")
        self.credential._issue()
        form = Form(dialogs)
        self.assertEqual(form.state, "active")
        form.overlap = "0"
        form.save().action_issue()
        self.assertEqual(self.credential.state, "active", "the old one is not valid any more")

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
