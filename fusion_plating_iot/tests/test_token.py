from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, new_test_user, tagged

from ..credentials import PLACEHOLDER, PREVIOUS_UNTIL, TOKEN, token_set, valid_tokens


@tagged("post_install", "-at_install")
class TestToken(TransactionCase):
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
        settings = self.env["res.config.settings"]
        self.assertEqual(settings.get_values()["fp_ingest_token_state"], "set")
        self.rotate("1")
        self.assertEqual(settings.get_values()["fp_ingest_token_state"], "overlap")
        self.parameters.set_param(TOKEN, "")
        self.assertEqual(settings.get_values()["fp_ingest_token_state"], "missing")

    def test_only_administrators_rotate(self):
        user = new_test_user(self.env, "plating manager", "fusion_plating.group_plating_manager")
        with self.assertRaises(AccessError):
            self.rotate("1", user)
