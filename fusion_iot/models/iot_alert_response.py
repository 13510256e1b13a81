from dataclasses import dataclass
from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.fusion_base.growing import GrowingReference
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import email_normalize

from ..runtime.notify.http_post import Outcome
from .iot_alert_planner import Item, Receiver
from .iot_device_switch import ANSWERS_WITHIN_S, SWITCH

EVENTS = [
    ("raised", "It is raised"),
    ("escalated", "Nobody has acknowledged it"),
    ("resolved", "It is over"),
]
MOST_AT_ONCE = 1_000
LATEST = timedelta(hours=1)
"""What was over longer ago is responded to no more, however long nothing was sent."""

# What an alert has called for since the response exists, and what has not been put into the outbox. What acts on the
# shop does so with each trigger, whoever knows of it, and undoes at its end what it has done.
_DUE = """
    SELECT alert.id, alert.severity, alert.company_id, response.id AS response_id, stamp.at AS stamp
      FROM iot_alert_response response
      JOIN iot_alert alert ON alert.rule_id = response.rule_id
     CROSS JOIN LATERAL (
           SELECT response.kind = ANY(%(acting)s) AND response.event != 'escalated' AS is_acting) AS kind
     CROSS JOIN LATERAL (
           SELECT CASE WHEN is_acting THEN coalesce(alert.last_triggered_at, alert.told_at)
                       ELSE coalesce(alert.told_at, alert.last_triggered_at) END AS at) AS stamp
     WHERE response.active AND alert.was_told
       AND greatest(alert.told_at, alert.last_triggered_at) >= response.create_date
       AND (alert.is_quiet IS NOT TRUE OR is_acting AND response.event = 'resolved')
       AND CASE response.event WHEN 'raised' THEN alert.is_active AND (is_acting OR alert.status = 'active')
                               WHEN 'escalated' THEN alert.status = 'active' AND alert.escalation_level > 0
                               ELSE alert.phase = 'resolved' AND alert.resolved_at > %(since)s END
       AND NOT EXISTS (SELECT FROM iot_alert_response_run run
                        WHERE run.response_id = response.id AND run.alert_id = alert.id AND run.told_for = stamp.at)
     ORDER BY alert.id, response.sequence, response.id
     LIMIT %(most)s
"""
_RUN = """
    INSERT INTO iot_alert_response_run (response_id, alert_id, told_for)
    SELECT * FROM unnest(%(responses)s::int[], %(alerts)s::bigint[], %(told)s::timestamp[])
    ON CONFLICT (response_id, alert_id) DO UPDATE SET told_for = excluded.told_for
"""


@dataclass(frozen=True)
class ResponseKind:
    """Something that can be done about an alert.

    :ivar label: for people
    :ivar receiver: for what is a message: the method of the response that names its `Receiver`. Empty: it is done to
        each alert by ``_respond_<kind>``
    :ivar acts: it acts on the shop, and not only on what people know: it is done with each trigger of an alert, also
        with those of which nobody is told anew
    """

    label: str
    receiver: str = ""
    acts: bool = False


