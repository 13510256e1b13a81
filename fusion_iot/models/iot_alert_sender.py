import json
import logging
import random
import re
from datetime import timedelta
from textwrap import shorten

from odoo import api, fields, models
from odoo.addons.fusion_iot_base.moment_text import short_moment_text
from odoo.exceptions import ConcurrencyError, UserError
from odoo.tools import config

from fusion_iot_core.notify import formats, timing

from ..runtime.notify.http_post import Outcome
from ..runtime.notify.jobs import PushJob, WebhookJob
from ..runtime.transient import in_words, is_transient
from .iot_alert_delivery import QUEUED_AT_MOST

_logger = logging.getLogger(__name__)

INSIDE = ("app", "email", "response")
"""Channels that are done within the transaction that marks them as done."""
OUTSIDE = ("webhook", "push")
MOST_INSIDE = 100
UNKNOWN_AFTER = timedelta(minutes=2)
"""Whoever sends has an outcome sooner, so a row that is being sent for longer was left behind by a dead process."""
SUBJECT_AT_MOST = 120
"""Characters; the whole text is in the body."""
MAIL_CRON = "mail.ir_cron_mail_scheduler_action"
# What Odoo writes before it sends an e-mail, and leaves where it is killed meanwhile.
_MAIL_MARK = "Error without exception"

_TAKE = """
    UPDATE iot_alert_delivery
       SET state = 'sending', attempts = coalesce(attempts, 0) + 1, claimed_at = %(now)s
     WHERE id IN (SELECT id FROM iot_alert_delivery
                   WHERE state IN ('waiting', 'retrying') AND due_at <= %(now)s AND channel = ANY(%(channels)s)
                   ORDER BY due_at, id LIMIT %(most)s FOR UPDATE SKIP LOCKED)
 RETURNING id
"""
_HURRY = """
    UPDATE iot_alert_delivery SET due_at = %(now)s
     WHERE id IN (SELECT id FROM iot_alert_delivery
                   WHERE state = 'waiting' AND lane = %(lane)s AND due_at > %(now)s AND due_at <= %(soon)s
                   ORDER BY id FOR UPDATE SKIP LOCKED)
"""
_LEFT_BEHIND = """
    UPDATE iot_alert_delivery SET state = 'retrying', due_at = %(now)s
     WHERE id IN (SELECT id FROM iot_alert_delivery WHERE state = 'sending' AND claimed_at < %(before)s
                   ORDER BY id FOR UPDATE SKIP LOCKED)
"""


