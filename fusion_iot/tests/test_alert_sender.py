import base64
import hashlib
import hmac
import json
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..runtime.notify.http_post import Outcome
from .alert_notify_common import MANAGER, SenderCase
from .http_catcher import HttpCatcher

SENDER = "odoo.addons.fusion_iot.models.iot_alert_sender"
KEY = "whsec_" + base64.b64encode(bytes(range(32))).decode()


@tagged("post_install", "-at_install")
class TestAlertMessages(SenderCase):
    """On screen and by e-mail."""

    def bus(self):
        """What was sent to browsers since."""
        self.env.cr.precommit.run()
        rows = self.env["bus.bus"].sudo().search([], order="id").mapped("message")
        return [said["payload"] for said in map(json.loads, rows) if said["type"] == "fusion_iot/alert"]

    def test_on_screen(self):
        self.policy(app_from="warning")
        alert = self.alert(self.device("Furnace"), "critical")
        self.plan()
        self.send()
        [said] = self.bus()
        self.assertIn("Furnace", said["title"])
        self.assertTrue(said["title"].startswith("Critical: "))
        self.assertEqual((said["alert_ids"], said["severity"], said["sound"]), (alert.ids, "critical", True))
        self.assertEqual(self.told().state, "sent")

    def test_no_sound(self):
        self.policy(app_from="warning", tell_resolved=True)
        alert = self.alert(severity="critical")
        self.worker.alert_sound = False
        self.plan()
        self.send()
        self.resolve(alert, 100)
        self.plan(101)
        self.send(200)
        before, over = self.bus()
        self.assertFalse(before["sound"])
        self.assertEqual((over["severity"], over["sound"]), ("over", False))

    def test_somebody_was_faster(self):
        self.policy(app_from="warning", email_from="warning")
        alert = self.alert()
        self.plan()
        alert.status = "acknowledged"
        self.send()
        self.assertEqual(set(self.told().mapped("state")), {"skipped"})
        self.assertFalse(self.bus())

    def test_what_came_and_went(self):
        self.policy(app_from="warning", tell_resolved=True)
        alert = self.alert()
        self.plan()
        self.resolve(alert, 3)
        self.plan(4)
        self.send()
        self.assertEqual(self.told().state, "skipped")

    def test_who_of_a_group_may_not_see_it(self):
        """That is no trouble: nobody has named this person."""
        group = self.env["res.groups"].create({"name": "All sorts"})
        stranger = new_test_user(self.env, "no iot user", "base.group_user", email="no@example.com")
        (stranger | self.worker).group_ids = [(4, group.id)]
        self.policy(app_from="warning", user_ids=False, group_ids=group.ids)
        alert = self.alert()
        self.plan()
        self.send()
        self.assertEqual(self.told(user_id=stranger.id).state, "skipped")
        self.assertEqual(self.told(user_id=self.worker.id).state, "sent")
        self.assertFalse(alert.undelivered_text)

    def test_who_may_not_see_it(self):
        stranger = new_test_user(self.env, "no iot user", "base.group_user", email="no@example.com")
        self.policy(app_from="warning", user_ids=stranger.ids)
        alert = self.alert()
        self.plan()
        self.send()
        self.assertEqual(self.told().state, "failed")
        self.assertEqual(self.told().error, "This person may not see the alerts.")
        self.told().copy({"key": "another"}).state = "failed"
        for line in self.told()[0].line_ids:
            line.copy({"delivery_id": self.told()[1].id, "key": "another"})
        words = f"{stranger.name}: This person may not see the alerts."
        self.assertEqual(alert.undelivered_text, words, "once, however often")

    def test_mail_in_language_and_zone_of_the_reader(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.worker.write({"lang": "de_DE", "tz": "Asia/Kolkata"})
        self.policy(email_from="warning")
        alert = self.alert(self.device("Ofen"))
        self.plan()
        self.send()
        told = self.told()
        mail = told.mail_id
        self.assertEqual(
            (told.state, mail.state, mail.email_to), ("queued", "outgoing", "notified@example.com")
        )
        self.assertIn(" IST", mail.body_html)
        local = (self.now + timedelta(hours=5, minutes=30)).strftime("%d.%m.%Y")
        self.assertIn(local, mail.body_html, "as German writes it")
        self.assertIn(f"/odoo/action-fusion_iot.iot_alert_action/{alert.id}", mail.body_html)

    def follow(self, seconds=61):
        self.deliveries.sudo()._follow_mails(self.at(seconds))

    def test_each_reads_the_time_of_his_own_zone(self):
        """Also where they are told in the same transaction."""
        self.worker.tz, self.boss.tz = "Asia/Kathmandu", "America/Caracas"
        self.policy(app_from="warning", user_ids=(self.worker | self.boss).ids)
        self.alert(details={"last_seen": fields.Datetime.to_string(self.now)})
        self.plan()
        self.send()
        for user in self.worker | self.boss:
            [said] = self.told(user_id=user.id).mapped("summary")
            here = fields.Datetime.context_timestamp(self.rule.with_context(tz=user.tz), self.now)
            self.assertIn(f"{here.hour % 12 or 12}:{here:%M}", said)

    def test_mail_that_was_sent(self):
        told, mail = self.sent_mail()
        mail.state = "sent"
        self.follow()
        self.assertEqual(told.state, "sent")
        self.assertFalse(mail.exists())

    def test_mail_server_away(self):
        told, mail = self.sent_mail()
        mail.write({"state": "exception", "failure_reason": "Connection refused"})
        self.follow()
        self.assertEqual(told.state, "retrying")
        self.assertIn("The e-mail could not be sent: Connection refused", told.error)
        self.send(200)
        self.assertEqual(
            (told.state, mail.state, told.attempts), ("queued", "outgoing", 2), "the same e-mail"
        )
        told.attempts = 8
        mail.write({"state": "exception", "failure_reason": "Connection refused"})
        self.follow(201)
        self.assertEqual(told.state, "failed")
        self.assertIn("Given up after 8 attempts.", told.error)
        self.assertTrue(told.ended_at)

    def test_mail_server_back_when_it_is_over(self):
        told, mail = self.sent_mail()
        mail.write({"state": "exception", "failure_reason": "Connection refused"})
        self.follow()
        self.resolve(told.line_ids.alert_id, 100)
        self.send(200)
        self.assertEqual((told.state, mail.exists()), ("skipped", mail.browse()))

    def test_killed_while_it_sent(self):
        told, mail = self.sent_mail()
        mail.write(
            {
                "state": "exception",
                "failure_type": "unknown",
                "failure_reason": "Error without exception. Pro",
            }
        )
        self.follow()
        self.assertEqual(told.state, "failed", "nothing is sent twice")
        self.assertIn("unknown", told.error)

    def test_mail_deleted_in_the_queue(self):
        told, mail = self.sent_mail()
        mail.unlink()
        self.follow()
        self.assertEqual(told.state, "failed")

    def test_nothing_sends_the_queue(self):
        told, _mail = self.sent_mail()
        told.claimed_at = fields.Datetime.now() - timedelta(minutes=16)
        self.deliveries.sudo()._follow_mails(fields.Datetime.now())
        self.assertEqual(told.state, "queued")
        self.assertIn("nothing sends it", told.error)
        self.assertEqual(self.env["iot.runtime.worker"].with_user(self.boss).health()["undelivered"], 1)

    def test_no_address(self):
        self.worker.partner_id.email = False
        self.policy(email_from="warning")
        self.alert()
        self.plan()
        self.send()
        self.assertEqual(
            (self.told().state, self.told().error), ("failed", "This person has no e-mail address.")
        )

    @mute_logger(SENDER)
    def test_one_that_cannot_be_made_holds_no_other_up(self):
        self.policy(app_from="warning", user_ids=(self.worker | self.boss).ids)
        self.alert()
        self.plan()
        send, bad = type(self.deliveries)._app_payload, self.worker

        def made(delivery, *args):
            if delivery.user_id == bad:
                raise ValueError("broken")
            return send(delivery, *args)

        with patch.object(type(self.deliveries), "_app_payload", made):
            self.send()
        self.assertEqual(self.told(user_id=self.boss.id).state, "sent")
        self.assertEqual(self.told(user_id=self.worker.id).state, "retrying")

    def test_what_failed_is_seen(self):
        told, _mail = self.sent_mail()
        told.sudo()._end(Outcome("refused", is_final=True), fields.Datetime.now())
        self.assertEqual(self.env["iot.runtime.worker"].with_user(self.boss).health()["undelivered"], 1)
        self.assertNotIn("undelivered", self.env["iot.runtime.worker"].with_user(self.worker).health())
        alert = told.line_ids.alert_id.with_user(self.worker)
        self.assertEqual(alert.undelivered_text, f"{self.worker.name}: It refuses the message.")
        with self.assertRaises(UserError):
            told.with_user(self.worker).action_note()
        told.with_user(self.boss).action_note()
        self.assertEqual(self.env["iot.runtime.worker"].with_user(self.boss).health()["undelivered"], 0)
        told.with_user(self.boss).action_retry()
        self.assertEqual((told.state, told.attempts), ("retrying", 0))

    def test_each_sees_the_own_ones(self):
        self.policy(app_from="warning", user_ids=(self.worker | self.boss).ids)
        self.alert()
        self.plan()
        self.assertEqual(self.deliveries.with_user(self.worker).search([]).user_id, self.worker)
        self.assertEqual(len(self.deliveries.with_user(self.boss).search([])), 2)
        self.assertEqual(len(self.env["iot.alert.delivery.line"].with_user(self.worker).search([])), 1)
        with self.assertRaises(AccessError):
            self.deliveries.with_user(self.boss).create({"receiver": "u1", "channel": "app"})

    def test_old_ones_go(self):
        told, _mail = self.sent_mail()
        told.sudo()._end(Outcome(), self.now)
        self.deliveries._gc_old()
        self.assertTrue(told.exists())
        self.cr.execute("UPDATE iot_alert_delivery SET create_date = create_date - interval '91 days'")
        self.deliveries._gc_old()
        self.assertFalse(told.exists())

    def test_a_test(self):
        answer = self.worker.with_user(self.worker).action_alert_test()["params"]
        self.assertEqual(answer["type"], "danger", answer)
        self.assertIn("On screen: sent", answer["message"])
        self.assertIn("Web push: No browser", answer["message"])
        self.worker.write({"alert_push_from": "never"})
        answer = self.worker.with_user(self.worker).action_alert_test()["params"]
        self.assertEqual(answer["type"], "success", answer)

    def test_own_preferences(self):
        mine = self.worker.with_user(self.worker)
        mine.write({"alert_quiet": True, "alert_quiet_start": 21.5, "alert_app_from": "critical"})
        self.assertEqual(mine.alert_quiet_start, 21.5)
        with self.assertRaises(ValidationError):
            mine.alert_quiet_end = 21.5
        with self.assertRaises(AccessError):
            self.boss.with_user(self.worker).write({"alert_quiet": True})
        with self.assertRaises(ValidationError):
            mine.alert_digest_at = 25


@tagged("post_install", "-at_install")
class TestAlertWebhooks(SenderCase):
    def setUp(self):
        super().setUp()
        self.catcher = HttpCatcher()
        self.addCleanup(self.catcher.close)
        self.webhook = self.hook()

    def hook(self, **vals):
        return self.env["iot.alert.webhook"].create(
            {"name": "Hook", "url": f"{self.catcher.url}/x", "allow_http": True, "signing_key": KEY, **vals}
        )

    def tell(self, **vals):
        self.policy(user_ids=False, webhook_from="warning", webhook_ids=self.webhook.ids)
        alert = self.alert(self.device("Kiln"), **vals)
        self.plan()
        return alert

    def check_signature(self, headers, body):
        """As a receiver checks it."""
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        expected = base64.b64encode(hmac.digest(bytes(range(32)), signed, hashlib.sha256)).decode()
        self.assertEqual(headers["webhook-signature"], f"v1,{expected}")

    def test_signed(self):
        alert = self.tell()
        self.run_jobs()
        [(_method, path, headers, body)] = self.catcher.requests
        self.check_signature(headers, body)
        self.assertEqual((path, headers["Idempotency-Key"]), ("/x", self.told().key))
        content = json.loads(body)
        self.assertEqual(content["type"], "alert.raised")
        self.assertEqual(content["data"]["alerts"][0]["id"], alert.id)
        self.assertEqual(content["data"]["alerts"][0]["source"]["name"], "Kiln")
        self.assertEqual(self.told().state, "sent")

    def test_secrets_as_they_are_pasted(self):
        self.webhook.token = " s3cret\n"
        self.assertEqual(self.webhook._open_secrets("token")[self.webhook.id]["token"], "s3cret")
        self.webhook.format = "ntfy"
        with self.assertRaises(ValidationError):
            self.webhook.token = "s3\ncret"
        self.tell()
        self.catcher.answers += [(401, {}, b"Bearer s3cret is nobody")]
        self.run_jobs()
        self.assertEqual(self.told().error, "It refuses the message: 401 Bearer *** is nobody")

    def test_what_is_of_all_companies_is_made_by_people_of_all(self):
        company = self.env["res.company"].create({"name": "Other"})
        theirs = new_test_user(
            self.env, "other boss", MANAGER, company_id=company.id, company_ids=[(6, 0, company.ids)]
        )
        hooks = self.env["iot.alert.webhook"].with_user(theirs)
        values = {"name": "Leak", "url": "https://hooks.example/"}
        hook = hooks.create(values)
        self.assertEqual(hook.company_id, company)
        with self.assertRaises(AccessError):
            hook.company_id = False
        with self.assertRaises(AccessError):
            hooks.create({**values, "company_id": False})
        self.webhook.company_id = False
        with self.assertRaises(AccessError):
            self.webhook.with_user(theirs).url = "https://hooks.example/"

    def test_tried_again_with_the_same_key_and_words(self):
        alert = self.tell()
        self.catcher.answers += [(503, {"Retry-After": "100"}, b"later")]
        self.run_jobs()
        told = self.told()
        self.assertEqual((told.state, told.error), ("retrying", "It cannot take the message now: 503 later"))
        self.assertGreaterEqual(told.due_at, self.at(160))
        self.assertFalse(self.run_jobs(100), "not before")
        alert.status = "acknowledged"
        self.run_jobs(200)
        (_, _, first, body), (_, _, second, same) = self.catcher.requests
        self.assertEqual(first["webhook-id"], second["webhook-id"])
        self.assertEqual(body, same)
        self.check_signature(second, same)
        self.assertEqual((told.state, told.attempts), ("sent", 2))

    def test_what_is_over_is_not_raised_afterwards(self):
        """The receiver was away: it would read of what was the matter after it has read that it is over."""
        alert = self.tell()
        self.catcher.answers.append((503, {}, b""))
        self.run_jobs()
        self.resolve(alert, 100)
        self.assertFalse(self.run_jobs(1000))
        self.assertEqual((self.told().state, len(self.catcher.requests)), ("skipped", 1))

    def test_archived_between_two_attempts(self):
        self.tell()
        self.catcher.answers.append((503, {}, b""))
        self.run_jobs()
        self.webhook.active = False
        self.assertFalse(self.run_jobs(1000))
        self.assertEqual((self.told().state, len(self.catcher.requests)), ("skipped", 1))

    def test_given_up(self):
        self.tell()
        self.catcher.answers += [(500, {}, b"")] * 20
        for attempt in range(8):
            self.run_jobs(10_000 * (attempt + 1))
        told = self.told()
        self.assertEqual((told.state, told.attempts, len(self.catcher.requests)), ("failed", 8, 8))
        self.assertFalse(self.run_jobs(1_000_000))

    def test_refused(self):
        self.tell()
        self.catcher.answers.append((401, {}, b"bad token"))
        self.run_jobs()
        self.assertEqual((self.told().state, self.told().attempts), ("failed", 1))

    def test_killed_between_sending_and_marking(self):
        self.tell()
        [job] = self.jobs()
        job.run()
        self.deliveries.sudo()._take_up(self.at(100))
        self.assertEqual(self.told().state, "sending", "somebody may be at it")
        self.deliveries.sudo()._take_up(self.at(60 + 121))
        self.assertEqual(self.told().state, "retrying")
        self.run_jobs(60 + 122)
        keys = [headers["webhook-id"] for _, _, headers, _ in self.catcher.requests]
        self.assertEqual(len(keys), 2)
        self.assertEqual(len(set(keys)), 1, "the receiver knows it for the same")
        self.deliveries.sudo()._conclude([(job, Outcome("timeout"))], self.at(200))
        self.assertEqual(self.told().state, "sent", "what the dead one had to say comes too late")

    def test_formats(self):
        for form, more, path in (
            ("ntfy", {"url": f"{self.catcher.url}/shop", "token": "tk"}, "/"),
            ("telegram", {"url": self.catcher.url, "token": "12:ab", "chat": "7"}, "/bot12:ab/sendMessage"),
            ("teams", {"url": f"{self.catcher.url}/flow?sig=abc"}, "/flow?sig=abc"),
        ):
            with self.subTest(form=form):
                hook = self.hook(name=form, format=form, signing_key=False, **more)
                self.assertNotIn("sig", hook.url)
                answer = hook.action_test()["params"]
                self.assertEqual((answer["type"], answer["message"]), ("success", f"{form}: sent"))
                self.assertEqual(self.catcher.requests[-1][1], path)

    def test_a_test_says_what_is_wrong(self):
        self.catcher.answers.append((403, {}, b"Forbidden by rule"))
        answer = self.webhook.action_test()["params"]
        self.assertEqual((answer["type"], answer["sticky"]), ("danger", True))
        self.assertEqual(answer["message"], "Hook: It refuses the message: 403 Forbidden by rule")

    def test_addresses(self):
        for url in ("ftp://x.example", "https://me:x@x.example/", "nowhere", "https://x.example/#a"):
            with self.subTest(url=url), self.assertRaises(ValidationError):
                self.hook(url=url)
        with self.assertRaises(ValidationError):
            self.hook(allow_http=False)
        with self.assertRaises(ValidationError):
            self.hook(signing_key="short")
        with self.assertRaises(ValidationError):
            self.hook(format="telegram")

    def test_secrets_stay_where_they_were_meant_for(self):
        hook = self.hook(token="tk")
        hook.url = f"{self.catcher.url}/other"
        self.assertTrue(hook.token, "the same server")
        hook.with_user(self.boss).url = "https://elsewhere.example/x"
        opened = hook._open_secrets()[hook.id]
        self.assertEqual(set(opened.values()), {""})
        hook.write({"url": "https://third.example/", "token": "new"})
        self.assertEqual(hook._open_secrets()[hook.id]["token"], "new")

    def test_who_may_not(self):
        with self.assertRaises(AccessError):
            self.webhook.with_user(self.worker).read(["url"])

    def test_of_another_company(self):
        self.webhook.company_id = self.env["res.company"].create({"name": "Elsewhere"})
        self.tell()
        self.assertTrue(self.env["iot.alert"].search([]))
        self.env["iot.alert"].sudo().search([]).company_id = self.env.company
        self.env["iot.alert.telling"].sudo().search([]).unlink()
        self.deliveries.sudo().search([]).unlink()
        self.plan()
        self.assertFalse(self.told())