class IotAlertResponse(models.Model):
    """What is done, without anybody doing it, when a rule raises an alert.

    Another addon extends :meth:`_response_kinds`, and brings ``_respond_<kind>(alert, delivery)``, which does it and
    returns words of what it has done; it may raise ``UserError``. Whatever comes of it stands in `iot.alert.delivery`.
    """

    _name = "iot.alert.response"
    _description = "Response to Alerts"
    _inherit = ["fusion.kept.mixin"]
    _order = "rule_id, sequence, id"

    rule_id = fields.Many2one("iot.alert.rule", required=True, kept="once", ondelete="cascade", index=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(related="rule_id.company_id")
    event = fields.Selection(EVENTS, string="When", required=True, default="raised")
    kind = fields.Selection(
        lambda self: [(name, kind.label) for name, kind in self._response_kinds().items()],
        string="What",
        required=True,
        default="activity",
    )
    user_id = fields.Many2one(
        "res.users",
        string="For",
        domain="[('share', '=', False)]",
        help="Whose to-do it is. Left empty: who is responsible for the alert.",
    )
    instruction = fields.Char(help="What is to be done, in words.")
    email_to = fields.Char(string="E-mail address")
    webhook_id = fields.Many2one("iot.alert.webhook", ondelete="restrict", index="btree_not_null")
    switch_id = fields.Many2one("iot.device.switch", ondelete="restrict", index="btree_not_null")
    switch_to = fields.Selection([("off", "Off"), ("on", "On")], string="To", default="off")
    delivery_ids = fields.One2many("iot.alert.delivery", "response_id", readonly=True)

    @api.model
    def _response_kinds(self):
        """What can be done: `ResponseKind` by name. Extend."""
        return {
            "activity": ResponseKind(self.env._("Activity")),
            "email": ResponseKind(self.env._("E-mail"), "_email_receiver"),
            "webhook": ResponseKind(self.env._("Webhook"), "_webhook_receiver"),
            "command": ResponseKind(self.env._("Switch"), acts=True),
        }

    @api.depends("kind", "email_to", "webhook_id", "switch_id", "switch_to", "instruction")
    def _compute_display_name(self):
        kinds = {name: kind.label for name, kind in self._response_kinds().items()}
        for response in self:
            what = response._response_target()
            label = kinds.get(response.kind, "")
            response.display_name = f"{label}: {what}" if what else label

    def _response_target(self):
        """What it is done to or with, for people. Extend."""
        if self.kind == "command":
            on = dict(self._fields["switch_to"]._description_selection(self.env)).get(self.switch_to, "")
            return f"{self.switch_id.display_name or ''} {on}".strip()
        return {
            "activity": self.instruction,
            "email": self.email_to,
            "webhook": self.webhook_id.name,
        }.get(self.kind, "")

    @api.constrains("kind", "email_to", "webhook_id", "switch_id", "switch_to")
    def _check_complete(self):
        for response in self:
            if response.kind == "email" and not email_normalize(response.email_to or ""):
                raise ValidationError(self.env._("To which address is the e-mail to go?"))
            if response.kind == "webhook" and not response.webhook_id:
                raise ValidationError(self.env._("Which webhook is to be told?"))
            if response.kind == "command" and not (response.switch_id and response.switch_to):
                raise ValidationError(self.env._("What is to be switched?"))

    @api.model_create_multi
    def create(self, vals_list):
        responses = super().create(vals_list)
        responses._check_may_switch()
        responses._check_reach()
        return responses

    def write(self, vals):
        result = super().write(vals)
        if not vals.keys().isdisjoint(("switch_id", "switch_to", "kind", "event", "active")):
            self._check_may_switch()
        self._check_reach()
        return result

    def _check_reach(self):
        """Leave e-mails of rules of no company, which tell of alerts of all, to people of all companies."""
        tells_all = any(response.kind == "email" and not response.rule_id.company_id for response in self)
        if tells_all and not (self.env.su or self.env.user._is_of_all_companies()):
            raise AccessError(
                self.env._(
                    "A rule of no company has alerts of all companies, and you do not belong to all of them: you may "
                    "not have e-mails about them sent. Make a rule of your company."
                )
            )

    def _check_may_switch(self):
        """Whoever has something switched has to be allowed to switch it."""
        for device in self.switch_id.device_id if not self.env.su else ():
            if not device._may_operate():
                raise AccessError(self.env._("You may not operate %s.", device.display_name))

    # Putting them into the outbox

    @api.model
    def _plan(self, now):
        """Put into the outbox what alerts have called for.

        :param now: naive UTC
        """
        self.env.flush_all()
        kinds, items = self._response_kinds(), {}
        acting = [name for name, kind in kinds.items() if kind.acts]
        self.env.cr.execute(_DUE, {"most": MOST_AT_ONCE, "since": now - LATEST, "acting": acting})
        rows = self.env.cr.dictfetchall()
        if not rows:
            return
        for row in rows:
            response = self.browse(row["response_id"])
            kind = kinds.get(response.kind)
            if not kind or not response._is_for(row["company_id"]):
                continue  # its addon is gone, or it is another company's
            if kind.receiver:
                receiver = getattr(response, kind.receiver)()
            else:
                receiver = Receiver(f"r{response.id}:a{row['id']}", "response", response_id=response.id)
            stamp = f"{row['stamp']}:r{response.id}"
            item = Item(row["id"], response.event, row["severity"], row["company_id"], stamp)
            items.setdefault(receiver, []).append(item)
        self.env["iot.alert.planner"]._gather(items, now)
        self.env.cr.execute(
            _RUN,
            {
                "responses": [row["response_id"] for row in rows],
                "alerts": [row["id"] for row in rows],
                "told": [row["stamp"] for row in rows],
            },
        )

    def _is_for(self, company_id):
        """Whether it responds to alerts of a company: what belongs to one company does nothing for another."""
        owner = self.webhook_id.company_id or self.switch_id.device_id.company_id
        return not company_id or not owner or owner.id == company_id

    def _email_receiver(self):
        address = email_normalize(self.email_to)
        return Receiver(f"e:{address}", "email", email_to=address, response_id=self.id)

    def _webhook_receiver(self):
        return Receiver(f"w{self.webhook_id.id}", "webhook", webhook_id=self.webhook_id.id)

    # Doing it

    def _respond_activity(self, alert, delivery):
        """A to-do on the source, or on the alert where the source takes none."""
        source = self.env[alert.res_model].browse(alert.res_id).exists()
        target = source if source and hasattr(source, "activity_schedule") else alert
        user = self.user_id or alert.responsible_id or self.create_uid
        if alert.company_id and alert.company_id not in user.company_ids:
            raise UserError(
                self.env._(
                    "%(name)s does not work for %(company)s", name=user.name, company=alert.company_id.name
                )
            )
        if not hasattr(target, "activity_schedule"):
            target._message_log(body=self.instruction or alert.display_name, partner_ids=user.partner_id.ids)
            return self.env._("Noted on %s, which takes no activities", target.display_name)
        activity = target.activity_schedule(
            "mail.mail_activity_data_todo",
            user_id=user.id,
            summary=self.instruction or alert.display_name,
            note=alert.display_name,
        )
        delivery.write({"res_model": target._name, "res_id": target.id})
        return self.env._("For %(name)s: %(summary)s", name=user.name, summary=activity.summary)

    def _respond_command(self, alert, delivery):
        """Switch it, and wait for what the device says."""
        switch = self.switch_id
        data = {"relay": switch.relay or "", "on": self.switch_to == "on"}
        command = switch.device_id._command(SWITCH, data, ANSWERS_WITHIN_S, delivery.key)
        delivery.write({"command_id": command.id})
        return command.summary


class IotAlertResponseRun(models.Model):
    """Up to where a response has been put into the outbox for an alert."""

    _name = "iot.alert.response.run"
    _description = "Response to an Alert"
    _inherit = ["fusion.growing.mixin", "fusion.kept.mixin"]
    _order = "id"
    _log_access = False

    response_id = fields.Many2one("iot.alert.response", readonly=True, required=True, ondelete="cascade")
    alert_id = GrowingReference("iot.alert", readonly=True, required=True, ondelete="cascade", index=True)
    told_for = fields.Datetime(string="Told for", readonly=True, required=True)

    _one = models.UniqueIndex("(response_id, alert_id)")


class IotAlertDelivery(models.Model):
    """What is done about an alert, and what came of it."""

    _inherit = "iot.alert.delivery"  # pylint: disable=consider-merging-classes-inherited

    def _send_response(self, now):
        response, alert = self.response_id, self.line_ids[:1].alert_id
        if not hasattr(response, f"_respond_{response.kind}"):
            raise UserError(self.env._("The addon that can do it is not installed."))
        # The context may come from a person's request; what is done here is done in the name of the system.
        company = alert.company_id or self.env.company
        lang = company.partner_id.lang or "en_US"
        clean = {"lang": lang, "allowed_company_ids": company.ids}
        act = getattr(response.with_context(clean), f"_respond_{response.kind}")  # pylint: disable=context-overridden
        words = act(alert.with_context(clean), self)  # pylint: disable=context-overridden
        self.write({"summary": response.display_name, "error": words or False})
        if self.command_id and self.command_id.state in ("queued", "sent"):
            self.state = "queued"
        elif self.command_id:
            self._command_ended()
        else:
            self.write({"state": "sent", "ended_at": now})

    def _command_ended(self):
        """Note what the device has said."""
        for delivery in self:
            command, now = delivery.command_id, fields.Datetime.now()
            if command.state == "done":
                delivery.write({"state": "sent", "ended_at": now, "error": command.answer or command.summary})
            else:
                delivery._end(Outcome("error", command.answer or command.state, is_final=True), now)


class IotCommand(models.Model):
    """A response learns what became of its command."""

    _inherit = "iot.command"  # pylint: disable=consider-merging-classes-inherited

    def _on_ended(self):
        super()._on_ended()
        deliveries = self.env["iot.alert.delivery"].sudo()
        deliveries.search([("command_id", "in", self.ids), ("state", "=", "queued")])._command_ended()
