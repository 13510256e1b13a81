from odoo import api, fields, models
from odoo.addons.fusion_plating.fields import LimitFloat
from odoo.addons.fusion_plating.limits import range_text
from odoo.addons.fusion_plating.quantities import QUANTITIES

from .. import severity as grading

QUALITY_GROUP = "fusion_plating.group_plating_quality"
ACTIVITY_TYPE = "fusion_plating_quality.mail_activity_type_hold"

OPEN_STATES = ("open", "under_review")
STATES = [
    ("open", "Open"),
    ("under_review", "Under review"),
    ("released", "Released"),
    ("rejected", "Rejected"),
]


class FusionPlatingQualityHold(models.Model):
    """A tank outside its specification, waiting for quality to decide what becomes of it and its work."""

    _name = "fusion.plating.quality.hold"
    _description = "Quality Hold"
    _inherit = [
        "fusion.plating.limit.mixin",
        "fusion.plating.tank.company.mixin",
        "mail.activity.mixin",
        "fusion.kept.mixin",
    ]
    _order = "date_start desc, id desc"
    _check_company_auto = True
    _rec_names_search = ["name", "tank_id.code", "tank_id.name"]
    _mail_post_access = "read"

    name = fields.Char(string="Number", readonly=True, copy=False)
    tank_id = fields.Many2one(
        "fusion.plating.tank", required=True, kept="once", index=True, ondelete="restrict"
    )
    line_id = fields.Many2one(related="tank_id.line_id", store=True)
    bath_id = fields.Many2one(
        "fusion.plating.bath",
        kept="once",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The bath that was in the tank then.",
    )
    parameter_id = fields.Many2one(
        "fusion.plating.bath.parameter",
        kept="once",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    quantity = fields.Selection(list(QUANTITIES), kept="once")
    unit = fields.Char(kept="once", help="Unit of the value and the limits.")
    value = LimitFloat(kept="once", help="The value that raised the hold.")
    limit_min = LimitFloat(string="Spec min", kept="once", help="Lower specification limit in force then.")
    limit_max = LimitFloat(string="Spec max", kept="once", help="Upper specification limit in force then.")
    worst_value = LimitFloat(
        string="Worst value", readonly=True, help="The value farthest outside the limits so far."
    )
    breach_text = fields.Char(string="Value and specification", compute="_compute_breach_text")
    date_start = fields.Datetime(
        string="Since",
        required=True,
        kept="once",
        default=fields.Datetime.now,
        index=True,
        help="Since when the value is out of spec; without an excursion, since when the tank is on hold.",
    )
    date_back_in_spec = fields.Datetime(
        string="Back in spec",
        kept="once",
        tracking=True,
        help="Empty while the value is still outside its limits.",
    )
    hours_out = LimitFloat(
        string="Hours out of spec",
        compute="_compute_hours_out",
        store=True,
        aggregator="avg",
        help="From leaving the specification until being back in it.",
    )
    excursion_count = fields.Integer(
        string="Excursions",
        readonly=True,
        default=1,
        help="How often the value left its limits while this hold was open.",
    )
    severity = fields.Selection(
        [("minor", "Minor"), ("major", "Major"), ("critical", "Critical")],
        required=True,
        default="major",
        tracking=True,
        help="Graded by how far the worst value lies outside, compared with the width of the specification: "
        "up to a tenth is minor, up to a half major, more is critical. It goes up by itself, never down.",
    )
    state = fields.Selection(
        STATES,
        required=True,
        readonly=True,
        default="open",
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
    )
    is_manual = fields.Boolean(
        string="Raised by hand",
        readonly=True,
        copy=False,
        help="A person raised the hold, not a reading.",
    )
    is_excursion = fields.Boolean(
        string="Excursion",
        compute="_compute_is_excursion",
        store=True,
        help="A value was out of spec. A hold that is raised by hand can have other reasons.",
    )
    has_value = fields.Boolean(string="With a value", compute="_compute_has_value")
    responsible_id = fields.Many2one(
        "res.users",
        check_company=True,
        tracking=True,
        copy=False,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Who is to decide.",
    )
    description = fields.Html(
        help="What was seen, what was done at once, which work was in the tank. Needed where a person raises the hold."
    )

    _name_unique = models.Constraint("UNIQUE(name)", "The number of a quality hold is given once.")
    _open_by_tank = models.Index("(tank_id) WHERE state IN ('open', 'under_review')")
    _excursion_count_positive = models.Constraint(
        "CHECK (excursion_count > 0 OR (is_manual AND excursion_count = 0))",
        "A hold that a reading raised stands for at least one excursion.",
    )

    @api.model
    def _open_states(self):
        """Return the states in which a hold still blocks its tank."""
        return OPEN_STATES

    @api.model
    def _severity(self, value, limit_min, limit_max):
        """Grade a value against specification limits; ``False`` or ``None`` is an open limit or no value."""

        def number(item):
            return None if item is False else item

        return grading.severity(number(value), number(limit_min), number(limit_max))

    @api.depends("is_manual", "value", "limit_min", "limit_max")
    def _compute_is_excursion(self):
        for hold in self:
            hold.is_excursion = not hold.is_manual or self._is_out(hold.value, hold.limit_min, hold.limit_max)

    @api.model
    def _is_out(self, value, limit_min, limit_max):
        """Whether ``value`` is out of these limits; ``False`` is an open limit or no value."""
        return value is not False and (
            (limit_min is not False and value < limit_min) or (limit_max is not False and value > limit_max)
        )

    @api.depends("value")
    def _compute_has_value(self):
        for hold in self:
            hold.has_value = hold.value is not False

    @api.depends("worst_value", "value", "is_manual", "limit_min", "limit_max", "unit", "quantity")
    @api.depends_context("lang")
    def _compute_breach_text(self):
        for hold in self:
            unit = "" if hold.quantity == "ph" else hold.unit or ""
            worst = hold.worst_value if hold.worst_value is not False else hold.value
            spec = range_text(hold.limit_min, hold.limit_max, unit, self._limit_number)
            value = "" if worst is False else f"{hold._value_text(worst)} {unit}".rstrip()
            if hold.is_manual and not value:
                hold.breach_text = False
            elif value and spec:
                hold.breach_text = self.env._("%(value)s, spec %(spec)s", value=value, spec=spec)
            else:
                hold.breach_text = value or spec

    def _value_text(self, value):
        self.ensure_one()
        return self._reading_number(value, self.quantity, (self.limit_min, self.limit_max))

    @api.depends("date_start", "date_back_in_spec")
    def _compute_hours_out(self):
        for hold in self:
            hold.hours_out = self._hours(hold.date_start, hold.date_back_in_spec)

    @api.model
    def _hours(self, start, end):
        return (end - start).total_seconds() / 3600 if start and end else False

    @api.onchange("tank_id")
    def _onchange_tank_id(self):
        if self.tank_id:
            self.bath_id = self.tank_id.bath_id
            if self.parameter_id.tank_id != self.tank_id:
                self.parameter_id = False

    @api.onchange("parameter_id", "value")
    def _onchange_parameter_id(self):
        if self.parameter_id:
            self.update(self._parameter_values(self.parameter_id))
        self.severity = self._severity(self.value, self.limit_min, self.limit_max)

    @api.model
    def _parameter_values(self, parameter):
        return {
            "quantity": parameter.quantity,
            "unit": parameter.unit,
            "limit_min": parameter.target_min,
            "limit_max": parameter.target_max,
        }

    def action_view_tank(self):
        """Open the tank of this hold."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "fusion.plating.tank",
            "res_id": self.tank_id.id,
            "view_mode": "form",
        }
