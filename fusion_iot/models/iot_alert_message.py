from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timezone

from odoo import models
from odoo.addons.fusion_iot_base.moment_text import moment_text

from fusion_iot_core.notify.formats import Note
from fusion_iot_core.notify.timing import LINES, SEVERITIES

MOST_IDS = 200
EVENT_ORDER = ("escalated", "raised", "again", "resolved")
ACTION = "fusion_iot.iot_alert_action"

# What was left out is planned once more when it is to be told: the key of its line is free for that.
_LEAVE_OUT = """
    WITH line AS (
        UPDATE iot_alert_delivery_line SET key = key || ':left out:' || id
         WHERE delivery_id = %(delivery)s AND alert_id = ANY(%(ids)s::bigint[]))
    UPDATE iot_alert_telling SET reach = NULL WHERE alert_id = ANY(%(ids)s::bigint[])
"""


@dataclass(frozen=True)
class Told:
    """What a message says, in the language of its receiver.

    :ivar alerts: records, in superuser mode, the worst first
    :ivar lines: one for each of the first `LINES`: record, event, since when, words
    """

    event: str
    title: str
    lines: list
    more: str
    alerts: object
    events: dict
    url: str


class IotAlertDelivery(models.Model):
    """What a message says."""

    _inherit = "iot.alert.delivery"  # pylint: disable=consider-merging-classes-inherited

    def _told(self):
        """What there is to say now; ``None`` where nothing has to be said any more.

        What somebody has acknowledged meanwhile, and what is held back, is left out, and so is what was over before it
        was told.
        """
        self.ensure_one()
        events = {alert_id: event for alert_id, event in self._events().items() if event}
        spoken = self._spoken_env()
        alerts = spoken["iot.alert"].browse(sorted(events))
        if self.user_id:
            seen = alerts.with_user(self.user_id).with_context(spoken.context)
            alerts = seen._filtered_access("read").sudo()
        alerts = alerts.exists().filtered(lambda alert: self._is_worth(alert, events[alert.id]))
        if not alerts:
            return None
        alerts = alerts.sorted(
            lambda alert: (-SEVERITIES.index(alert.severity), EVENT_ORDER.index(events[alert.id]), alert.id)
        )
        named, rest = alerts[:LINES], len(alerts) - LINES
        lines = [(alert, events[alert.id], self._alert_line(alert, events[alert.id])) for alert in named]
        more = spoken._("And %s more.", rest) if rest > 0 else ""
        event = min(events.values(), key=EVENT_ORDER.index)
        return Told(
            event, self._title(spoken, alerts, events), lines, more, alerts, events, self._url(alerts)
        )

    def _to_tell(self, now):
        """What there is to say now, and what stands in the message from then on. Where there is nothing, the message is
        not needed, and that is noted.
        """
        told = self._told()
        unsaid = self.line_ids.filtered(lambda line: not told or line.alert_id.id not in told.alerts.ids)
        self._tell_another_time(unsaid)
        if told:
            unsaid.unlink()
        else:
            self._skip(now)
        return told

    def _tell_another_time(self, lines):
        """Have these planned again when there is something to tell of them, unless the receiver knows how it is."""
        events = self._events()
        last = {line.alert_id.id: line.event for line in self.line_ids.sorted("id")}
        alerts = lines.alert_id.exists().filtered(
            lambda alert: events[alert.id] or last[alert.id] == "resolved"
        )
        if self.user_id:
            alerts &= alerts.with_user(self.user_id)._filtered_access("read").sudo()
        if alerts:
            self.env["iot.alert.delivery.line"].flush_model()
            self.env["iot.alert.telling"].flush_model()
            self.env.cr.execute(_LEAVE_OUT, {"delivery": self.id, "ids": alerts.ids})
            self.env.invalidate_all(flush=False)

    def _events(self):
        """What is told of each alert, by id: the last that has happened to it, or nothing where that is how it was.

        Whoever was not to be disturbed is told what has happened, also of what is over by now.
        """
        said = defaultdict(list)
        for line in self.line_ids.sorted("id"):
            said[line.alert_id.id].append(line.event)
        return {alert_id: self._outcome(events) for alert_id, events in said.items()}

    def _outcome(self, events):
        if self.lane != "now" or "resolved" not in events:
            return events[-1]
        was_known, is_known = events[0] in ("again", "resolved"), events[-1] != "resolved"
        return "" if was_known == is_known else events[-1]

    def _is_worth(self, alert, event):
        if self.response_id:
            return True
        if event == "resolved":
            return alert.status == "resolved"
        if self.lane != "now" and alert.status == "resolved":
            return True  # whoever was not to be disturbed is told what has happened
        return alert.status == "active" and alert.phase == "active" and not alert.is_quiet

    def _is_past(self):
        """Whether all that a message told when it could not be delivered is over: it would come after the news of
        that, and be believed.
        """
        if self.lane != "now" or self.response_id or "resolved" in self.line_ids.mapped("event"):
            return False
        return all(alert.status == "resolved" for alert in self.line_ids.alert_id)

    def _spoken_env(self):
        """In superuser mode, with language and time zone of the receiver."""
        lang, tz = self.user_id.lang, self.user_id.tz
        if self.webhook_id:
            lang, tz = self.webhook_id.lang, self.webhook_id.tz
        elif not self.user_id:
            lang = tz = None
        partner = self.company_id.partner_id or self.env.company.partner_id
        lang, tz = lang or partner.lang or "en_US", tz or partner.tz or "UTC"
        companies = self.company_id.ids or self.user_id.company_ids.ids
        context = {"lang": lang, "tz": tz, "allowed_company_ids": companies}
        return self.sudo().with_context(context).env  # pylint: disable=context-overridden

    def _title(self, env, alerts, events):
        if len(alerts) == 1:
            [alert] = alerts
            return self._alert_line(alert, events[alert.id], with_time=False)
        over = [alert for alert in alerts if events[alert.id] == "resolved"]
        critical = len([alert for alert in alerts if alert not in over and alert.severity == "critical"])
        if len(over) == len(alerts):
            return env._("%s alerts are over", len(alerts))
        if critical:
            return env._(
                "%(count)s alerts, %(critical)s of them critical", count=len(alerts), critical=critical
            )
        return env._("%s alerts", len(alerts))

    def _alert_line(self, alert, event, with_time=True, write=moment_text):
        env = alert.env
        words = alert.display_name
        if event == "resolved" or alert.status == "resolved":
            text, at = env._("Over: %s", words), alert.cleared_at or alert.resolved_at
            if with_time and at:
                return env._("%(text)s, until %(time)s", text=text, time=write(env, at))
        else:
            severity = dict(alert._fields["severity"]._description_selection(alert.env))[alert.severity]
            text, at = f"{severity}: {words}", alert.condition_since or alert.raised_at
            if event == "again":
                text = env._("Still %s", text)
            elif event == "escalated":
                text = env._("Nobody has acknowledged: %s", text)
        if not with_time or not at or self._is_dated(alert):
            return text
        return env._("%(text)s, since %(time)s", text=text, time=write(env, at))

    def _is_dated(self, alert):
        kind = self.env["iot.alert.rule"]._types().get(alert.alert_type)
        return bool(kind and kind.is_dated)

    def _url(self, alerts):
        base = self.get_base_url()
        one = f"/{alerts.id}" if len(alerts) == 1 else ""
        return f"{base}/odoo/action-{ACTION}{one}"

    def _note(self, told):
        """The same for a webhook."""
        env = told.alerts.env
        return Note(
            key=self.key,
            event=told.event,
            title=told.title,
            lines=tuple(words for _alert, _event, words in told.lines),
            more=told.more,
            severity=max(told.alerts.mapped("severity"), key=SEVERITIES.index),
            url=told.url,
            open_label=env._("Open"),
            alerts=tuple(
                self._alert_data(alert, told.events[alert.id]) for alert, _event, _words in told.lines
            ),
            count=len(told.alerts),
            at=datetime.now(timezone.utc),
        )

    def _alert_data(self, alert, event):
        """An alert for programs."""

        def iso(at):
            return at.isoformat(timespec="seconds") + "Z" if at else None

        return {
            "id": alert.id,
            "event": event,
            "type": alert.alert_type,
            "severity": alert.severity,
            "status": alert.status,
            "source": {"model": alert.res_model, "id": alert.res_id, "name": alert.source_name},
            "text": alert.text or "",
            "since": iso(alert.condition_since),
            "raised_at": iso(alert.raised_at),
            "cleared_at": iso(alert.cleared_at),
            "company": alert.company_id.name or None,
        }
