from datetime import timedelta

from odoo import Command
from odoo.tests import new_test_user, tagged

from .alert_notify_common import USER, NotifyCase


@tagged("post_install", "-at_install")
class TestAlertPlanner(NotifyCase):
    """Who is told of what, once."""

    def test_what_belongs_together_is_one_message(self):
        self.policy(app_from="warning", email_from="warning")
        alerts = self.alert() | self.alert()
        self.plan()
        alerts |= self.alert()
        self.plan(5)
        told = self.told()
        self.assertEqual(sorted(told.mapped("channel")), ["app", "email"])
        for delivery in told:
            self.assertEqual(delivery.line_ids.alert_id, alerts)
            self.assertEqual(
                delivery.due_at, self.now + timedelta(seconds=10), "the first one is not kept waiting"
            )

    def test_nobody_is_told_twice(self):
        self.policy(app_from="warning")
        self.policy(app_from="info")
        self.alert()
        self.plan()
        self.plan(1)
        self.send()
        self.plan(61)
        self.assertEqual(len(self.told()), 1)
        self.assertEqual(len(self.told().line_ids), 1)

    def test_severities(self):
        self.policy(app_from="warning", email_from="critical")
        self.alert(severity="info")
        self.alert(severity="warning")
        critical = self.alert(severity="critical")
        self.plan()
        self.assertEqual(self.told(channel="email").line_ids.alert_id, critical)
        self.assertEqual(len(self.told(channel="app").line_ids), 2)
        self.assertEqual(self.told(channel="app").severity, "critical")

    def test_what_is_held_back_is_not_told(self):
        self.policy(app_from="warning")
        self.alert(is_quiet=True)
        self.alert(told_at=False)
        self.alert(status="acknowledged")
        self.plan()
        self.assertFalse(self.told())

    def test_only_some_rules(self):
        self.policy(app_from="warning", rule_ids=self.env.ref("fusion_iot.alert_rule_connection_lost").ids)
        self.alert()
        self.plan()
        self.assertFalse(self.told())
        self.policy(app_from="warning", rule_ids=self.rule.ids)
        self.plan()
        self.assertEqual(len(self.told()), 1)

    def test_who_is_responsible(self):
        self.policy(app_from="warning", user_ids=False, tell_responsible=True)
        self.alert(responsible_id=self.boss.id)
        self.alert()
        self.plan()
        self.assertEqual(self.told().user_id, self.boss)
        self.assertEqual(len(self.told().line_ids), 1)

    def test_groups_and_shifts(self):
        weekday = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
        every_day = dict.fromkeys(weekday, True)
        on, off = (
            self.env["iot.alert.shift"].create(
                {"name": name, **every_day, "start": 0, "end": 0, "tz": "UTC", "user_ids": user.ids}
            )
            for name, user in (("On", self.worker), ("Off", self.boss))
        )
        off.update(dict.fromkeys(weekday, False))
        self.assertTrue(on.is_on)
        self.policy(app_from="warning", user_ids=False, shift_ids=(on | off).ids)
        self.alert()
        self.plan()
        self.assertEqual(self.told().user_id, self.worker)

    def test_companies(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        there = new_test_user(
            self.env, "notified elsewhere", USER, company_id=other.id, company_ids=[Command.set(other.ids)]
        )
        self.policy(app_from="warning", user_ids=(self.worker | there).ids)
        self.alert(self.device(company_id=other.id))
        self.plan()
        self.assertEqual(self.told().user_id, there)
        self.assertEqual(self.told().company_id, other)

    def test_who_is_no_more_a_user(self):
        self.policy(app_from="warning")
        self.worker.active = False
        self.alert()
        self.plan()
        self.assertFalse(self.told())

    def test_own_wishes_go_before_the_policy(self):
        self.policy(app_from="warning", email_from="critical")
        self.worker.write({"alert_app_from": "never", "alert_email_from": "info"})
        self.alert(severity="info")
        self.plan()
        self.assertFalse(self.told(), "the policy is not about it at all")
        self.alert(severity="warning")
        self.plan()
        self.assertEqual(self.told().mapped("channel"), ["email"])

    def test_quiet_hours(self):
        hour = self.now.hour
        self.worker.write(
            {"alert_quiet": True, "alert_quiet_start": hour, "alert_quiet_end": (hour + 2) % 24}
        )
        self.policy(app_from="warning", email_from="warning")
        self.alert()
        self.plan()
        end = self.now.replace(minute=0, second=0) + timedelta(hours=2)
        self.assertEqual(self.told(channel="email").due_at, end)
        self.assertEqual(self.told(channel="app").lane, "now", "on screen nobody is woken")
        self.alert(severity="critical")
        self.plan()
        urgent = self.told(channel="email", lane="now")
        self.assertEqual(urgent.line_ids.alert_id.severity, "critical")
        self.worker.alert_quiet_critical = False
        later = self.alert(severity="critical")
        self.plan()
        self.assertIn(later, self.told(channel="email", lane="quiet").line_ids.alert_id)

    def test_digest(self):
        self.worker.write({"alert_digest": True, "alert_digest_at": (self.now.hour + 1) % 24})
        self.policy(email_from="info")
        alerts = self.alert(severity="info") | self.alert()
        self.plan()
        told = self.told()
        self.assertEqual((told.lane, told.line_ids.alert_id), ("digest", alerts))
        self.assertEqual(told.due_at, self.now.replace(minute=0, second=0) + timedelta(hours=1))

    def test_again_until_somebody_acknowledges(self):
        self.policy(app_from="warning", again_after=30)
        alert = self.alert()
        self.plan()
        self.send(10)
        self.plan(29 * 60)
        self.assertEqual(len(self.told()), 1)
        self.plan(31 * 60)
        self.send(32 * 60)
        self.assertEqual(self.told().line_ids.mapped("event"), ["raised", "again"])
        self.plan(62 * 60)
        self.send(63 * 60)
        self.assertEqual(len(self.told()), 3)
        alert.status = "acknowledged"
        self.plan(200 * 60)
        self.assertEqual(len(self.told()), 3)

    def test_escalation_chain(self):
        chief = new_test_user(self.env, "notified chief", USER)
        policy = self.policy(app_from="warning")
        policy.level_ids = [
            Command.create({"after": 60, "user_ids": chief.ids}),
            Command.create({"after": 30, "user_ids": self.boss.ids}),
        ]
        self.alert()
        self.plan()
        self.plan(31 * 60)
        self.assertEqual(self.told().user_id, self.worker | self.boss)
        self.plan(32 * 60)
        self.plan(61 * 60)
        self.plan(300 * 60)
        self.assertEqual(self.told().user_id, self.worker | self.boss | chief)
        self.assertEqual(len(self.told().line_ids), 3, "each once")

    def test_the_rule_escalates_sooner(self):
        policy = self.policy(app_from="warning")
        policy.level_ids = [Command.create({"after": 600, "user_ids": self.boss.ids})]
        alert = self.alert()
        self.plan()
        alert.escalation_level = 1
        self.plan(60)
        self.assertIn(self.boss, self.told().user_id)

    def test_that_it_is_over(self):
        self.policy(app_from="warning", tell_resolved=True)
        alert = self.alert()
        self.plan()
        self.send(11)
        self.resolve(alert, 60)
        self.plan(61)
        self.plan(62)
        self.send(200)
        self.assertEqual(self.told().line_ids.mapped("event"), ["raised", "resolved"])

    def test_that_it_is_over_where_nobody_wants_to_know(self):
        self.policy(app_from="warning")
        alert = self.alert()
        self.plan()
        self.send(11)
        self.resolve(alert, 60)
        self.plan(61)
        self.assertEqual(len(self.told().line_ids), 1)

    def test_a_new_trigger_is_told_anew(self):
        self.policy(app_from="warning")
        alert = self.alert()
        self.plan()
        self.send(11)
        alert.told_at = self.now + timedelta(hours=1)
        self.plan(3600)
        self.send(3700)
        self.assertEqual(len(self.told().line_ids), 2)

    def test_one_message_a_minute_unless_it_is_critical(self):
        self.policy(app_from="warning")
        self.alert()
        self.plan()
        self.send(10)
        self.alert()
        self.plan(15)
        waiting = self.told(state="waiting")
        self.assertEqual(waiting.due_at, self.now + timedelta(seconds=70))
        self.alert(severity="critical")
        self.plan(20)
        self.assertEqual(self.told(state="waiting"), waiting)
        self.assertEqual(waiting.due_at, self.now + timedelta(seconds=30))

    def storm(self, number):
        devices = self.env["iot.device"].create(
            [{"name": f"S {each:04}", "identifier": f"storm {number} {each}"} for each in range(number)]
        )
        self.env["iot.alert"].sudo().create([self.alert_values(device) for device in devices])
        self.env.flush_all()

    def test_a_thousand_at_once(self):
        self.policy(app_from="warning", email_from="warning", user_ids=(self.worker | self.boss).ids)
        self.storm(1000)
        before = self.cr.sql_log_count
        self.plan()
        planning = self.cr.sql_log_count - before
        self.assertLess(planning, 60, "whatever the number of alerts")
        told = self.told()
        self.assertEqual(len(told), 4, "one for each person and way")
        self.assertEqual(set(told.mapped("alert_count")), {1000})
        before = self.cr.sql_log_count
        self.send(11)
        self.assertLess(self.cr.sql_log_count - before, 250)
        self.assertEqual(set(told.mapped("state")), {"sent", "queued"})
        mail = told.filtered("mail_id")[:1].mail_id
        self.assertEqual(mail.subject, "1000 alerts")
        self.assertEqual(mail.body_html.count("Warning: "), 20)
        self.assertIn("And 980 more.", mail.body_html)
        self.plan(12)
        self.assertEqual(len(self.told()), 4)

    def test_a_policy_that_nobody_can_be_told_by(self):
        policy = self.policy()
        self.assertEqual(policy.least, 3)
        policy.webhook_from = "info"
        self.assertEqual(policy.least, 3, "there is no webhook")
        self.alert(severity="critical")
        self.plan()
        self.assertFalse(self.told())
