from datetime import datetime, timedelta, timezone

from odoo import api, fields, models
from odoo.addons.fusion_iot.alert.types import AlertType, Finding
from odoo.addons.fusion_iot.models.iot_alert_history import History
from odoo.tools import SQL

_SESSIONS = """
      FROM mqtt_session session
     WHERE session.active AND session.device_id = ANY(%(ids)s) AND session.start_time < %(now)s
       AND (session.end_time >= %(since)s OR session.status = 'running')
"""
_ON = f"""
    SELECT session.device_id AS source_id, session.company_id, session.start_time AS held_from,
           coalesce(session.end_time, %(now)s) AS held_until
    {_SESSIONS}
"""
# What a session was in, and until when, is in its history of states; a session without one was entered by hand.
_IDLE = f"""
    SELECT source_id, company_id, state_since + make_interval(secs => %(after)s) AS held_from, held_until
      FROM (SELECT source_id, company_id, state, at AS state_since,
                   coalesce(lead(at) OVER (PARTITION BY id ORDER BY position), end_time, %(now)s) AS held_until
              FROM (SELECT id, device_id AS source_id, company_id, end_time,
                           CASE jsonb_typeof(state_history) WHEN 'array' THEN state_history END AS states
                    {_SESSIONS}) AS session
             CROSS JOIN LATERAL (
                   SELECT (entry->>0)::timestamptz AT TIME ZONE 'UTC' AS at, entry->>1 AS state, position
                     FROM jsonb_array_elements(states) WITH ORDINALITY AS each(entry, position)) AS entry) AS phase
     WHERE state = 'standby' AND held_until > state_since + make_interval(secs => %(after)s)
"""
_FIRST = """
    SELECT min(first.start_time)
      FROM unnest(%s::int[]) AS machine(id)
     CROSS JOIN LATERAL (SELECT start_time FROM mqtt_session
                          WHERE device_id = machine.id AND active ORDER BY start_time LIMIT 1) AS first
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
        found = []
        for session in self._running_sessions():
            since = self._like_this_since(session) if session.current_state == "standby" else None
            if since and now - since >= timedelta(seconds=self.after):
                found.append((session, since, since + timedelta(seconds=self.after)))
        return self._machine_findings(found)

    def _find_machine_running_out_of_hours(self, now, active):
        return self._machine_findings(
            [(session, session.start_time, None) for session in self._running_sessions()]
        )

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
    def _machine_findings(self, found):
        """:param found: ``(session, since when it is so for people, since when the condition holds)``"""
        devices = self.env["iot.device"].union(*(session.device_id for session, *_ in found))
        responsibles = devices._alert_responsibles()
        return [
            Finding(
                session.device_id._name,
                session.device_id.id,
                session.device_id.name,
                session.device_id.company_id.id or None,
                due,
                details={"since": fields.Datetime.to_string(since)},
                responsible_id=responsibles.get(session.device_id.id),
            )
            for session, since, due in found
        ]

    def _say_machine_idle_too_long(self, details):
        return self.env._("On standby since %s", self._say_time(details["since"]))

    def _say_machine_running_out_of_hours(self, details):
        return self.env._("On out of hours, session from %s", self._say_time(details["since"]))

    def _history_machine_idle_too_long(self, machines, since, now):
        return self._sessions_of(machines, _IDLE, since, now, after=self.after)

    def _history_machine_running_out_of_hours(self, machines, since, now):
        return self._sessions_of(machines, _ON, since, now)

    def _sessions_of(self, machines, statement, since, now, **values):
        self.env.cr.execute(_FIRST, [machines.ids])
        (first,) = self.env.cr.fetchone()
        held = SQL(statement, ids=machines.ids, since=since, now=now, **values)
        return History(held, first and max(first, since))
