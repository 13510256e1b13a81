from datetime import datetime, timedelta, timezone

from odoo import api, fields, models
from odoo.addons.fusion_iot.alert.types import AlertType, Finding

_IDLE_BEFORE = """
    SELECT count(*) FROM mqtt_session
     WHERE start_time >= %(since)s AND status = 'completed' AND active AND standby_duration_s > %(after)s
"""


class IotAlertRule(models.Model):
    """What can be the matter with a machine that has sessions."""

    _inherit = "iot.alert.rule"

    @api.model
    def _types(self):
        return {
            **super()._types(),
            "machine_idle_too_long": AlertType(
                self.env._("Machine on and not working"),
                self.env._("A machine has been on standby for longer than the time under After."),
                "iot.device",
                frozenset({"after"}),
            ),
            "machine_running_out_of_hours": AlertType(
                self.env._("Machine on out of hours"),
                self.env._("A machine has a session while the rule watches: outside of the hours of work."),
                "iot.device",
            ),
        }

    def _find_machine_idle_too_long(self, now, active):
        sessions = self._running_sessions().filtered(lambda session: session.current_state == "standby")
        found = []
        for session in sessions:
            since = self._like_this_since(session)
            if since and now - since >= timedelta(seconds=self.after):
                due = since + timedelta(seconds=self.after)
                details = {"since": fields.Datetime.to_string(since)}
                found.append(self._machine_finding(session, since=due, details=details))
        return found

    def _find_machine_running_out_of_hours(self, now, active):
        return [
            self._machine_finding(session, details={"since": fields.Datetime.to_string(session.start_time)})
            for session in self._running_sessions()
        ]

    def _running_sessions(self):
        running = self.env["mqtt.session"].sudo().search([("status", "=", "running")])
        return running.filtered(lambda session: session.device_id.active)

    @api.model
    def _like_this_since(self, session):
        """Since when a session has been in its present state, as naive UTC."""
        history = session.state_history or []
        if not history:
            return session.start_time
        at = datetime.fromisoformat(str(history[-1][0]).replace("Z", "+00:00"))
        return at.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0) if at.tzinfo else at

    @api.model
    def _machine_finding(self, session, **more):
        device = session.device_id
        return Finding(device._name, device.id, device.name, device.company_id.id or None, **more)

    def _say_machine_idle_too_long(self, details):
        return self.env._("On standby since %s", self._say_time(details["since"]))

    def _say_machine_running_out_of_hours(self, details):
        return self.env._("On out of hours, since %s", self._say_time(details["since"]))

    def _would_have_fired_machine_idle_too_long(self, since):
        self.env.cr.execute(_IDLE_BEFORE, {"since": since, "after": self.after})
        return self.env.cr.fetchone()[0]
