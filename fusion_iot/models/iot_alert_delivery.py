import uuid
from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.fusion_base.growing import GrowingReference
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..alert.types import SEVERITIES

MANAGER = "fusion_iot.group_iot_manager"
CHANNELS = [
    ("app", "On screen"),
    ("email", "E-mail"),
    ("push", "Web push"),
    ("webhook", "Webhook"),
    ("response", "Response"),
]
STATES = [
    ("waiting", "Waiting"),
    ("sending", "Being sent"),
    ("queued", "Handed over"),
    ("retrying", "Trying again"),
    ("sent", "Sent"),
    ("failed", "Failed"),
    ("skipped", "Not needed"),
]
EVENTS = [
    ("raised", "Raised"),
    ("again", "Told again"),
    ("escalated", "Escalated"),
    ("resolved", "Over"),
]
KEPT = timedelta(days=90)
FAILED_SHOWN = timedelta(days=7)
QUEUED_AT_MOST = timedelta(minutes=15)
"""An e-mail that is in Odoo's queue for longer is one that nobody sends."""
_GC_SLICE = 5_000

_FORGET = """
    DELETE FROM iot_alert_delivery
     WHERE id IN (SELECT id FROM iot_alert_delivery
                   WHERE create_date < %(before)s AND state IN ('sent', 'failed', 'skipped')
                   ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED)
"""


