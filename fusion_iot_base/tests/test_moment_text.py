from datetime import datetime

from odoo.tests import TransactionCase, freeze_time

from ..moment_text import moment_text, short_moment_text

AT = datetime(2026, 11, 29, 15, 47, 20)


class TestMomentText(TransactionCase):
    """A text of the server is read in any zone: it names the one it is in."""

    def setUp(self):
        super().setUp()
        self.env.user.tz = "Europe/Brussels"
        self.en = self.env(context={"lang": "en_US"})

    def test_the_zone_of_the_user(self):
        self.assertEqual(moment_text(self.en, AT), "11/29/2026 4:47 PM CET")
        summer = AT.replace(month=7)
        self.assertEqual(moment_text(self.en, summer), "07/29/2026 5:47 PM CEST")

    def test_another_zone(self):
        self.assertEqual(moment_text(self.en, AT, "Asia/Tokyo"), "11/30/2026 12:47 AM JST")
        self.assertEqual(moment_text(self.en(context={"tz": "UTC"}), AT), "11/29/2026 3:47 PM UTC")

    def test_no_zone_or_none_that_is_known(self):
        self.env.user.tz = False
        self.assertTrue(moment_text(self.en, AT).endswith("3:47 PM UTC"))
        self.assertTrue(moment_text(self.en, AT, "Nowhere/Town").endswith("3:47 PM UTC"))

    def test_with_seconds_in_the_format_of_the_language(self):
        self.env["res.lang"]._lang_get("en_US").time_format = "%H:%M:%S"
        self.assertEqual(moment_text(self.en, AT, show_seconds=True), "11/29/2026 16:47:20 CET")

    def test_what_is_read_soon_has_the_day_only_where_it_is_another(self):
        with freeze_time(AT.replace(hour=21)):
            self.assertEqual(short_moment_text(self.en, AT), "4:47 PM CET")
        with freeze_time(AT.replace(hour=23, minute=30)):
            self.assertEqual(short_moment_text(self.en, AT), "11/29/2026 4:47 PM CET", "it is tomorrow there")
            self.assertEqual(short_moment_text(self.en(context={"tz": "UTC"}), AT), "3:47 PM UTC")
