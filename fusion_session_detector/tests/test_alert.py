from datetime import timedelta
from unittest.mock import patch

from odoo.addons.fusion_iot.alert.engine import evaluate
from odoo.tests import tagged

from .session_common import NOON, SessionCase


@tagged("post_install", "-at_install")
class TestAlert(SessionCase):
    """What is the matter with machines that have sessions."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.now = NOON.replace(tzinfo=None)
        cls.env["iot.alert.rule"].search([]).enabled = False

    def enable(self, name, **values):
        rule = self.env.ref(f"fusion_session_detector.alert_rule_{name}")
        rule.write({"enabled": True, "on_delay": 0, "off_delay": 0, **values})
        rule.sudo().first_evaluated_at = self.now
        return rule

    def turn(self, seconds):
        self.env.flush_all()
        said = evaluate(self.env, self.now + timedelta(seconds=seconds))
        self.env.invalidate_all()
        ours = set(self.alert().ids)
        return [each.kind for each in said if each.alert_id in ours]

    def alert(self):
        return self.env["iot.alert"].search(
            [("res_model", "=", "iot.device"), ("res_id", "=", self.device.id)]
        )

    def session(self, state, since, **values):
        history = [[f"{(NOON + timedelta(seconds=since)).isoformat()}", state]]
        return (
            self.env["mqtt.session"]
            .sudo()
            .create(
                {
                    "device_id": self.device.id,
                    "start_time": self.now,
                    "current_state": state,
                    "state_history": history,
                    **values,
                }
            )
        )

    def test_a_machine_that_is_on_and_does_not_work(self):
        self.enable("machine_idle_too_long", after=600)
        session = self.session("standby", 0)
        self.assertEqual(self.turn(599), [])
        self.assertEqual(self.turn(600), ["opened", "raised"])
        self.assertIn("On standby since", self.alert().text)
        session.current_state = "working"
        self.assertEqual(self.turn(700), ["cleared", "resolved"])
        self.assertEqual(self.alert().duration, 100.0)

    def test_a_machine_that_is_on_at_night(self):
        rule = self.enable("machine_running_out_of_hours")
        self.assertEqual((rule.schedule, rule.hours_from, rule.hours_to), ("outside", 6.0, 22.0))
        self.env.company.partner_id.tz = "UTC"
        session = self.session("working", 0)
        self.assertEqual(self.turn(0), [], "noon of a Monday")
        self.assertEqual(self.turn(10 * 3600), ["opened", "raised"])
        session.status = "completed"
        self.assertEqual(self.turn(11 * 3600), ["cleared", "resolved"])

    def test_the_history_tells(self):
        rule = self.enable("machine_idle_too_long", after=600, reopen_within=0)
        self.assertIn("there are no records", self.said(rule))
        # Twice for longer than ten minutes, and for twelve in all.
        self.past(-3 * 86400, (0, "standby"), (700, "working"), (900, "standby"), (1700, "idle"))
        self.past(-2 * 86400, (0, "standby"), (400, "working"), (500, "standby"), (820, "idle"))
        self.past(-86400, (0, "working"), (5000, "idle"))
        self.assertIn("In the last 4 days it would have fired 2 times.", self.said(rule))
        rule.reopen_within = 3600
        self.assertIn("it would have fired once.", self.said(rule))
        self.session("standby", -700, start_time=self.now - timedelta(seconds=700))
        self.assertIn("it would have fired 2 times.", self.said(rule), "also now")
        rule.after = 3600
        self.assertIn("it would not have fired.", self.said(rule))

    def test_the_history_tells_what_was_out_of_hours(self):
        rule = self.enable("machine_running_out_of_hours", reopen_within=600)
        self.env.company.partner_id.tz = "UTC"
        self.past(-3 * 86400, (0, "working"), (3600, "idle"))  # noon of a Friday
        self.assertIn("In the last 4 days it would not have fired.", self.said(rule))
        self.past(-3 * 86400 + 9 * 3600, (0, "working"), (3600 + 200, "idle"))
        self.assertIn("it would have fired once.", self.said(rule), "22:00 until 22:03")
        rule.on_delay = 300
        self.assertIn("it would not have fired.", self.said(rule))
        self.past(-2 * 86400, (0, "working"), (3600, "idle"))  # a Saturday
        self.assertIn("it would have fired once.", self.said(rule))
        rule.schedule = "always"
        self.assertIn("it would have fired 3 times.", self.said(rule))

    def past(self, start, *phases):
        """A session that is over, ``start`` seconds from noon on."""
        history = [
            [(NOON + timedelta(seconds=start + seconds)).isoformat(), state] for seconds, state in phases
        ]
        begin = self.now + timedelta(seconds=start)
        values = {"start_time": begin, "end_time": begin + timedelta(seconds=phases[-1][0])}
        return self.session("idle", 0, status="completed", state_history=history, **values)

    def said(self, rule):
        rule.source_domain = repr([("id", "=", self.device.id)])
        with patch("odoo.fields.Datetime.now", lambda *_args: self.now):
            action = rule.action_enable()
            return self.env[action["res_model"]].with_context(**action["context"]).create({}).figure