class IotAlertDelivery(models.Model):
    """How a message gets out, and what becomes of it."""

    _inherit = "iot.alert.delivery"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _take(self, channels, most, now):
        """Mark messages as being sent that are due, the oldest first; nobody else takes them then."""
        if most <= 0:
            return self.browse()
        self.flush_model()
        self.env.cr.execute(_TAKE, {"channels": list(channels), "most": most, "now": now})
        taken = self.browse(sorted(delivery_id for (delivery_id,) in self.env.cr.fetchall()))
        self.invalidate_model()
        return taken

    @api.model
    def _hurry(self, now):
        """Have those sent now that only wait for what may belong into the same message."""
        self.flush_model()
        self.env.cr.execute(_HURRY, {"now": now, "soon": now + timing.GROUP_WAIT, "lane": timing.NOW})
        self.invalidate_model()

    @api.model
    def _take_up(self, now):
        """Have those sent again that a process was sending which is gone. They keep their keys."""
        self.flush_model()
        self.env.cr.execute(_LEFT_BEHIND, {"now": now, "before": now - UNKNOWN_AFTER})
        self.invalidate_model()

    def _with_receiver(self, now):
        """Those that somebody gets. Who was archived while a message waited, or was tried again, is told nothing."""
        gone = self.filtered(
            lambda delivery: (
                (delivery.user_id and not delivery.user_id.active)
                or (delivery.webhook_id and not delivery.webhook_id.active)
            )
        )
        gone.write({"state": "skipped", "ended_at": now})
        return self - gone

    @api.model
    def _send_inside(self, now):
        """Do what is done in the database: on screen, into the mail queue, responses.

        :return: whether there may be more
        """
        taken = self._take(INSIDE, MOST_INSIDE, now)
        for delivery in taken._with_receiver(now):
            try:
                with self.env.cr.savepoint():
                    getattr(delivery, f"_send_{delivery.channel}")(now)
                    self.env.flush_all()
            except Exception as error:
                self.env.invalidate_all()
                passing = is_transient(error) or isinstance(error, ConcurrencyError)
                if not passing and not isinstance(error, UserError):
                    _logger.exception("A message about alerts could not be sent (%s).", delivery.channel)
                delivery._end(Outcome("busy" if passing else "error", _said(error)), now)
        return len(taken) == MOST_INSIDE

    @api.model
    def _claim_jobs(self, most, now):
        """What is to be sent outside, marked as being sent: to be committed before it is."""
        jobs = []
        for delivery in self._take(OUTSIDE, most, now)._with_receiver(now):
            try:
                with self.env.cr.savepoint():
                    job = getattr(delivery, f"_job_{delivery.channel}")(now)
            except UserError as error:
                delivery._end(Outcome("secret", str(error)[:200]), now)
            except Exception as error:
                _logger.exception("A message about alerts could not be made (%s).", delivery.channel)
                delivery._end(Outcome("error", str(error)[:200]), now)
            else:
                jobs += [job] if job else []
        return jobs

    @api.model
    def _conclude(self, outcomes, now):
        """Note what became of jobs. What has another attempt by now is left alone."""
        for job, outcome in outcomes:
            delivery = self.browse(job.delivery_id).exists()
            if delivery and delivery.state == "sending" and delivery.attempts == job.attempt:
                delivery._end(outcome, now)
            if outcome.gone:
                self.env["mail.push.device"].browse(outcome.gone).exists().unlink()

    def _end(self, outcome, now):
        """Note the outcome of an attempt, and when the next one is."""
        if not outcome.reason:
            self.write({"state": "sent", "ended_at": now, "error": False})
            return
        words = self._in_words(outcome.reason, outcome.detail)
        pause = None
        # A response is not repeated, unless nothing of it has been done: somebody else had a lock for too long.
        if not outcome.is_final and (self.channel != "response" or outcome.reason == "busy"):
            pause = timing.pause(self.attempts or 1, random.random(), outcome.asked)
        if pause is not None:
            self.write({"state": "retrying", "error": words, "due_at": now + timedelta(seconds=pause)})
            return
        if self.attempts > 1 and not outcome.is_final:
            words = self.env._(
                "Given up after %(count)s attempts. %(words)s", count=self.attempts, words=words
            )
        self.write({"state": "failed", "ended_at": now, "error": words})
        self._nudge_failed()

    def _nudge_failed(self):
        self.env["iot.runtime.worker"]._nudge_health()
        self.env["iot.nudge"]._nudge("fusion_iot.group_iot_user", ["alert"], {})

    def _skip(self, now):
        if not self.user_id or self._may_see():
            self.write({"state": "skipped", "ended_at": now})
        elif self._is_meant():
            self._end(Outcome("may_not", is_final=True), now)
        else:
            words = self._in_words("may_not", "")
            self.write({"state": "skipped", "ended_at": now, "error": words})

    def _is_meant(self):
        """Whether the person was named. Of a group, some may have nothing to do with what an alert is about: the
        managers of devices with a tank.
        """
        policies, alerts = self.line_ids.policy_id, self.line_ids.alert_id
        named = policies.user_ids | policies.shift_ids.user_ids | alerts.responsible_id
        named |= policies.level_ids.user_ids | policies.level_ids.shift_ids.user_ids
        return self.user_id in named

    def _may_see(self):
        alerts = self.line_ids.alert_id.with_user(self.user_id)
        alerts = alerts.with_context(allowed_company_ids=self.user_id.company_ids.ids)
        return bool(alerts._filtered_access("read"))

    # On screen

    def _send_app(self, now):
        told = self._to_tell(now)
        if not told:
            return
        self.user_id._bus_send("fusion_iot/alert", self._app_payload(told, now))
        self.summary = told.title
        self._end(Outcome(), now)

    def _app_payload(self, told, now):
        worst = max(told.alerts.mapped("severity"), key=timing.SEVERITIES.index)
        is_over = all(told.events[alert.id] == "resolved" for alert in told.alerts)
        rings = worst == "critical" and not is_over and self.user_id.alert_sound
        return {
            "key": self.key,
            "title": told.title,
            "lines": [
                self._alert_line(alert, event, write=short_moment_text)
                for alert, event, _words in told.lines[:5]
            ]
            if len(told.alerts) > 1
            else [],
            "more": len(told.alerts) - 5 if len(told.alerts) > 5 else 0,
            "severity": "over" if is_over else worst,
            "alert_ids": told.alerts[:200].ids,
            "sound": rings and not self.user_id._alert_is_quiet(worst, now),
        }

    # E-mail

    def _send_email(self, now):
        mail = self.sudo().mail_id
        if mail and self._is_past():
            mail.unlink()
            self._skip(now)
            return
        if mail:
            mail.mark_outgoing()
        else:
            told = self._to_tell(now)
            if not told:
                return
            address = self.email_to or self.user_id.email
            if not address:
                self._end(Outcome("no_email", is_final=True), now)
                return
            mail = self._mail(told, address)
            self.write({"summary": told.title, "mail_id": mail.id})
        self.state = "queued"
        self.env.ref(MAIL_CRON)._trigger()

    def _mail(self, told, address):
        company = self.company_id or self.user_id.company_id or self.env.company
        values = {"told": told, "company": company, "is_person": bool(self.user_id)}
        env = told.alerts.env
        body = env["ir.qweb"]._render("fusion_iot.iot_alert_mail", values, lang=env.context["lang"])
        return (
            self.env["mail.mail"]
            .sudo()
            .create(
                {
                    "subject": shorten(told.title, SUBJECT_AT_MOST, placeholder=" …"),
                    "body_html": body,
                    "email_to": address,
                    "email_from": company.email_formatted or self.env.user.email_formatted,
                    "auto_delete": False,
                    "message_type": "email_outgoing",
                    "headers": {"X-Auto-Response-Suppress": "OOF", "Auto-Submitted": "auto-generated"},
                }
            )
        )

    @api.model
    def _follow_mails(self, now):
        """Note what became of e-mails that Odoo's queue has."""
        queued = self.search([("state", "=", "queued"), ("channel", "=", "email")], limit=500)
        done = self.env["mail.mail"].sudo()
        for delivery in queued.sudo():
            mail = delivery.mail_id
            if mail.state == "sent":
                delivery._end(Outcome(), now)
                done |= mail
            elif mail.state == "exception":
                reason = mail.failure_reason or ""
                unknown = reason.startswith(_MAIL_MARK)
                final = unknown or mail.failure_type in ("mail_email_missing", "mail_email_invalid")
                outcome = Outcome(
                    "mail_unknown" if unknown else "mail", "" if unknown else self._mail_detail(reason), final
                )
                delivery._end(outcome, now)
            elif mail.state != "outgoing":
                delivery._end(Outcome("mail_gone", is_final=True), now)
            elif not delivery.error and delivery.claimed_at < now - QUEUED_AT_MOST:
                delivery.error = self._in_words("mail_stuck", "")
                delivery._nudge_failed()
        self.env.flush_all()
        done.unlink()

    @api.model
    def _mail_detail(self, reason):
        """What Odoo says of an e-mail that failed, in one line: without the numbers of the operating system, which are
        none of a mail server's answers (200 to 599).
        """
        detail = re.sub(
            r"^-?\d+\s+(?=\D)", lambda number: number[0] if 200 <= int(number[0]) < 600 else "", reason
        )
        detail = " ".join(detail.split())[:200]
        if config["smtp_server"] != "localhost" or self.env["ir.mail_server"].sudo().search_count(
            [], limit=1
        ):
            return detail
        nothing = self.env._("no outgoing mail server is set up in Odoo, and this machine is none")
        return f"{detail}; {nothing}" if detail else nothing

    # Outside

    def _job_webhook(self, now):
        note = self._stored_note(now)
        webhook = self.webhook_id
        return note and WebhookJob(self.id, self.attempts, webhook._post(note), webhook.allow_http)

    def _stored_note(self, now):
        """What the first attempt said: further ones say the same, as they have the same key."""
        if self.content and self._is_past():
            self._skip(now)
            return None
        if self.content:
            stored = {**self.content, "at": fields.Datetime.to_datetime(self.content["at"])}
            return formats.Note(**{**stored, **{name: tuple(stored[name]) for name in ("lines", "alerts")}})
        told = self._to_tell(now)
        if not told:
            return None
        note = self._note(told)
        content = {name: getattr(note, name) for name in note.__dataclass_fields__}
        content["at"] = fields.Datetime.to_string(note.at.replace(tzinfo=None))
        self.write({"content": json.loads(json.dumps(content)), "summary": note.title})
        return note

    def _job_push(self, now):
        thread = self.env["mail.thread"]
        devices, private, public = thread._web_push_get_partners_parameters(self.user_id.partner_id.ids)
        if not devices:
            # Whoever has turned them on nowhere is no trouble: this way is open to everybody, and used by few.
            self.write({"state": "skipped", "ended_at": now, "error": self._in_words("no_browser", "")})
            return None
        told = self._to_tell(now)
        if not told:
            return None
        self.summary = told.title
        payload = thread._web_push_truncate_payload(self._push_payload(told))
        return self._push_job(devices, private, public, json.dumps(payload))

    def _push_job(self, devices, private, public, payload):
        places = tuple((device.id, device.endpoint, device.keys) for device in devices)
        return PushJob(
            self.id or 0, self.attempts or 0, places, payload, (private, public), self.get_base_url()
        )

    def _push_payload(self, told):
        lines = [words for _alert, _event, words in told.lines] + ([told.more] if told.more else [])
        return {
            "title": told.title,
            "options": {
                "body": "\n".join(lines),
                "icon": "/web/static/img/odoo-icon-192x192.png",
                "tag": f"iot_alert:{self.user_id.id}",
                "renotify": True,
                # Odoo's service worker opens this record; of several alerts the worst one.
                "data": {"model": "iot.alert", "res_id": told.alerts[0].id},
            },
        }

    # Tests by people

    @api.model
    def _try_channel(self, channel, user):
        """Tell a person that this is a test: `Outcome`, or words of what went wrong."""
        return getattr(self, f"_try_{channel}")(user)

    def _test_words(self, user):
        spoken = self.with_context(lang=user.lang or "en_US").env
        return spoken._("Fusion IoT: a test"), spoken._("Alerts come like this. There is nothing to do.")

    def _try_app(self, user):
        title, text = self._test_words(user)
        user._bus_send(
            "fusion_iot/alert",
            {
                "key": self._new_key(),
                "title": title,
                "lines": [text],
                "more": 0,
                "severity": "info",
                "alert_ids": [],
                "sound": bool(user.alert_sound),
            },
        )
        return Outcome()

    def _try_email(self, user):
        if not user.email:
            return Outcome("no_email")
        title, text = self._test_words(user)
        mail = self.env["mail.mail"].create(
            {
                "subject": title,
                "body_html": text,
                "email_to": user.email,
                "email_from": user.company_id.email_formatted or user.email_formatted,
                "auto_delete": False,
            }
        )
        mail.send()
        outcome = (
            Outcome()
            if mail.state in ("sent", "outgoing")
            else Outcome("mail", self._mail_detail(mail.failure_reason or ""))
        )
        mail.unlink()
        return outcome

    def _try_push(self, user):
        thread = self.env["mail.thread"]
        devices, private, public = thread._web_push_get_partners_parameters(user.partner_id.ids)
        if not devices:
            return Outcome("no_browser")
        title, text = self._test_words(user)
        options = {"body": text, "icon": "/web/static/img/odoo-icon-192x192.png"}
        return self._push_job(
            devices, private, public, json.dumps({"title": title, "options": options})
        ).run()


def _said(error):
    """What an error says, for people: what was raised for them is theirs already."""
    return str(error)[:200] if isinstance(error, UserError) else in_words(error)[:200]
