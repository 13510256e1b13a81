from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..fields import LimitFloat
from ..limits import range_text
from ..quantities import QUANTITIES, UNITS, default_unit


class FusionPlatingBathParameter(models.Model):
    """One quantity of a bath with its setpoint and two pairs of limits.

    The specification limits (``target_min``, ``target_max``) bind: outside them the tank goes on hold. The
    action limits inside them say "adjust now" and cause no hold. A limit that is not set is open; a value
    equal to a limit is inside.
    """

    _name = "fusion.plating.bath.parameter"
    _description = "Bath Parameter"
    _inherit = ["fusion.plating.limit.reason.mixin", "fusion.kept.mixin"]
    _order = "tank_id, bath_id, sequence, id"
    _check_company_auto = True
    _rec_names_search = ["name", "tank_id.code", "tank_id.name", "bath_id.name"]
    _mail_post_access = "read"

    name = fields.Char(
        required=True,
        compute="_compute_name",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        help="Left empty, the name of the quantity.",
    )
    sequence = fields.Integer(default=10)
    bath_id = fields.Many2one(
        "fusion.plating.bath", index=True, check_company=True, ondelete="cascade", tracking=True
    )
    tank_id = fields.Many2one(related="bath_id.tank_id", store=True, index=True)
    line_id = fields.Many2one(related="bath_id.line_id", store=True)
    bath_state = fields.Selection(related="bath_id.state", string="Bath state", store=True)
    company_id = fields.Many2one(
        "res.company",
        compute="_compute_company_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        index=True,
    )
    quantity = fields.Selection(list(QUANTITIES), required=True, default="temperature", tracking=True)
    unit = fields.Char(
        compute="_compute_unit",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        help="Unit of the setpoint and of all limits. It follows from the quantity.",
    )
    concentration_unit = fields.Selection(
        [(unit, unit) for unit in UNITS["concentration"]],
        string="Concentration in",
        compute="_compute_concentration_unit",
        inverse="_inverse_concentration_unit",
    )
    setpoint = LimitFloat(tracking=True, help="The value aimed at.")
    target_min = LimitFloat(
        string="Spec min", tracking=True, help="Specification: a value below it puts the tank on hold."
    )
    target_max = LimitFloat(
        string="Spec max", tracking=True, help="Specification: a value above it puts the tank on hold."
    )
    action_min = LimitFloat(
        string="Action min",
        tracking=True,
        help="Below it, adjust now. Lies inside the specification; no hold.",
    )
    action_max = LimitFloat(
        string="Action max",
        tracking=True,
        help="Above it, adjust now. Lies inside the specification; no hold.",
    )
    limits_text = fields.Char(string="Specification", compute="_compute_limits_text")
    action_text = fields.Char(string="Action limits", compute="_compute_limits_text")
    active = fields.Boolean(default=True, tracking=True)

    _spec_order = models.Constraint(
        "CHECK (target_min <= target_max)", "The specification minimum must not exceed its maximum."
    )
    _action_order = models.Constraint(
        "CHECK (action_min <= action_max)", "The action minimum must not exceed the action maximum."
    )
    _action_inside_spec = models.Constraint(
        "CHECK ((target_min IS NULL OR (action_min IS NULL OR target_min <= action_min)"
        " AND (action_max IS NULL OR target_min <= action_max))"
        " AND (target_max IS NULL OR (action_max IS NULL OR action_max <= target_max)"
        " AND (action_min IS NULL OR action_min <= target_max)))",
        "The action limits must lie inside the specification.",
    )
    _setpoint_inside = models.Constraint(
        "CHECK (setpoint IS NULL OR (setpoint >= COALESCE(action_min, target_min, setpoint)"
        " AND setpoint <= COALESCE(action_max, target_max, setpoint)))",
        "The setpoint must lie inside the limits.",
    )

    @api.depends("quantity")
    def _compute_name(self):
        labels = dict(self._fields["quantity"]._description_selection(self.env))
        for parameter in self:
            # A name the user wrote is kept; one that only names another quantity follows.
            if not parameter.name or parameter.name in labels.values():
                parameter.name = labels.get(parameter.quantity, False)

    @api.depends("bath_id.company_id")
    def _compute_company_id(self):
        for parameter in self:
            parameter.company_id = parameter.bath_id.company_id or parameter.company_id or self.env.company

    @api.depends("quantity")
    def _compute_unit(self):
        for parameter in self:
            if parameter.unit not in UNITS.get(parameter.quantity, ()):
                parameter.unit = default_unit(parameter.quantity)

    @api.depends("unit", "quantity")
    def _compute_concentration_unit(self):
        units = UNITS["concentration"]
        for parameter in self:
            offered = parameter.quantity == "concentration" and parameter.unit in units
            parameter.concentration_unit = offered and parameter.unit

    @api.onchange("concentration_unit")
    def _inverse_concentration_unit(self):
        for parameter in self:
            if parameter.quantity == "concentration" and parameter.concentration_unit:
                parameter.unit = parameter.concentration_unit

    @api.depends("target_min", "target_max", "action_min", "action_max", "unit", "quantity")
    @api.depends_context("lang")
    def _compute_limits_text(self):
        for parameter in self:
            unit = "" if parameter.quantity == "ph" else parameter.unit or ""
            parameter.limits_text = range_text(
                parameter.target_min, parameter.target_max, unit, self._limit_number
            )
            parameter.action_text = range_text(
                parameter.action_min, parameter.action_max, unit, self._limit_number
            )

    @api.depends(
        "name", "bath_id.name", "tank_id.code", "tank_id.name", "tank_id.bath_ids.parameter_ids.name"
    )
    def _compute_display_name(self):
        """The tank, the name, and the bath where several baths of the tank have a parameter of this name."""
        shared = self._names_of_several_baths()
        for parameter in self:
            tank = parameter.tank_id.code or parameter.tank_id.name
            bath = (
                parameter.bath_id.name if (parameter.tank_id._origin.id, parameter.name) in shared else False
            )
            parameter.display_name = " · ".join(part for part in (tank, parameter.name, bath) if part)

    def _names_of_several_baths(self):
        groups = (
            self.sudo()
            .with_context(active_test=False)
            ._read_group(
                [("tank_id", "in", self.tank_id.ids)], ["tank_id", "name"], ["bath_id:count_distinct"]
            )
        )
        return {(tank.id, name) for tank, name, baths in groups if baths > 1}

    @api.model
    def _limit_names(self):
        return ("action_min", "action_max", "target_min", "target_max")

    @api.model
    def _limit_triggers(self):
        return (*self._limit_names(), "quantity", "unit", "concentration_unit")

    def _limits_bind(self):
        return self.bath_state != "draft"

    def _limit_place(self):
        return {
            "company_id": self.company_id.id,
            "tank_id": self.tank_id.id,
            "bath_id": self.bath_id.id,
            "parameter_id": self.id,
        }

    def write(self, vals):
        if "bath_id" in vals:
            self.check_access("write")
            self._check_bath_stays(self.env["fusion.plating.bath"].browse(vals["bath_id"] or ()))
        return super().write(vals)

    def _check_bath_stays(self, bath):
        """Raise where limits that bind would leave their bath, or bind no more."""
        for parameter in self.filtered(lambda parameter: parameter._limits_bind()):
            if parameter.bath_id != bath and (parameter.bath_id or bath.state == "draft"):
                raise UserError(
                    self.env._(
                        "%s stays where it is: its limits are in force. Add a parameter to the other bath.",
                        parameter.display_name,
                    )
                )

    @api.constrains("unit", "quantity")
    def _check_unit(self):
        for parameter in self:
            allowed = UNITS[parameter.quantity]
            if parameter.unit not in allowed:
                raise ValidationError(
                    self.env._(
                        "%(name)s is written in %(allowed)s, not in %(unit)s.",
                        name=parameter.name,
                        allowed=self.env._(" or ").join(allowed),
                        unit=parameter.unit or "–",
                    )
                )