class IotAlertDelivery(models.Model):
    """One message to one receiver by one channel: the outbox of alerts, and the record of what was sent.

    While it is *waiting*, further alerts join it. What is sent outside the database is marked as *being sent* before,
    and keeps its key with every further attempt.
    """

    _name = "iot.alert.delivery"
    _description = "Alert Delivery"
    _inherit = ["fusion.growing.mixin", "fusion.kept.mixin"]
    _order = "id desc"
    _rec_name = "summary"

    key = fields.Char(
        string="Idempotency key",
        readonly=True,
        required=True,
        copy=False,
        default=lambda self: self._new_key(),
        help="The same for each attempt, so that a receiver takes it once.",
    )
    receiver = fields.Char(readonly=True, required=True)
    receiver_name = fields.Char(string="To", compute="_compute_receiver_name")
    channel = fields.Selection(CHANNELS, string="By", readonly=True, required=True)
    lane = fields.Char(readonly=True, required=True, default="now")
    user_id = fields.Many2one("res.users", string="Person", readonly=True, ondelete="cascade", index=True)
    webhook_id = fields.Many2one(
        "iot.alert.webhook", readonly=True, ondelete="cascade", index="btree_not_null"
    )
    email_to = fields.Char(string="Address", readonly=True)
    response_id = fields.Many2one(
        "iot.alert.response", readonly=True, ondelete="cascade", index="btree_not_null"
    )
    company_id = fields.Many2one("res.company", readonly=True, index="btree_not_null")
    state = fields.Selection(
        STATES,
        readonly=True,
        required=True,
        default="waiting",
        help="Waiting: for what belongs into the same message, or for the end of quiet hours. Handed over: an e-mail "
        "that is in Odoo's queue, or a command that the device has not answered. Not needed: before it was sent, "
        "somebody had acknowledged all of it, or it was over.",
    )
    severity = fields.Selection(SEVERITIES, string="Worst", readonly=True, required=True, default="warning")
    due_at = fields.Datetime(string="Due", readonly=True, required=True, default=fields.Datetime.now)
    claimed_at = fields.Datetime(string="Last attempt", readonly=True)
    ended_at = fields.Datetime(string="Ended", readonly=True)
    attempts = fields.Integer(readonly=True, aggregator=None)
    error = fields.Char(
        string="What came of it",
        readonly=True,
        help="Why it could not be delivered, or what a response has done.",
    )
    is_noted = fields.Boolean(string="Noted", readonly=True, help="Somebody has seen that it failed.")
    summary = fields.Char(string="Message", readonly=True, default="")
    content = fields.Json(readonly=True, groups="base.group_system")
    mail_id = fields.Many2one(
        "mail.mail", readonly=True, ondelete="set null", index="btree_not_null", groups="base.group_system"
    )
    command_id = GrowingReference(
        "iot.command", string="Command", readonly=True, ondelete="set null", index="btree_not_null"
    )
    res_model = fields.Char(string="Model", readonly=True)
    res_id = fields.Many2oneReference(string="Record", model_field="res_model", readonly=True)
    line_ids = fields.One2many("iot.alert.delivery.line", "delivery_id", string="Alerts", readonly=True)
    alert_count = fields.Integer(string="Alerts told", compute="_compute_alert_count")

    _key_unique = models.UniqueIndex("(key)")
    _one_waiting = models.UniqueIndex(
        "(receiver, channel, lane, (coalesce(company_id, 0))) WHERE state = 'waiting'",
        "There is a message to this receiver already, which this belongs to.",
    )
    _due = models.Index("(due_at) WHERE state IN ('waiting', 'retrying')")
    _under_way = models.Index("(claimed_at) WHERE state IN ('sending', 'queued')")
    _failed = models.Index("(ended_at) WHERE state = 'failed' AND is_noted IS NOT TRUE")
    _by_receiver = models.Index("(receiver, channel, claimed_at)")
    _by_time = models.Index("(create_date) WHERE state IN ('sent', 'failed', 'skipped')")

    @api.model
    def _new_key(self):
        return f"msg_{uuid.uuid4().hex}"

    def _keeper(self, field):
        return self.env._("what sends messages")

    @api.depends("user_id", "webhook_id", "email_to", "response_id")
    def _compute_receiver_name(self):
        for delivery in self.sudo():
            named = delivery.user_id.name or delivery.webhook_id.name or delivery.email_to
            delivery.receiver_name = named or delivery.response_id.display_name or delivery.receiver

    @api.depends("line_ids")
    def _compute_alert_count(self):
        counts = dict(
            self.env["iot.alert.delivery.line"]
            .sudo()
            ._read_group([("delivery_id", "in", self.ids)], ["delivery_id"], ["__count"])
        )
        for delivery in self:
            delivery.alert_count = counts.get(delivery._origin, 0)

    # For people

    def action_retry(self):
        """Try once more to deliver what failed."""
        self._check_manager()
        failed = self.sudo().filtered(lambda delivery: delivery.state == "failed")
        if not failed:
            raise UserError(self.env._("Only what failed is tried again."))
        if failed.filtered(lambda delivery: delivery.channel == "response"):
            raise UserError(self.env._("A response is not repeated. Do by hand what it should have done."))
        failed.write(
            {
                "state": "retrying",
                "attempts": 0,
                "due_at": fields.Datetime.now(),
                "ended_at": False,
                "error": False,
            }
        )
        return True

    def action_note(self):
        """That these failed is known, and no more to be shown."""
        self._check_manager()
        self.sudo().write({"is_noted": True})
        self.env["iot.runtime.worker"]._nudge_health()
        return True

    def action_open_record(self):
        """What a response has made."""
        self.ensure_one()
        if not self.res_model or not self.res_id:
            raise UserError(self.env._("There is no record of it."))
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }

    def _check_manager(self):
        self.check_access("read")
        if not (self.env.su or self.env.user.has_group(MANAGER)):
            raise UserError(self.env._("A manager of the devices can do that."))

    @api.model
    def _failed_domain(self):
        """Those that could not be delivered, of which nobody has said that it is known."""
        now = fields.Datetime.now()
        failed = Domain("state", "=", "failed") & Domain("ended_at", ">=", now - FAILED_SHOWN)
        stuck = Domain("state", "=", "queued") & Domain("claimed_at", "<", now - QUEUED_AT_MOST)
        return (failed | stuck) & Domain("is_noted", "=", False)

    @api.autovacuum
    def _gc_old(self):
        self.flush_model()
        values = {"before": fields.Datetime.now() - KEPT, "most": _GC_SLICE}
        self.env.cr.execute(_FORGET, values)
        done = self.env.cr.rowcount
        return done, done if done == _GC_SLICE else 0

    # In words

    @api.model
    def _in_words(self, reason, detail):
        """Why something could not be delivered, for people.

        :param reason: as in `Outcome`
        :param detail: what the other side says of it
        """
        words = self._reasons().get(reason) or self.env._("It could not be delivered")
        return f"{words}: {detail}" if detail else f"{words}."

    @api.model
    def _reasons(self):
        return {
            "url_scheme": self.env._("An address begins with https://"),
            "url_http": self.env._(
                "The address is not encrypted (http). Tick “Without encryption” if that is meant"
            ),
            "url_host": self.env._("There is no valid host in the address"),
            "url_login": self.env._("An address with a login in it: use the token"),
            "url_fragment": self.env._("An address with a # in it"),
            "url_address": self.env._(
                "Nobody is told there: link-local, multicast and reserved addresses are refused"
            ),
            "timeout": self.env._("No answer in time"),
            "unreachable": self.env._("It cannot be reached"),
            "redirect": self.env._("It answers with a redirect. Enter the address that it leads to"),
            "refused": self.env._("It refuses the message"),
            "answer": self.env._("It cannot take the message now"),
            "push": self.env._("The push service did not take it"),
            "no_browser": self.env._("No browser of this person has Odoo's notifications turned on"),
            "no_email": self.env._("This person has no e-mail address"),
            "may_not": self.env._("This person may not see the alerts"),
            "mail": self.env._("The e-mail could not be sent"),
            "mail_unknown": self.env._(
                "Whether the e-mail was sent is unknown: the server stopped while it sent it"
            ),
            "mail_stuck": self.env._("The e-mail waits in Odoo's queue, and nothing sends it"),
            "mail_gone": self.env._("The e-mail was deleted or cancelled in the mail queue"),
            "secret": self.env._("What it is reached with cannot be read"),
            "busy": self.env._("The database was busy with something else"),
            "error": self.env._("Something is wrong with it"),
        }

    @api.model
    def _tried(self, results):
        """Say how tests went.

        :param results: names, and `Outcome` or words of what went wrong
        """
        lines, failed = [], False
        for name, outcome in results:
            reason = outcome if isinstance(outcome, str) else outcome.reason
            failed = failed or bool(reason)
            words = self.env._("sent")
            if reason:
                words = outcome if isinstance(outcome, str) else self._in_words(reason, outcome.detail)
            lines.append(f"{name}: {words}")
        if not lines:
            lines = [self.env._("There is nothing to test: all channels are turned off.")]
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Test of notifications"),
                "message": "\n".join(lines),
                "className": "o_fusion_alert_told",
                "type": "danger" if failed else "success",
                "sticky": failed,
            },
        }


