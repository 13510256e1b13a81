import runpy
from ast import literal_eval
from pathlib import Path
from unittest.mock import patch

from lxml import etree
from odoo.addons.fusion_base.models import ir_config_parameter
from odoo.addons.fusion_base.sealing import is_sealed
from odoo.addons.fusion_base.tests.secrets_common import SecretCase
from odoo.addons.fusion_iot_base.shared_token import (
    DEFAULT_RATE,
    PLACEHOLDER,
    PREVIOUS_TOKEN,
    PREVIOUS_UNTIL,
    TOKEN,
    rate_limit,
    token_set,
    valid_tokens,
)
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

ADDON = Path(__file__).parents[1]
LOGGER = "odoo.addons.fusion_base.models.ir_config_parameter"


@tagged("post_install", "-at_install")
class TestToken(SecretCase, TransactionCase):
    def setUp(self):
        super().setUp()
        self.parameters = self.env["ir.config_parameter"]
        self.parameters.set_param(TOKEN, "first")

    def rotate(self, overlap, user=None):
        wizard = self.env["fp.ingest.token.rotate"]
        if user:
            wizard = wizard.with_user(user)
        return wizard.create({"overlap": overlap}).action_rotate()["params"]["token"]

    def test_the_placeholder_and_nothing_are_no_tokens(self):
        for value in (PLACEHOLDER, "", "  ", False):
            self.parameters.set_param(TOKEN, value)
            self.assertFalse(token_set(self.env))
            self.assertEqual(valid_tokens(self.env), [])

    def test_the_old_token_stays_valid_for_the_overlap(self):
        new = self.rotate("24")
        self.assertEqual(valid_tokens(self.env), [new, "first"])
        self.parameters.set_param(PREVIOUS_UNTIL, "2020-01-01 00:00:00")
        self.assertEqual(valid_tokens(self.env), [new])

    def test_only_one_old_token_is_valid_at_a_time(self):
        second = self.rotate("24")
        third = self.rotate("24")
        self.assertEqual(valid_tokens(self.env), [third, second])

    def test_without_overlap_the_old_token_stops_now(self):
        new = self.rotate("0")
        self.assertEqual(valid_tokens(self.env), [new])
        self.assertGreaterEqual(len(new), 40)

    def test_the_placeholder_never_becomes_a_valid_old_token(self):
        self.parameters.set_param(TOKEN, PLACEHOLDER)
        new = self.rotate("24")
        self.assertEqual(valid_tokens(self.env), [new])

    def test_the_settings_say_how_it_stands(self):
        self.assertEqual(self.state(), "set")
        self.rotate("1")
        self.assertEqual(self.state(), "overlap")
        self.parameters.set_param(TOKEN, "")
        self.assertEqual(self.state(), "missing")

    def state(self):
        return self.env["res.config.settings"].get_values()["fp_ingest_token_state"]

    def test_it_belongs_to_no_domain(self):
        """Gateways and scripts post with it to ``/iot/ingest``, where there are no tanks, too."""
        known = self.env["ir.model.data"].search([("name", "like", "fp_ingest_token")])
        self.assertEqual(set(known.mapped("module")), {"fusion_iot"})
        self.assertEqual(self.env.ref("fusion_iot.ingest_token").key, TOKEN)
        page = etree.fromstring(self.env["res.config.settings"].get_view(view_type="form")["arch"])
        (app,) = page.findall(".//app[@name='fusion_iot']")
        shown = {field.get("name") for field in app.iter("field")}
        self.assertLessEqual(
            {f"fp_ingest_token_{name}" for name in ("state", "off", "networks", "rate_limit")}, shown
        )
        action = self.env["fp.ingest.token.rotate"].create({"overlap": "0"}).action_rotate()
        opened = self.env.ref(action["params"]["next"])
        self.assertEqual(literal_eval(opened.context)["module"], app.get("name"))

    def test_the_limit_in_the_settings(self):
        settings = self.env["res.config.settings"]
        self.assertEqual(settings.get_values()["fp_ingest_token_rate_limit"], DEFAULT_RATE)
        for limit in (300, 0, 50):
            settings.create({"fp_ingest_token_rate_limit": limit}).execute()
            self.assertEqual(rate_limit(self.env), limit)
            self.assertEqual(settings.get_values()["fp_ingest_token_rate_limit"], limit)
        with self.assertRaises(ValidationError):
            settings.create({"fp_ingest_token_rate_limit": -1})

    def parameter(self, key):
        return self.parameters.search([("key", "=", key)])

    def test_tokens_are_sealed(self):
        new = self.rotate("24")
        for key, token in ((TOKEN, new), (PREVIOUS_TOKEN, "first")):
            stored = self.stored(self.parameter(key), "value")
            self.assertTrue(is_sealed(stored))
            self.assertNotIn(token, stored)
            self.assertEqual(self.parameters.get_param(key), token)
        admin = new_test_user(self.env, "token_admin", "base.group_system")
        theirs = self.parameters.with_user(admin)
        shown = str([theirs.get_param(TOKEN), theirs.search_read([("key", "=", TOKEN)], ["value"])])
        self.assertNotIn(new, shown)
        self.parameter(TOKEN).with_user(admin).value = "by-an-administrator"
        self.assertTrue(is_sealed(self.stored(self.parameter(TOKEN), "value")))
        self.assertEqual(valid_tokens(self.env), ["by-an-administrator", "first"])
        # saving what is shown changes nothing
        self.parameter(TOKEN).with_user(admin).value = self.parameter(TOKEN).value
        self.assertEqual(valid_tokens(self.env), ["by-an-administrator", "first"])
        # one token does not open in the place of the other
        self.parameter(TOKEN).value = self.parameter(PREVIOUS_TOKEN).value
        with patch.object(ir_config_parameter, "_told", set()), self.assertLogs(LOGGER, "ERROR") as log:
            self.assertEqual(valid_tokens(self.env), [])
        self.assertIn(TOKEN, log.output[0])

    def test_a_parameter_that_becomes_a_token_is_sealed(self):
        self.parameters.set_param(TOKEN, False)
        renamed = self.parameters.create({"key": "fusion_plating_iot.other", "value": "second"})
        renamed.key = TOKEN
        self.assertTrue(is_sealed(self.stored(renamed, "value")))
        self.assertEqual(valid_tokens(self.env), ["second"])
        # what was one stays unreadable under another name
        renamed.key = "fusion_plating_iot.other"
        self.assertTrue(is_sealed(self.parameters.get_param("fusion_plating_iot.other")))

    def test_other_parameters_stay_readable(self):
        for key, value in (
            (TOKEN, PLACEHOLDER),
            ("fusion_plating_iot.other", "first"),
            (PREVIOUS_UNTIL, "2020"),
        ):
            self.parameters.set_param(key, value)
            self.assertEqual(self.stored(self.parameter(key), "value"), value)

    @mute_logger(LOGGER)
    def test_with_a_lost_key_nothing_is_taken_until_a_new_token_is_made(self):
        self.env.flush_all()
        with self.another_data_directory():
            self.assertFalse(token_set(self.env))
            self.assertEqual(valid_tokens(self.env), [])
            self.assertEqual(self.state(), "unreadable")
            new = self.rotate("24")
            self.assertEqual(self.state(), "set")
            self.assertEqual(valid_tokens(self.env), [new])

    def test_a_new_key_seals_the_token_anew(self):
        with self.another_data_directory():
            self.parameters.set_param(TOKEN, "second")
            first = self.stored(self.parameter(TOKEN), "value")
            self.env["fusion.secret"]._rotate_key()
            self.assertNotEqual(
                self.stored(self.parameter(TOKEN), "value").split(":")[2], first.split(":")[2]
            )
            self.assertEqual(valid_tokens(self.env), ["second"])

    def test_what_an_older_version_left_in_clear_is_sealed(self):
        self.env.flush_all()
        self.env.cr.execute("UPDATE ir_config_parameter SET value = 'in-clear' WHERE key = %s", [TOKEN])
        self.env.invalidate_all()
        self.env.registry.clear_cache("stable")
        self.assertEqual(valid_tokens(self.env), ["in-clear"])
        migrate = runpy.run_path(str(ADDON / "migrations" / "19.0.1.6.0" / "post-parameters.py"))["migrate"]
        for _time in range(2):
            migrate(self.env.cr, "19.0.1.5.0")
            self.assertTrue(is_sealed(self.stored(self.parameter(TOKEN), "value")))
            self.assertEqual(valid_tokens(self.env), ["in-clear"])

    def test_a_copy_for_trials_has_no_token(self):
        self.rotate("24")
        self.env.flush_all()
        self.env.cr.execute((ADDON / "data" / "neutralize.sql").read_text("utf-8"))
        self.env.invalidate_all()
        self.env.registry.clear_cache("stable")
        self.assertEqual(valid_tokens(self.env), [])
        self.assertEqual(self.parameter(TOKEN).value, PLACEHOLDER)
        self.assertFalse(self.parameter(PREVIOUS_TOKEN))

    def test_only_administrators_rotate(self):
        user = new_test_user(self.env, "token manager", "fusion_iot.group_iot_manager")
        with self.assertRaises(AccessError):
            self.rotate("1", user)
