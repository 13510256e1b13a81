from datetime import timezone

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.safe_eval import safe_eval

from fusion_iot_core.alert import Settings
from fusion_iot_core.notify.hours import Hours, zone_of

from ..alert.types import SEVERITIES, WEEKDAYS

SCHEDULES = [
    ("always", "Always"),
    ("within", "Within these hours"),
    ("outside", "Outside of these hours"),
]


class IotAlertRule(models.Model):
    """When there is an alert, and how it moves. One rule is about one type of alert, and a class of its sources.

    An addon adds a type by extending :meth:`_types`, and brings ``_find_<name>(now, active)`` with what is the matter
    now, ``_say_<name>(details)`` with its words, and ``_history_<name>(sources, since, now)`` where the past is
    recorded.
    """

    _name = "iot.alert.rule"
    _description = "Alert Rule"
    _inherit = ["mail.thread", "fusion.kept.mixin"]
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, tracking=True)
    enabled = fields.Boolean(string="On", tracking=True, help="Its sources are watched.")
    alert_type = fields.Selection(
        lambda self: self._selection_alert_type(), string="Type", required=True, tracking=True
    )
    type_help = fields.Char(string="About this type", compute="_compute_type")
    source_model = fields.Char(string="Model of the sources", compute="_compute_type")
    uses_limits = fields.Boolean(string="Uses limits", compute="_compute_type")
    uses_deadband = fields.Boolean(string="Uses a deadband", compute="_compute_type")
    uses_after = fields.Boolean(string="Uses a time", compute="_compute_type")
    uses_rate = fields.Boolean(string="Uses a rate", compute="_compute_type")
    severity = fields.Selection(SEVERITIES, required=True, default="warning", tracking=True)
    on_delay = fields.Integer(
        string="On-delay (s)",
        tracking=True,
        help="The condition has to hold for so long before there is an alert.",
    )
    off_delay = fields.Integer(
        string="Off-delay (s)",
        tracking=True,
        help="The condition has to be gone for so long before the alert is over. Keeps what flickers from being many.",
    )
    latch = fields.Boolean(
        string="Stays until acknowledged",
        tracking=True,
        help="An alert that is over stays open until somebody has acknowledged it.",
    )
    reopen_within = fields.Integer(
        string="Same alert within (s)",
        default=600,
        tracking=True,
        help="A condition that comes back so soon opens the same alert again and is counted. Nobody is told anew until "
        "it has lasted for as long.",
    )
    escalate_after = fields.Integer(
        string="Escalate after (s)",
        tracking=True,
        help="An alert that nobody has acknowledged for so long is a matter for the next level, and again after as "
        "long. 0: never.",
    )
    has_limit_min = fields.Boolean(string="Has a minimum", tracking=True)
    has_limit_max = fields.Boolean(string="Has a maximum", tracking=True)
    limit_min = fields.Float(string="Minimum", digits=(16, 3), tracking=True)
    limit_max = fields.Float(string="Maximum", digits=(16, 3), tracking=True)
    deadband = fields.Float(
        digits=(16, 3),
        tracking=True,
        help="How far inside the limits a value must be again before the condition counts as gone.",
    )
    after = fields.Integer(
        string="After (s)", tracking=True, help="How long it may be so, or be looked back."
    )
    rate = fields.Float(
        string="Most per minute", digits=(16, 3), tracking=True, help="How fast the value may change."
    )
    source_domain = fields.Char(
        string="Only for", tracking=True, help="The sources that the rule is about. Empty: all."
    )
    exception_ids = fields.One2many("iot.alert.rule.exception", "rule_id", string="Exceptions")
    schedule = fields.Selection(SCHEDULES, required=True, default="always", tracking=True)
    hours_from = fields.Float(string="From", default=6.0, tracking=True)
    hours_to = fields.Float(
        string="Until", default=22.0, tracking=True, help="Not later than the beginning: on the next day."
    )
    monday = fields.Boolean(default=True)
    tuesday = fields.Boolean(default=True)
    wednesday = fields.Boolean(default=True)
    thursday = fields.Boolean(default=True)
    friday = fields.Boolean(default=True)
    saturday = fields.Boolean()
    sunday = fields.Boolean()
    company_id = fields.Many2one(
        "res.company", index=True, tracking=True, help="Left empty, it is about the sources of all companies."
    )
    first_evaluated_at = fields.Datetime(
        string="Watched since",
        readonly=True,
        copy=False,
        help="What was the matter before is told as old news, all at once.",
    )
    fault = fields.Char(readonly=True, copy=False, help="Why its condition could not be looked at.")
    open_count = fields.Integer(string="Open alerts", compute="_compute_open_count")
    fired_count = fields.Integer(string="Alerts in 30 days", compute="_compute_open_count")
    note = fields.Text(help="What to do about such an alert. It is shown with each.")

    _delays_not_negative = models.Constraint(
        "CHECK (on_delay >= 0 AND off_delay >= 0 AND reopen_within >= 0 AND escalate_after >= 0 AND after >= 0"
        " AND deadband >= 0 AND rate >= 0)",
        "Times, the deadband and the rate cannot be negative.",
    )
    _hours_of_a_day = models.Constraint(
        "CHECK (hours_from >= 0 AND hours_from < 24 AND hours_to >= 0 AND hours_to <= 24)",
        "Hours are between 0:00 and 24:00.",
    )
    _limits_in_order = models.Constraint(
        "CHECK (NOT (has_limit_min AND has_limit_max) OR limit_min <= limit_max)",
        "The minimum must not exceed the maximum.",
    )

    def _keeper(self, field):
        return self.env._("the evaluation of the rule")

    @api.model
    def _types(self):
        """The types of alerts. Extend, and add to what ``super()`` gives.

        :return: dict of :class:`..alert.types.AlertType` by name
        """
        return {}

    @api.model
    def _selection_alert_type(self):
        return [(name, kind.label) for name, kind in self._types().items()]

    @api.depends("alert_type")
    def _compute_type(self):
        types = self._types()
        for rule in self:
            kind = types.get(rule.alert_type)
            uses = kind.uses if kind else ()
            rule.type_help = kind and kind.help
            rule.source_model = kind and kind.source
            rule.uses_limits, rule.uses_deadband = "limits" in uses, "deadband" in uses
            rule.uses_after, rule.uses_rate = "after" in uses, "rate" in uses

    def _compute_open_count(self):
        counts = self.env["iot.alert"]._read_group(
            [("rule_id", "in", self.ids), ("status", "in", ("active", "acknowledged"))],
            ["rule_id"],
            ["__count"],
        )
        since = fields.Datetime.subtract(fields.Datetime.now(), days=30)
        fired = self.env["iot.alert"]._read_group(
            [("rule_id", "in", self.ids), ("raised_at", ">=", since)], ["rule_id"], ["trigger_count:sum"]
        )
        by_rule, fired = dict(counts), dict(fired)
        for rule in self:
            rule.open_count, rule.fired_count = by_rule.get(rule, 0), fired.get(rule, 0)

    @api.constrains("source_domain", "alert_type")
    def _check_source_domain(self):
        for rule in self:
            try:
                rule._sources().check_access("read")
                rule._within()
            except Exception as error:
                raise ValidationError(
                    self.env._(
                        "%(rule)s is for sources that cannot be found: %(error)s", rule=rule.name, error=error
                    )
                ) from error

    @api.model
    def _say(self, alert_type, details):
        """What is the matter, in words of the reader's language."""
        say = getattr(self, f"_say_{alert_type}", None)
        return say(details) if say else dict(self._selection_alert_type()).get(alert_type, alert_type)

    # For the evaluation

    def _settings(self):
        """How its alerts move, for the core."""
        return Settings(
            on_delay_s=self.on_delay,
            off_delay_s=self.off_delay,
            latch=self.latch,
            reopen_within_s=self.reopen_within,
            escalate_after_s=self.escalate_after,
        )

    def _sources(self):
        return self.env[self._types()[self.alert_type].source]

    def _within(self):
        """Ids of the sources that the rule is about; ``None``: all of them."""
        domain = self.source_domain and safe_eval(self.source_domain, {"uid": self.env.uid})
        if not domain:
            return None
        return set(self._sources().with_context(active_test=False).search(domain).ids)

    def _findings(self, now, active):
        """What is the matter now, by the rule.

        :param now: naive UTC
        :param active: ``(model, id)`` of the sources that the rule has an active alert of: they have to be inside the
            limits by the deadband
        :return: list of :class:`..alert.types.Finding`
        """
        found = getattr(self, f"_find_{self.alert_type}")(now, active)
        within, in_time = self._within() if found else None, {}
        kept = []
        for finding in found:
            company = finding.company_id
            if (self.company_id and company != self.company_id.id) or (
                within is not None and finding.res_id not in within
            ):
                continue
            if company not in in_time:
                in_time[company] = self._in_schedule(now, company)
            if in_time[company]:
                kept.append(finding)
        return kept

    def _in_schedule(self, now, company_id):
        """Whether the rule watches now, by the clock of a company."""
        if self.schedule == "always":
            return True
        inside = self._hours().include(now.replace(tzinfo=timezone.utc), self._zone_of(company_id))
        return inside == (self.schedule == "within")

    def _zone_of(self, company_id):
        """The time zone by which it watches the sources of a company."""
        company = self.env["res.company"].browse(company_id or self.company_id.id or self.env.company.id)
        return zone_of(company.partner_id.tz)

    def _hours(self):
        """The hours within or outside of which it watches, where it has any."""
        days = [number for number, name in enumerate(WEEKDAYS) if self[name]]
        return Hours.of(days, self.hours_from, self.hours_to)

    def _exceptions(self):
        """The exceptions of the rule by ``(model, id)`` of the source."""
        return {(each.res_model, each.res_id): each for each in self.exception_ids}

    def _limits_of(self, exceptions, key):
        """Minimum and maximum for a source; ``None`` where there is none.

        :param exceptions: what :meth:`_exceptions` gives
        """
        from_ = exceptions.get(key)
        if not from_ or not from_.other_limits:
            from_ = self
        return (
            from_.limit_min if from_.has_limit_min else None,
            from_.limit_max if from_.has_limit_max else None,
        )

    # For people

    def action_enable(self):
        """Ask whether the rule is to watch its sources, and say how often it would have fired."""
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Switch the rule on"),
            "res_model": "iot.alert.rule.enable",
            "view_mode": "form",
            "target": "new",
            "context": {"default_rule_id": self.id},
        }

    def action_disable(self):
        """Watch the sources no more: alerts that are open end."""
        self.enabled = False
        return True

    def action_open_alerts(self):
        """Open the alerts of the rule."""
        action = self.env["ir.actions.act_window"]._for_xml_id("fusion_iot.iot_alert_action")
        return {**action, "domain": [("rule_id", "in", self.ids)], "context": {}}

    def write(self, vals):
        result = super().write(vals)
        self.env["iot.runtime.worker"]._wake()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_alerts(self):
        """The history of a rule that somebody deletes goes with it."""
        self.env["iot.alert"].sudo().search([("rule_id", "in", self.ids)]).unlink()


