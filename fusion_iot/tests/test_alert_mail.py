from unittest.mock import patch

from odoo.addons.fusion_iot_base.moment_text import moment_text
from odoo.tests import tagged
from odoo.tools import config, html2plaintext

from .alert_notify_common import SenderCase


@tagged("post_install", "-at_install")
class TestAlertMail(SenderCase):
    """What e-mails about alerts say, and what is said of those that failed."""

    def test_mail_about_one_alert_says_it_once(self):
        """Also as plain text, which Odoo makes of it."""
        told, mail = self.sent_mail()
        self.assertEqual(html2plaintext(mail.body_html).count(told.summary), 1)
        self.assertNotIn("**", html2plaintext(mail.body_html))

    def test_mail_about_several_has_a_heading(self):
        self.alert()
        _told, mail = self.sent_mail()
        self.assertIn("2 alerts", mail.body_html)
        self.assertNotIn("**", html2plaintext(mail.body_html))

    def test_subject_of_a_long_text(self):
        advice = "It took the connection, and then said nothing. " * 6
        self.policy(email_from="warning")
        self.alert(self.device("Furnace"), source_name=f"Furnace. {advice}")
        self.plan()
        self.send()
        mail = self.told().mail_id
        self.assertTrue(mail.subject.startswith("Warning: Furnace. It took the connection"))
        self.assertLessEqual(len(mail.subject), 120)
        self.assertIn(advice.strip(), " ".join(html2plaintext(mail.body_html).split()))

    def test_over_says_until_when(self):
        self.policy(email_from="warning", tell_resolved=True)
        alert = self.alert()
        self.plan()
        self.send()
        self.resolve(alert, 100)
        self.plan(101)
        self.send(200)
        body = self.told()[-1].mail_id.body_html
        self.assertIn("Over: ", body)
        self.assertIn(f", until {moment_text(self.worker.env, alert.cleared_at, 'UTC')}", body)
        self.assertNotIn(", since", body)

    def test_words_of_a_mail_that_failed(self):
        """In one line, without numbers that mean nothing to people."""
        server = self.env["ir.mail_server"].create({"name": "Ours", "smtp_host": "mail.example.com"})
        said = self.deliveries._mail_detail
        self.assertEqual(said("111\nConnection refused"), "Connection refused")
        self.assertEqual(said("-2\nName or service not known"), "Name or service not known")
        self.assertEqual(said("535\nAuthentication failed"), "535 Authentication failed")
        self.env["ir.mail_server"].search([]).active = False
        self.assertFalse(server.active)
        with patch.dict(config.options, {"smtp_server": "localhost"}):
            self.assertIn("Connection refused; no outgoing mail server", said("111\nConnection refused"))
        with patch.dict(config.options, {"smtp_server": "relay.example.com"}):
            self.assertEqual(said("111\nConnection refused"), "Connection refused")
