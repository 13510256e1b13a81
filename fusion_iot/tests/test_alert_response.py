import runpy
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger
from psycopg2.errors import LockNotAvailable

from .alert_notify_common import MANAGER, NotifyCase


@tagged("post_install", "-at_install")
class TestAlertResponse(NotifyCase):
    """What is done without anybody doing it, once, and what came of it."""

    def relay(self):
        values = {"name": "Broker", "host": "broker.example", "enabled": True}
        connection = self.env["mqtt.connection"].create(values)
        device = self.env["mqtt.device"].create(
            {
                "name": "Heater",
                "device_id": "heater",
                "connection_id": connection.id,
                "parser_type": "tasmota",
                "topic_pattern": "+/heater/#",
            }
        )
        return self.env["iot.device.switch"].create(
            {"name": "Heating", "device_id": device.iot_device_id.id, "relay": "1"}
        )

    def test_activity(self):
        self.respond(user_id=self.worker.id, instruction="Look at the pump")
        device = self.device()
        self.alert(device)
        self.go()
        self.go(100)
        told = self.told()
        self.assertEqual((told.state, len(told)), ("sent", 1))
        self.assertIn("Look at the pump", told.error)
        activity = self.env["mail.activity"].search([("user_id", "=", self.worker.id)])
        if told.res_model:
            self.assertEqual(activity.summary, "Look at the pump")
            self.assertEqual(told.action_open_record()["res_id"], told.res_id)

    def test_what_was_before_is_not_responded_to(self):
        self.env["iot.alert.response"].create({"rule_id": self.rule.id})
        self.env.flush_all()
        self.cr.execute("UPDATE iot_alert_response SET create_date = %s", [self.now + timedelta(hours=1)])
        self.alert()
        self.go()
        self.assertFalse(self.told())

    def test_what_is_held_back_is_not_responded_to(self):
        self.respond()
        self.alert(is_quiet=True)
        self.alert(status="acknowledged")
        self.go()
        self.assertFalse(self.told())

    def test_each_trigger(self):
        self.respond(user_id=self.worker.id, instruction="Look")
        alert = self.alert()
        self.go()
        alert.told_at = self.now + timedelta(minutes=30)
        self.go(1800)
        self.assertEqual(len(self.told()), 2)

    def test_what_acts_on_the_shop_does_so_with_each_trigger(self):
        """Also with those that nobody is told of anew, and that somebody acknowledged the time before."""
        self.respond("command", switch_id=self.relay().id)
        self.respond(user_id=self.worker.id, instruction="Look")
        alert = self.alert()
        self.go()
        alert.write({"status": "acknowledged", "is_acked": True})
        self.go(5)
        self.assertEqual(len(self.told()), 2)
        self.resolve(alert, 60)
        self.go(61)
        self.reopen(alert, 300)
        alert.status = "acknowledged"
        self.go(301)
        self.go(302)
        commands = self.told().filtered("command_id")
        self.assertEqual((len(self.told()), len(commands)), (3, 2))
        # One of a clock that was set back meanwhile.
        self.resolve(alert, 310)
        self.reopen(alert, -3000)
        self.go(320)
        self.assertEqual(len(self.told()), 4)
        self.follows(alert, alert)
        self.reopen(alert, 700)
        self.go(701)
        self.assertEqual(len(self.told()), 4, "what is held back is not responded to")

    def test_what_was_done_is_undone_also_where_nobody_is_told(self):
        switch = self.relay()
        self.respond("command", switch_id=switch.id)
        self.respond("command", switch_id=switch.id, switch_to="on", event="resolved")
        self.respond(user_id=self.worker.id, instruction="Write it down", event="resolved")
        never_told = self.alert(told_at=False, was_told=False, is_quiet=True)
        alert = self.alert()
        self.go()
        alert.write({"told_at": False, "is_quiet": True, "is_held": True})  # shelved
        self.resolve(alert | never_told, 60)
        self.go(61)
        self.go(62)
        commands = self.told().command_id.sorted("id")
        self.assertEqual([command.data["on"] for command in commands], [False, True])
        self.assertEqual(len(self.told()), 2, "nobody is given anything to do about what is shelved")

    def test_what_belongs_to_one_company_does_nothing_for_another(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        webhook = self.env["iot.alert.webhook"].create({"name": "H", "url": "https://hooks.example/"})
        self.assertEqual(webhook.company_id, self.env.company)
        self.respond("webhook", webhook_id=webhook.id)
        switch = self.relay()
        switch.device_id.company_id = self.env.company
        self.respond("command", switch_id=switch.id)
        self.respond(user_id=self.worker.id, instruction="Look")
        self.alert(self.device(company_id=other.id))
        self.go()
        told = self.told()
        self.assertEqual((told.response_id.kind, told.state), ("activity", "failed"))
        self.assertIn("does not work for Elsewhere", told.error)
        self.alert(self.device("Own", company_id=self.env.company.id))
        self.go(60)
        self.assertEqual(len(self.told()), 4)

    def test_from_an_older_version(self):
        """Nothing is done a second time because of the update, and whoever was told hears that it is over."""
        switch = self.relay()
        self.respond("command", switch_id=switch.id)
        self.policy(app_from="warning", tell_resolved=True)
        alert = self.alert(last_triggered_at=self.now + timedelta(seconds=400))
        self.go()
        self.plan()
        self.send(11)
        self.assertEqual(len(self.told()), 2)
        self.env.cr.execute("UPDATE iot_alert_delivery_line SET policy_id = NULL")
        self.env.cr.execute("UPDATE iot_alert SET was_told = NULL")
        self.env.cr.execute("UPDATE iot_alert_telling SET reach = NULL, since = NULL")
        self.env.cr.execute("UPDATE iot_alert_response_run SET told_for = %s", [self.now])
        path = Path(__file__).parents[1] / "migrations" / "19.0.1.7.0" / "post-alerts.py"
        runpy.run_path(str(path))["migrate"](self.env.cr, "19.0.1.6.0")
        self.env.invalidate_all()
        self.go(60)
        self.plan(60)
        self.assertEqual(len(self.told()), 2)
        self.resolve(alert, 70)
        self.plan(71)
        self.assertEqual(self.told(state="waiting").line_ids.event, "resolved")

    def test_escalated_and_over(self):
        self.respond(event="escalated", user_id=self.worker.id, instruction="Go there")
        self.respond(event="resolved", user_id=self.worker.id, instruction="Write it down")
        alert = self.alert()
        self.go()
        self.assertFalse(self.told())
        alert.escalation_level = 1
        self.go(1)
        self.assertIn("Go there", self.told().error)
        self.resolve(alert, 2)
        self.go(3)
        self.assertEqual(len(self.told()), 2)
        self.assertIn("Write it down", self.told()[-1].error)

    def test_email_of_many_is_one(self):
        self.respond("email", email_to="Fire Brigade <fire@example.com>")
        for _ in range(3):
            self.alert()
        self.go()
        self.go(60)
        told = self.told()
        self.assertEqual((told.state, told.mail_id.email_to), ("queued", "fire@example.com"))
        self.assertEqual(len(told.line_ids), 3)

    def test_webhook(self):
        webhook = self.env["iot.alert.webhook"].create({"name": "H", "url": "https://hooks.example/"})
        self.respond("webhook", webhook_id=webhook.id)
        self.alert()
        self.go()
        self.assertEqual((self.told().webhook_id, self.told().state), (webhook, "waiting"))

    def test_switched_off(self):
        switch = self.relay()
        response = self.respond("command", switch_id=switch.id)
        self.assertIn("Heating", response.display_name)
        self.alert()
        self.go()
        told = self.told()
        command = told.command_id
        self.assertEqual((told.state, command.state, command.switch_id), ("queued", "queued", switch))
        self.assertEqual(command.data, {"relay": "1", "on": False})
        command._conclude({command.id: (True, "off", None)})
        self.assertEqual(told.state, "sent")

    def test_the_device_does_not_answer(self):
        self.respond("command", switch_id=self.relay().id)
        self.alert()
        self.go()
        command = self.told().command_id
        command._conclude({command.id: (False, "no such relay", None)})
        self.assertEqual(self.told().state, "failed")
        self.assertIn("no such relay", self.told().error)
        with self.assertRaises(UserError):
            self.told().with_user(self.boss).action_retry()

    def test_what_cannot_be_done_is_said(self):
        self.respond("command", switch_id=self.relay().id)
        self.alert()
        refuses = patch.object(
            type(self.env["iot.device"]), "_command", side_effect=UserError("Nothing leads there")
        )
        with refuses:
            self.go()
        error = "Something is wrong with it: Nothing leads there"
        self.assertEqual((self.told().state, self.told().error), ("failed", error))

    @mute_logger("odoo.addons.fusion_iot.models.iot_alert_sender")
    def test_what_breaks_harms_nothing_else(self):
        self.respond(user_id=self.worker.id, instruction="Look", sequence=2)
        bad = self.respond(user_id=self.boss.id, instruction="Break", sequence=1)
        act = type(bad)._respond_activity

        def respond(response, *args):
            if response.id == bad.id:
                raise ValueError("broken")
            return act(response, *args)

        self.alert()
        with patch.object(type(bad), "_respond_activity", respond):
            self.go()
        self.assertEqual(sorted(self.told().mapped("state")), ["failed", "sent"])

    def test_what_only_had_to_wait_is_done_later(self):
        response = self.respond(user_id=self.worker.id, instruction="Look")
        act = type(response)._respond_activity
        locked = [LockNotAvailable("canceling statement due to lock timeout")]

        def respond(*args):
            if locked:
                raise locked.pop()
            return act(*args)

        self.alert()
        with patch.object(type(response), "_respond_activity", respond):
            self.go()
            self.assertEqual(self.told().state, "retrying")
            self.go(60)
        self.assertEqual((self.told().state, self.told().attempts), ("sent", 2))

    def test_incomplete(self):
        for kind in ("email", "webhook", "command"):
            with self.subTest(kind=kind), self.assertRaises(ValidationError):
                self.respond(kind)

    def test_who_may_not_switch(self):
        switch = self.relay()
        group = self.env["res.groups"].create({"name": "Furnace people"})
        switch.device_id.operator_group_ids = [Command.set(group.ids)]
        values = {"rule_id": self.rule.id, "kind": "command", "switch_id": switch.id}
        with self.assertRaises(AccessError):
            self.env["iot.alert.response"].with_user(self.boss).create(values)
        self.boss.group_ids = [Command.link(group.id)]
        self.assertTrue(self.env["iot.alert.response"].with_user(self.boss).create(values))
        with self.assertRaises(AccessError):
            self.env["iot.alert.response"].with_user(self.worker).create(values)

    def test_emails_about_all_companies_are_set_up_by_people_of_all(self):
        company = self.env["res.company"].create({"name": "Other"})
        theirs = new_test_user(
            self.env, "other boss", MANAGER, company_id=company.id, company_ids=[(6, 0, company.ids)]
        )
        values = {"rule_id": self.rule.id, "kind": "email", "email_to": "leak@example.com"}
        responses = self.env["iot.alert.response"].with_user(theirs)
        with self.assertRaises(AccessError):
            responses.create(values)
        own = self.rule.copy({"company_id": company.id})
        response = responses.create({**values, "rule_id": own.id})
        with self.assertRaises(AccessError):
            own.with_user(theirs).company_id = False
        with self.assertRaises(AccessError):
            responses.create({"rule_id": self.rule.id}).write(
                {"kind": "email", "email_to": "leak@example.com"}
            )
        self.assertTrue(response.exists())

    def test_a_manager_of_another_company_does_not_see_it(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        there = new_test_user(
            self.env, "other boss", MANAGER, company_id=other.id, company_ids=[Command.set(other.ids)]
        )
        mine = self.env["iot.alert.response"].create(
            {"rule_id": self.rule.copy({"company_id": self.env.company.id}).id, "instruction": "Look"}
        )
        self.assertFalse(self.env["iot.alert.response"].with_user(there).search([("id", "=", mine.id)]))