class IotAlertDeliveryLine(models.Model):
    """An alert that a message tells of."""

    _name = "iot.alert.delivery.line"
    _description = "Alert in a Message"
    _inherit = ["fusion.growing.mixin", "fusion.kept.mixin"]
    _order = "id"
    _log_access = False

    delivery_id = GrowingReference(
        "iot.alert.delivery", readonly=True, required=True, ondelete="cascade", index=True
    )
    alert_id = GrowingReference("iot.alert", readonly=True, required=True, ondelete="cascade", index=True)
    policy_id = fields.Many2one(
        "iot.alert.policy", readonly=True, ondelete="set null", index="btree_not_null"
    )
    event = fields.Selection(EVENTS, readonly=True, required=True)
    key = fields.Char(readonly=True, required=True, help="Nobody is told the same thing twice the same way.")
    receiver_name = fields.Char(related="delivery_id.receiver_name")
    channel = fields.Selection(related="delivery_id.channel")
    state = fields.Selection(related="delivery_id.state")
    error = fields.Char(related="delivery_id.error")
    due_at = fields.Datetime(related="delivery_id.due_at")
    claimed_at = fields.Datetime(related="delivery_id.claimed_at")

    _key_unique = models.UniqueIndex("(key)")


class IotAlertTelling(models.Model):
    """Up to where a policy has told of an alert: what remains is decided by comparing the two."""

    _name = "iot.alert.telling"
    _description = "What Was Told of an Alert"
    _inherit = ["fusion.growing.mixin", "fusion.kept.mixin"]
    _order = "id"
    _log_access = False

    alert_id = GrowingReference("iot.alert", readonly=True, required=True, ondelete="cascade")
    policy_id = fields.Many2one(
        "iot.alert.policy", readonly=True, required=True, ondelete="cascade", index=True
    )
    told_for = fields.Datetime(
        string="Told for", readonly=True, required=True, help="`told_at` of the alert that it was told for."
    )
    since = fields.Datetime(
        string="Told since",
        readonly=True,
        help="When it was told, or was told anew after people heard it was over.",
    )
    reach = fields.Char(readonly=True, help="What decides on who is told; empty where not all of them were.")
    last_at = fields.Datetime(string="Last told", readonly=True, required=True)
    times = fields.Integer(readonly=True, required=True, default=0)
    level = fields.Integer(readonly=True, required=True, default=0)
    is_done = fields.Boolean(
        string="Done", readonly=True, help="It was over, and that was told where it is told."
    )

    _one = models.UniqueIndex("(alert_id, policy_id)")
    _open_ones = models.Index("(alert_id) WHERE is_done IS NOT TRUE")


class IotRuntimeWorker(models.Model):
    """What alerts could not tell is a trouble like any other, and shown where those are."""

    _inherit = "iot.runtime.worker"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _health(self):
        health = super()._health()
        if not self.env.user.has_group(MANAGER):
            return health
        deliveries = self.env["iot.alert.delivery"]
        return {**health, "undelivered": deliveries.search_count(deliveries._failed_domain())}