class IotAlertRuleException(models.Model):
    """A source for which a rule is another one."""

    _name = "iot.alert.rule.exception"
    _description = "Exception From an Alert Rule"
    _inherit = ["fusion.kept.mixin"]
    _order = "rule_id, id"

    rule_id = fields.Many2one("iot.alert.rule", required=True, index=True, ondelete="cascade")
    res_model = fields.Char(related="rule_id.source_model", string="Source model")
    res_id = fields.Many2oneReference(string="Source", model_field="res_model", required=True)
    source_name = fields.Char(string="Source name", compute="_compute_source_name")
    out_of_service = fields.Boolean(
        string="Out of service", help="Nobody is told of it. Its alerts are still in the history."
    )
    severity = fields.Selection(SEVERITIES, help="Empty: that of the rule.")
    other_limits = fields.Boolean(string="Other limits")
    has_limit_min = fields.Boolean(string="Has a minimum")
    has_limit_max = fields.Boolean(string="Has a maximum")
    limit_min = fields.Float(string="Minimum", digits=(16, 3))
    limit_max = fields.Float(string="Maximum", digits=(16, 3))
    reason = fields.Char(required=True)
    company_id = fields.Many2one(related="rule_id.company_id")

    _source_unique = models.Constraint(
        "UNIQUE (rule_id, res_id)", "There is an exception for this source already."
    )

    @api.depends("res_model", "res_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_source_name(self):
        for each in self:
            record = each._source()
            # Whoever reads the rule need not have to do with all that it is about.
            each.source_name = record.display_name if record and record.has_access("read") else ""

    def _source(self):
        """The record that it is about; empty where there is none any more."""
        model = self.res_model
        return self.env[model].browse(self.res_id).exists() if model in self.env else self.browse()

    @api.model_create_multi
    def create(self, vals_list):
        exceptions = super().create(vals_list)
        exceptions._check_source()
        return exceptions

    def write(self, vals):
        self._check_source()
        result = super().write(vals)
        if not vals.keys().isdisjoint(("rule_id", "res_id")):
            self._check_source()
        return result

    def _check_source(self):
        """Whoever makes an exception for a source, or changes one, has to see it. (Constraints are checked by Odoo in
        superuser mode.)
        """
        for each in self:
            if source := each._source():
                source.check_access("read")

    @api.constrains("rule_id", "res_id")
    def _check_source_exists(self):
        for each in self:
            if not each._source():
                raise ValidationError(self.env._("Which source is the exception for?"))
