from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..alert.types import RANKS

FROM = [
    ("info", "Everything"),
    ("warning", "Warnings and critical ones"),
    ("critical", "Critical ones"),
]
CHANNELS = ("app", "email", "push", "webhook")


class IotAlertAudienceMixin(models.AbstractModel):
    """People who are told: by name, by group, by shift."""

    _name = "iot.alert.audience.mixin"
    _description = "Who Is Told"

    user_ids = fields.Many2many("res.users", string="People", domain="[('share', '=', False)]")
    group_ids = fields.Many2many("res.groups", string="Groups", help="Everybody who is in one of them.")
    shift_ids = fields.Many2many("iot.alert.shift", string="Shifts", help="Who works when it happens.")

    def _people(self, now):
        """The users, whatever company they belong to.

        :param now: naive UTC
        """
        on = self.shift_ids.filtered(lambda shift: shift._works(now))
        return self.user_ids | self.group_ids.all_user_ids | on.user_ids


class IotAlertPolicy(models.Model):
    """Who is told of which alerts, and by what.

    What each person would rather have (`res.users`) goes before what is said here.
    """

    _name = "iot.alert.policy"
    _description = "Notification Policy"
    _inherit = ["iot.alert.audience.mixin", "fusion.kept.mixin"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index=True, help="Left empty: alerts of all companies, each to people of that company."
    )
    tell_responsible = fields.Boolean(
        string="Who is responsible", default=True, help="Of the alert, as its source or its rule names them."
    )
    rule_ids = fields.Many2many(
        "iot.alert.rule", string="Only of these rules", help="Left empty: of all rules."
    )
    app_from = fields.Selection(FROM, string="On screen", default="warning", help="Left empty: of none.")
    email_from = fields.Selection(FROM, string="By e-mail", default="critical", help="Left empty: of none.")
    push_from = fields.Selection(
        FROM,
        string="By web push",
        default="critical",
        help="To the browsers and phones in which a person has turned Odoo's notifications on. Left empty: of none.",
    )
    webhook_from = fields.Selection(
        FROM, string="To webhooks", default="warning", help="Left empty: of none."
    )
    webhook_ids = fields.Many2many("iot.alert.webhook", string="Webhooks")
    again_after = fields.Integer(
        string="Tell again after (min)",
        help="As long as it holds and nobody has acknowledged it. 0: once only.",
    )
    tell_resolved = fields.Boolean(string="Tell when it is over")
    level_ids = fields.One2many("iot.alert.policy.level", "policy_id", string="If nobody acknowledges")
    least = fields.Integer(compute="_compute_least", store=True, readonly=True)
    people_text = fields.Char(string="Now these would be told", compute="_compute_people_text")

    _again_not_negative = models.Constraint(
        "CHECK (again_after >= 0)", "The time until it is told again cannot be negative."
    )

    @api.depends("app_from", "email_from", "push_from", "webhook_from", "webhook_ids")
    def _compute_least(self):
        for policy in self:
            chosen = [policy.app_from, policy.email_from, policy.push_from]
            chosen += [policy.webhook_from] if policy.webhook_ids else []
            policy.least = min((RANKS[each] - 1 for each in chosen if each), default=len(RANKS))

    @api.depends("user_ids", "group_ids", "shift_ids", "tell_responsible", "company_id")
    def _compute_people_text(self):
        now = fields.Datetime.now()
        for policy in self:
            people = policy.sudo()._people(now).filtered(lambda user: user.active and not user.share)
            names = people[:10].mapped("name")
            if len(people) > 10:
                names.append(self.env._("%s more", len(people) - 10))
            policy.people_text = ", ".join(names)

    def action_test(self):
        """Tell the user who asks, and the webhooks of this policy, that this is a test, and say how that went."""
        self.ensure_one()
        self.check_access("write")
        channels = [name for name in CHANNELS[:3] if self[f"{name}_from"]]
        results = self.env.user._try_alert_channels(channels)
        results += [result for webhook in self.webhook_ids for result in webhook._try()]
        return self.env["iot.alert.delivery"]._tried(results)


class IotAlertPolicyLevel(models.Model):
    """Who is told as well, when nobody has acknowledged an alert for some time."""

    _name = "iot.alert.policy.level"
    _description = "Escalation Level"
    _inherit = ["iot.alert.audience.mixin", "fusion.kept.mixin"]
    _order = "after, id"

    policy_id = fields.Many2one(
        "iot.alert.policy", required=True, kept="once", ondelete="cascade", index=True
    )
    after = fields.Integer(string="After (min)", required=True, default=30)

    @api.constrains("after")
    def _check_after(self):
        for level in self:
            if level.after <= 0:
                raise ValidationError(self.env._("An escalation comes after one minute at the earliest."))
