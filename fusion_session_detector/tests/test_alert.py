from datetime import timedelta

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
        rule = self.enable("machine_idle_too_long", after=600)
        before = rule._would_have_fired_machine_idle_too_long(self.now)
        self.session("standby", 0, status="completed", standby_duration_s=900)
        self.session("standby", 0, status="completed", standby_duration_s=300)
        self.env.flush_all()
        self.assertEqual(rule._would_have_fired_machine_idle_too_long(self.now), before + 1)
