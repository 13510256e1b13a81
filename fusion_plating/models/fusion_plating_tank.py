from odoo import api, fields, models


class FusionPlatingTank(models.Model):
    """A vessel at its place in the line. What is in it for a time is a bath."""

    _name = "fusion.plating.tank"
    _description = "Plating Tank"
    _inherit = ["mail.thread", "mail.activity.mixin", "fusion.kept.mixin"]
    _order = "line_id, sequence, code, name, id"
    _check_company_auto = True
    _rec_names_search = ["code", "name"]
    _mail_post_access = "read"

    name = fields.Char(required=True, tracking=True)
    code = fields.Char(
        copy=False,
        tracking=True,
        help="Short mark painted on the tank, such as T05. Unique in the company.",
    )
    sequence = fields.Integer(default=10, help="Position of the tank in its line.")
    line_id = fields.Many2one(
        "fusion.plating.line", index=True, check_company=True, ondelete="restrict", tracking=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    process = fields.Char(tracking=True, help="What the tank is used for, such as Electroless nickel.")
    volume = fields.Float(string="Volume (l)", digits=(12, 1), help="Working volume in litres.")
    liner = fields.Char(help="Material of the tank or its lining, such as PP, PVDF or 316L.")
    heated = fields.Boolean(help="The tank has a heater or a heat exchanger.")
    agitation = fields.Selection(
        [
            ("none", "None"),
            ("air", "Air"),
            ("eductor", "Eductors"),
            ("mechanical", "Mechanical"),
            ("work_bar", "Moving work bar"),
        ],
        help="How the solution is kept moving.",
    )
    bath_ids = fields.One2many("fusion.plating.bath", "tank_id", string="Baths")
    bath_count = fields.Integer(string="Number of baths", compute="_compute_bath_count")
    bath_id = fields.Many2one(
        "fusion.plating.bath",
        string="Bath in use",
        compute="_compute_bath_id",
        store=True,
        index="btree_not_null",
        ondelete="set null",
        tracking=True,
        help="The bath that is in the tank now. Put a bath in use to change it.",
    )
    chemistry = fields.Char(related="bath_id.chemistry", help="What the bath in use is made of.")
    bath_age = fields.Integer(
        string="Bath age (days)", compute="_compute_bath_age", help="Days since the bath was put in use."
    )
    parameter_ids = fields.One2many(related="bath_id.parameter_ids", string="Parameters")
    limits_text = fields.Text(
        string="Limits",
        compute="_compute_limits_text",
        help="The specification limits of the bath in use, one parameter a line.",
    )
    responsible_id = fields.Many2one(
        "res.users",
        check_company=True,
        tracking=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Who looks after the tank. Gets the to-do of a quality hold if he or she may decide it.",
    )
    note = fields.Html(help="Anything worth knowing at the tank.")
    active = fields.Boolean(default=True)

    _code_unique = models.UniqueIndex(
        "(company_id, lower(code)) WHERE code <> ''",
        "Another tank of this company already has this code.",
    )
    _volume_not_negative = models.Constraint(
        "CHECK (volume >= 0 AND volume < 'Infinity')", "A tank cannot hold less than 0 litres."
    )

    @api.depends("bath_ids.state")
    def _compute_bath_id(self):
        for tank in self:
            tank.bath_id = tank.bath_ids.filtered(lambda bath: bath.state == "in_use")[:1]

    @api.depends("bath_id.date_start")
    def _compute_bath_age(self):
        now = fields.Datetime.now()
        for tank in self:
            start = tank.bath_id.date_start
            tank.bath_age = max((now - start).days, 0) if start else 0

    @api.depends("bath_ids")
    def _compute_bath_count(self):
        groups = self.env["fusion.plating.bath"]._read_group(
            [("tank_id", "in", self.ids)], ["tank_id"], ["__count"]
        )
        counts = {tank.id: count for tank, count in groups}
        for tank in self:
            tank.bath_count = counts.get(tank.id, 0)

    @api.depends("bath_id.parameter_ids.name", "bath_id.parameter_ids.limits_text")
    def _compute_limits_text(self):
        for tank in self:
            tank.limits_text = "\n".join(
                f"{parameter.name} {parameter.limits_text}"
                for parameter in tank.parameter_ids
                if parameter.limits_text
            )

    @api.depends("code", "name")
    def _compute_display_name(self):
        for tank in self:
            tank.display_name = f"{tank.code} {tank.name}" if tank.code else tank.name

    def action_view_baths(self):
        """Open all baths this tank has had."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("fusion_plating.action_plating_bath")
        action["domain"] = [("tank_id", "=", self.id)]
        action["context"] = {"default_tank_id": self.id, "default_state": "draft"}
        return action

    def action_view_parameters(self):
        """Open the parameters of the bath in use."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("fusion_plating.action_plating_bath_parameter")
        action["domain"] = [("bath_id", "=", self.bath_id.id)]
        action["context"] = {"default_bath_id": self.bath_id.id}
        return action
