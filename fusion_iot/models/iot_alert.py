from odoo import api, fields, models
from odoo.addons.fusion_base.growing import GrowingReference

from ..alert.types import SEVERITIES

STATUSES = [
    ("pending", "Pending"),
    ("active", "Active"),
    ("acknowledged", "Acknowledged"),
    ("resolved", "Resolved"),
]
OPEN = ("active", "acknowledged")
PHASES = [
    ("pending", "Pending"),
    ("active", "Active"),
    ("leaving", "Leaving"),
    ("latched", "Latched"),
    ("resolved", "Resolved"),
]
GROUP = "fusion_iot.group_iot_user"


class IotAlert(models.Model):
    """Something is the matter with a source: a sensor, a device, a connection. At most one is open for each rule and
    source.

    The rows are written by the engine, in sets by SQL; ``phase`` and what belongs to it is the state of
    `fusion_iot_core.alert`, ``revision`` grows with every change of it.
    """

    _name = "iot.alert"
    _description = "Alert"
    _inherit = ["mail.thread", "fusion.kept.mixin", "fusion.growing.mixin"]
    _order = "urgency desc, raised_at desc, id desc"
    _rec_name = "source_name"
    _mail_post_access = "read"

    rule_id = fields.Many2one("iot.alert.rule", readonly=True, required=True, index=True, ondelete="cascade")
    alert_type = fields.Selection(
        lambda self: self.env["iot.alert.rule"]._selection_alert_type(),
        string="Type",
        readonly=True,
        required=True,
    )
    severity = fields.Selection(SEVERITIES, readonly=True, required=True)
    status = fields.Selection(
        STATUSES,
        readonly=True,
        required=True,
        group_expand=lambda self, values, domain: [*OPEN, *(value for value in values if value not in OPEN)],
        help="Active: nobody has acknowledged it. Acknowledged: somebody has. Resolved: it is over.",
    )
    phase = fields.Selection(PHASES, readonly=True, required=True)
    urgency = fields.Integer(readonly=True, aggregator=None, help="What comes first in lists.")
    is_active = fields.Boolean(string="Condition holds", readonly=True)
    is_acked = fields.Boolean(string="Acknowledged", readonly=True)
    is_latched = fields.Boolean(
        string="Latched", readonly=True, help="It is over, and stays until somebody acknowledges it."
    )
    is_quiet = fields.Boolean(
        string="Held back",
        readonly=True,
        help="Nobody is told: it is shelved, out of service, or follows from another alert.",
    )
    is_held = fields.Boolean(string="Telling held back", readonly=True, help="Telling people was held back.")
    was_told = fields.Boolean(
        string="Was told", readonly=True, help="People have been told of it at some time."
    )
    res_model = fields.Char(string="Source model", readonly=True, required=True)
    res_id = fields.Many2oneReference(string="Source", model_field="res_model", readonly=True, required=True)
    source_name = fields.Char(string="Source name", readonly=True, required=True)
    source_model_name = fields.Char(string="Kind of source", compute="_compute_source_model_name")
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    condition_since = fields.Datetime(
        string="Condition since", readonly=True, help="Since when the condition holds, or held."
    )
    raised_at = fields.Datetime(string="Raised", readonly=True)
    last_triggered_at = fields.Datetime(string="Last triggered", readonly=True)
    gone_at = fields.Datetime(
        string="Gone since", readonly=True, help="When the condition went, while the off-delay runs."
    )
    cleared_at = fields.Datetime(string="Cleared", readonly=True, help="When the condition went.")
    resolved_at = fields.Datetime(string="Resolved", readonly=True)
    told_at = fields.Datetime(string="Told", readonly=True, help="When people were told that it is active.")
    acked_at = fields.Datetime(string="Acknowledged at", readonly=True)
    acked_by_id = fields.Many2one("res.users", string="Acknowledged by", readonly=True)
    duration = fields.Float(
        string="Duration (s)",
        readonly=True,
        digits=(16, 0),
        aggregator="sum",
        help="For how long it was active, in all of its triggers together.",
    )
    duration_text = fields.Char(string="Duration", compute="_compute_duration_text")
    trigger_count = fields.Integer(
        string="Triggers",
        readonly=True,
        help="How often the condition came back while it was the same alert.",
    )
    value = fields.Float(readonly=True, digits=(16, 3), aggregator=None)
    has_value = fields.Boolean(string="Has a value", readonly=True)
    details = fields.Json(readonly=True)
    text = fields.Char(string="What", compute="_compute_text")
    shelved_until = fields.Datetime(string="Shelved until", readonly=True)
    shelve_reason = fields.Char(string="Shelved because", readonly=True)
    shelved_by_id = fields.Many2one("res.users", string="Shelved by", readonly=True)
    out_of_service = fields.Boolean(string="Out of service", readonly=True)
    is_suppressed = fields.Boolean(
        string="Follows from another", readonly=True, help="Something is the matter with what it depends on."
    )
    suppressed_by_id = GrowingReference(
        "iot.alert", string="Follows from", readonly=True, index="btree_not_null", ondelete="set null"
    )
    escalation_level = fields.Integer(string="Escalation", readonly=True, aggregator="max")
    revision = fields.Integer(readonly=True, required=True, default=0)
    responsible_id = fields.Many2one(
        "res.users", index="btree_not_null", domain="[('share', '=', False)]", help="Who sees to it."
    )
    note = fields.Text(help="What was found, and what was done.")
    cause_id = fields.Many2one("iot.alert.cause", index="btree_not_null", ondelete="restrict")
    rule_note = fields.Text(related="rule_id.note", string="What to do")
    remedy_id = fields.Many2one("iot.alert.remedy", index="btree_not_null", ondelete="restrict")

    _one_open = models.UniqueIndex(
        "(rule_id, res_model, res_id) WHERE phase != 'resolved'", "There is an alert of this already."
    )
    _by_urgency = models.Index("(urgency DESC, raised_at DESC, id DESC)")
    _by_source = models.Index("(res_model, res_id, raised_at)")
    _open = models.Index("(status) WHERE status IN ('active', 'acknowledged')")
    _resolved = models.Index("(rule_id, res_model, res_id, resolved_at) WHERE phase = 'resolved'")
    _over = models.Index("(resolved_at) WHERE phase = 'resolved'")

    def _keeper(self, field):
        return self.env._("the evaluation of its rule")

    @api.depends("alert_type", "details", "value")
    @api.depends_context("lang", "tz")
    def _compute_text(self):
        rules = self.env["iot.alert.rule"]
        for alert in self:
            alert.text = rules._say(alert.alert_type, alert.details or {})

    @api.depends("source_name", "text")
    @api.depends_context("lang", "tz")
    def _compute_display_name(self):
        for alert in self:
            alert.display_name = f"{alert.source_name}: {alert.text}" if alert.text else alert.source_name

    @api.depends("res_model")
    def _compute_source_model_name(self):
        for alert in self:
            model = alert.res_model and self.env["ir.model"]._get(alert.res_model)
            alert.source_model_name = model.name if model else ""

    @api.depends("duration", "last_triggered_at", "is_active")
    def _compute_duration_text(self):
        now = fields.Datetime.now()
        for alert in self:
            lasted = alert.duration
            if alert.is_active and alert.last_triggered_at:
                lasted += (now - alert.last_triggered_at).total_seconds()
            alert.duration_text = self._lasting(lasted) if alert.raised_at else ""

    @api.model
    def _lasting(self, seconds):
        """A length of time in words, as short as it may be."""
        minutes = int(seconds // 60)
        if minutes < 1:
            return self.env._("%s s", int(seconds))
        if minutes < 120:
            return self.env._("%s min", minutes)
        if minutes < 48 * 60:
            return self.env._("%s h", minutes // 60)
        return self.env._("%s days", minutes // (24 * 60))
