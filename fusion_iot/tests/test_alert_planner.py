from datetime import timedelta

from odoo import Command
from odoo.tests import new_test_user, tagged

from .alert_notify_common import USER, NotifyCase


@tagged("post_install", "-at_install")
class TestAlertPlanner(NotifyCase):
    """Who is told of what, once."""

    def told_alert(self, **vals):
        """One that people have been told of."""
        alert = self.alert(**vals)
        self.plan()
        self.send(11)
        return alert

    def told_and_over(self, **vals):
        """The same, and that it is over waits to be told to whoever wants to know."""
        alert = self.told_alert(**vals)
        self.resolve(alert, 60)
        self.plan(61)
        return alert

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

    def test_whoever_has_no_time_zone_has_that_of_the_company(self):
        self.env.company.partner_id.tz = "Asia/Tokyo"
        hour = (self.now + timedelta(hours=9)).hour
        self.worker.write(
            {"tz": False, "alert_quiet": True, "alert_quiet_start": hour, "alert_quiet_end": (hour + 2) % 24}
        )
        self.policy(email_from="warning")
        self.alert()
        self.plan()
        self.assertEqual(self.told().lane, "quiet")

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

    def test_not_again_while_the_last_message_is_under_way(self):
        """A receiver that was away for an hour gets it once, and not once for each time."""
        self.policy(app_from="warning", email_from="warning", again_after=30)
        self.alert()
        self.plan()
        self.send(10)
        mail = self.told(channel="email")
        mail.state = "retrying"
        self.plan(31 * 60)
        self.assertEqual(len(self.told(channel="email")), 1)
        self.assertEqual(self.told(channel="app").line_ids.mapped("event"), ["raised", "again"])
        mail.state = "sent"
        self.plan(62 * 60)
        self.assertEqual(len(self.told(channel="email")), 2)

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
        self.told_and_over()
        self.plan(62)
        self.send(200)
        self.assertEqual(self.told().line_ids.mapped("event"), ["raised", "resolved"])

    def test_that_it_is_over_where_nobody_wants_to_know(self):
        self.policy(app_from="warning")
        self.told_and_over()
        self.assertEqual(len(self.told().line_ids), 1)

    def test_a_new_trigger_is_told_anew(self):
        self.policy(app_from="warning")
        alert = self.told_alert()
        alert.told_at = self.now + timedelta(hours=1)
        self.plan(3600)
        self.send(3700)
        self.assertEqual(len(self.told().line_ids), 2)

    def test_whoever_was_told_that_it_is_over_is_told_that_it_is_back(self):
        self.policy(app_from="warning", tell_resolved=True)
        alert = self.told_and_over(severity="critical")
        self.send(75)
        self.reopen(alert, 300)
        self.plan(301)
        self.plan(303)
        self.send(315)
        self.resolve(alert, 400)
        self.plan(401)
        self.send(415)
        events = ["raised", "resolved", "raised", "resolved"]
        self.assertEqual([delivery.line_ids.event for delivery in self.told()], events)
        self.assertEqual(set(self.told().mapped("state")), {"sent"})

    def test_what_is_back_is_told_again_like_anything_that_nobody_acknowledges(self):
        self.policy(app_from="warning", again_after=30)
        alert = self.told_and_over(severity="critical")
        self.reopen(alert, 300)
        self.plan(301)
        self.assertEqual(len(self.told()), 1, "nobody was told that it was over")
        self.plan(31 * 60)
        self.send(32 * 60)
        self.assertEqual(self.told().line_ids.mapped("event"), ["raised", "again"])

    def test_over_and_back_while_the_message_waits_is_no_news(self):
        self.policy(app_from="warning", tell_resolved=True)
        alert = self.told_and_over()
        self.reopen(alert, 63)
        self.plan(64)
        self.send(200)
        self.assertEqual(self.told().mapped("state"), ["sent", "skipped"])
        self.plan(201)
        self.assertFalse(self.told(state="waiting"))

    def test_nobody_is_told_that_it_is_over_when_it_is_not(self):
        self.policy(app_from="warning", tell_resolved=True)
        alert = self.told_and_over()
        self.reopen(alert, 119)
        self.send(200)
        self.assertEqual(self.told().mapped("state"), ["sent", "skipped"])

    def test_what_was_over_before_anybody_was_told_is_told_when_it_is_back(self):
        self.policy(app_from="warning")
        alert = self.alert()
        self.plan()
        self.resolve(alert, 5)
        self.plan(6)
        self.send(11)
        self.assertEqual(self.told().state, "skipped")
        self.reopen(alert, 60)
        self.plan(61)
        self.send(200)
        self.assertEqual(self.told().mapped("state"), ["skipped", "sent"])

    def test_what_has_left_already_is_not_told_while_its_off_delay_runs(self):
        self.policy(app_from="warning")
        alert = self.alert()
        self.plan()
        alert.phase = "leaving"
        self.send(11)
        self.plan(12)
        self.assertEqual(self.told().mapped("state"), ["skipped"])
        alert.phase = "active"
        self.plan(15)
        self.send(200)
        self.assertEqual(self.told().mapped("state"), ["skipped", "sent"])

    def test_what_was_held_back_before_anybody_was_told_is_told_after_that(self):
        self.policy(app_from="warning")
        alert, other, cause = self.alert(), self.alert(), self.alert(severity="info")
        self.plan()
        self.follows(alert, cause)
        self.send(11)
        told = self.told()
        self.assertEqual((told.state, told.line_ids.alert_id), ("sent", other), "what it tells stands in it")
        self.plan(70)
        self.assertEqual(len(self.told()), 1)
        alert.write({"is_suppressed": False, "is_quiet": False, "suppressed_by_id": False})
        self.plan(80)
        self.send(200)
        self.assertEqual(self.told()[1:].line_ids.alert_id, alert)
        self.plan(201)
        self.assertEqual(len(self.told()), 2)

    def gateway(self, severity="warning", **vals):
        """A gateway that is gone, after people were told of a probe behind it, which follows from it now."""
        probe = self.alert(self.device("Probe"), **vals)
        self.plan()
        self.send(11)
        cause = self.alert(self.device("Gateway"), severity, told_at=self.now + timedelta(seconds=600))
        self.follows(probe, cause)
        return cause

    def test_whoever_knows_of_what_follows_from_it_is_not_told_of_the_cause(self):
        self.policy(app_from="warning", tell_resolved=True)
        cause = self.gateway()
        self.plan(600)
        self.plan(700)
        self.assertEqual(self.told().line_ids.alert_id.mapped("source_name"), ["Probe"])
        self.resolve(cause, 800)
        self.plan(801)
        self.assertFalse(self.told(state="waiting"), "nor that it is over")

    def test_whoever_knows_of_a_part_only_is_told_of_the_cause(self):
        """Probes that fall silent later follow from the gateway, and are told by nothing else."""
        self.policy(app_from="warning")
        cause = self.gateway()
        self.plan(600)
        self.assertFalse(self.told(state="waiting"))
        slight = self.alert(self.device("Slight"), "info", told_at=False, was_told=False)
        self.follows(slight, cause)
        self.plan(700)
        self.assertFalse(self.told(state="waiting"), "nobody wanted to hear of that")
        late = self.alert(self.device("Late probe"), told_at=False, was_told=False)
        self.follows(late, cause)
        self.plan(1800)
        self.plan(1802)
        self.assertEqual(self.told(state="waiting").line_ids.alert_id, cause)
        self.send(2000)
        self.follows(self.alert(self.device("Later"), told_at=False, was_told=False), cause)
        self.plan(2100)
        self.assertEqual(len(self.told()), 2, "once")

    def test_whoever_does_not_know_is_told_of_the_cause(self):
        """By each way, and each person: what matters is what somebody has been told."""
        self.policy(app_from="warning", email_from="critical")
        self.policy(app_from="warning", user_ids=self.boss.ids, rule_ids=self.rule.ids)
        self.worker.alert_app_from = "critical"
        cause = self.gateway()
        self.boss.alert_app_from = "warning"
        self.plan(600)
        self.assertFalse(
            self.told(user_id=self.boss.id).filtered(lambda told: cause in told.line_ids.alert_id)
        )
        self.worker.alert_app_from = "warning"
        cause.told_at = self.now + timedelta(seconds=601)
        self.plan(601)
        told = self.told(state="waiting")
        self.assertEqual((told.user_id, told.line_ids.alert_id), (self.worker, cause))

    def test_a_cause_that_is_worse_is_told(self):
        self.policy(app_from="warning")
        cause = self.gateway("critical")
        self.plan(600)
        self.assertEqual(self.told(state="waiting").line_ids.alert_id, cause)

    def test_a_cause_concerns_whom_that_concerns_which_follows_from_it(self):
        """Told as a warning about a gateway first; then it turns out to be as bad as the probes behind it."""
        probes = self.rule.copy({"enabled": False})
        self.policy(app_from="warning", email_from="critical")
        self.policy(user_ids=self.boss.ids, app_from="warning", rule_ids=probes.ids)
        self.policy(user_ids=False, tell_responsible=True, app_from="warning", rule_ids=probes.ids)
        chief = new_test_user(self.env, "notified chief", USER)
        cause = self.alert(self.device("Gateway"))
        self.plan()
        self.send(11)
        self.assertEqual((self.told().user_id, self.told().channel), (self.worker, "app"))
        probe = self.alert(self.device("Probe"), "critical", rule_id=probes.id, told_at=False)
        self.follows(probe, cause, responsible_id=chief.id)
        cause.severity = "critical"
        self.plan(90)
        self.plan(92)
        waiting = self.told(state="waiting")
        self.assertEqual(waiting.line_ids.alert_id, cause)
        self.assertEqual(
            sorted((told.user_id.login, told.channel) for told in waiting),
            [("notified", "email"), ("notified boss", "app"), ("notified chief", "app")],
        )

    def test_whoever_becomes_responsible_is_told(self):
        self.policy(user_ids=False, tell_responsible=True, app_from="warning")
        alert = self.told_alert(responsible_id=self.worker.id)
        alert.responsible_id = self.boss
        self.plan(60)
        self.send(200)
        self.assertEqual(self.told().mapped("user_id"), self.worker | self.boss)
        self.assertEqual(len(self.told().line_ids), 2)

    def test_over_is_told_to_those_who_were_told(self):
        policy = self.policy(app_from="warning", tell_resolved=True)
        alert = self.told_alert()
        policy.user_ids |= self.boss
        self.resolve(alert, 60)
        self.plan(61)
        self.assertEqual(self.told(state="waiting").user_id, self.worker)

    def test_a_clock_that_is_set_back(self):
        """What was sent in a time to come keeps nobody waiting."""
        self.policy(app_from="warning")
        self.alert()
        self.plan(3600)
        self.send(3700)
        self.alert()
        self.plan()
        self.assertEqual(self.told(state="waiting").due_at, self.now + timedelta(seconds=10))
        earlier = self.alert(told_at=self.now + timedelta(seconds=3600))
        self.plan(3600)
        self.send(3800)
        earlier.told_at = self.now
        self.plan(10)
        self.assertIn(earlier, self.told(state="waiting").line_ids.alert_id, "another trigger")

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
