from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError

STATES = [("draft", "Draft"), ("in_use", "In use"), ("dumped", "Dumped")]

# A dumped bath is gone for good; its log must not continue in another charge.
NEXT_STATES = {"draft": {"in_use", "dumped"}, "in_use": {"dumped"}, "dumped": set()}


class FusionPlatingBath(models.Model):
    """A charge of solution: made up, used in one tank for a time, dumped."""

    _name = "fusion.plating.bath"
    _description = "Plating Bath"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "fusion.plating.tank.company.mixin",
        "fusion.kept.mixin",
    ]
    _order = "date_start desc, id desc"
    _check_company_auto = True
    _rec_names_search = ["name", "chemistry", "tank_id.code", "tank_id.name"]
    _mail_post_access = "read"

    name = fields.Char(string="Number", copy=False, readonly=True, kept="once", index="trigram")
    tank_id = fields.Many2one(
        "fusion.plating.tank",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
    )
    line_id = fields.Many2one(related="tank_id.line_id", store=True)
    tank_bath_id = fields.Many2one(related="tank_id.bath_id", string="Bath in the tank now")
    chemistry = fields.Char(tracking=True, help="What the bath is made of, such as Nickel sulphamate.")
    state = fields.Selection(
        STATES,
        required=True,
        readonly=True,
        kept=False,
        default="draft",
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
        help="Draft: being made up. In use: in the tank now. Dumped: gone for good.",
    )
    date_start = fields.Datetime(
        string="In use since", copy=False, tracking=True, help="When the bath was put in use."
    )
    date_end = fields.Datetime(string="Dumped on", copy=False, tracking=True, help="When it was dumped.")
    parameter_ids = fields.One2many(
        "fusion.plating.bath.parameter", "bath_id", string="Parameters", copy=True
    )
    parameter_count = fields.Integer(string="Number of parameters", compute="_compute_parameter_count")
    note = fields.Html(help="Make-up, suppliers, lot numbers.")

    _one_in_use = models.UniqueIndex(
        "(tank_id) WHERE state = 'in_use'",
        "This tank already has a bath in use. Dump it before another one goes in.",
    )
    _dates_in_order = models.Constraint(
        "CHECK (date_end >= date_start)", "A bath cannot be dumped before it was put in use."
    )

    @api.depends("parameter_ids")
    def _compute_parameter_count(self):
        groups = self.env["fusion.plating.bath.parameter"]._read_group(
            [("bath_id", "in", self.ids)], ["bath_id"], ["__count"]
        )
        counts = {bath.id: count for bath, count in groups}
        for bath in self:
            bath.parameter_count = counts.get(bath.id, 0)

    @api.depends("name", "tank_id.code", "tank_id.name")
    def _compute_display_name(self):
        for bath in self:
            tank = bath.tank_id.code or bath.tank_id.name
            bath.display_name = " · ".join(part for part in (bath.name, tank) if part)

    @api.model_create_multi
    def create(self, vals_list):
        """Create baths; one without a given state goes straight into its tank if that is empty."""
        explicit = "default_state" in self.env.context
        occupied = self._occupied_tanks(vals_list)
        vals_list = [dict(vals) for vals in vals_list]
        for vals in vals_list:
            tank_id = vals.get("tank_id") or self.env.context.get("default_tank_id")
            if not vals.get("state") and not explicit and tank_id and tank_id not in occupied:
                vals["state"] = "in_use"
            if vals.get("state") == "in_use":
                vals.setdefault("date_start", fields.Datetime.now())
                occupied.add(tank_id)
            if not vals.get("name"):
                vals["name"] = self.env["ir.sequence"].next_by_code(self._name)
        return super().create(vals_list)

    def copy_data(self, default=None):
        default = {"state": "draft", **(default or {})}
        return super().copy_data(default)

    @api.model
    def _occupied_tanks(self, vals_list):
        tank_ids = [vals["tank_id"] for vals in vals_list if vals.get("tank_id")]
        tank_ids.append(self.env.context.get("default_tank_id"))
        baths = self.sudo().search([("tank_id", "in", tank_ids), ("state", "=", "in_use")])
        return set(baths.tank_id.ids)

    def write(self, vals):
        if "state" in vals:
            self._check_next_state(vals["state"])
            stamp = {"in_use": "date_start", "dumped": "date_end"}.get(vals["state"])
            if stamp and not vals.get(stamp):
                vals = {**vals, stamp: fields.Datetime.now()}
        if "tank_id" in vals and any(
            bath.state != "draft" and bath.tank_id.id != vals["tank_id"] for bath in self
        ):
            raise UserError(
                self.env._("A bath that has been in use stays with its tank. Make up a new bath.")
            )
        return super().write(vals)

    def _check_next_state(self, state):
        labels = dict(self._fields["state"]._description_selection(self.env))
        for bath in self:
            if state != bath.state and state not in NEXT_STATES[bath.state]:
                raise UserError(
                    self.env._(
                        "Bath %(bath)s is %(state)s and cannot become %(next)s.",
                        bath=bath.name,
                        state=labels[bath.state].lower(),
                        next=labels.get(state, state).lower(),
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_only_draft(self):
        if any(bath.state != "draft" for bath in self):
            raise UserError(
                self.env._("Only a draft bath can be deleted: the history of the others is kept.")
            )

    def action_put_in_use(self):
        """Put the bath into its tank.

        :raises RedirectWarning: to the bath that is in the tank still
        """
        in_use = self.search([("tank_id", "in", self.tank_id.ids), ("state", "=", "in_use")])
        occupied = {bath.tank_id: bath for bath in in_use}
        for bath in self:
            if (other := occupied.get(bath.tank_id)) and other != bath:
                message = self.env._(
                    "Tank %(tank)s still holds bath %(bath)s. Dump that one first.",
                    tank=bath.tank_id.display_name,
                    bath=other.name,
                )
                raise RedirectWarning(message, other._form_action(), self.env._("Open %s", other.name))
        self.write({"state": "in_use"})

    def _form_action(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }

    def action_dump(self):
        """Take the bath out of use for good."""
        self.write({"state": "dumped"})

    def action_view_parameters(self):
        """Open the parameters of this bath."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("fusion_plating.action_plating_bath_parameter")
        action["domain"] = [("bath_id", "=", self.id)]
        action["context"] = {"default_bath_id": self.id}
        return action
