from odoo import api, fields, models


class FusionPlatingLine(models.Model):
    """A row of tanks that work passes through."""

    _name = "fusion.plating.line"
    _description = "Plating Line"
    _inherit = ["fusion.kept.mixin"]
    _order = "sequence, name, id"
    _check_company_auto = True
    _rec_names_search = ["name", "code"]

    name = fields.Char(required=True, translate=True)
    code = fields.Char(help="Short mark of the line on the shop floor, such as L1.")
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    tank_ids = fields.One2many("fusion.plating.tank", "line_id", string="Tanks")
    tank_count = fields.Integer(string="Number of tanks", compute="_compute_tank_count")
    active = fields.Boolean(default=True)

    @api.depends("tank_ids")
    def _compute_tank_count(self):
        groups = self.env["fusion.plating.tank"]._read_group(
            [("line_id", "in", self.ids)], ["line_id"], ["__count"]
        )
        counts = {line.id: count for line, count in groups}
        for line in self:
            line.tank_count = counts.get(line.id, 0)

    def action_view_tanks(self):
        """Open the tanks of this line."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("fusion_plating.action_plating_tank")
        action["domain"] = [("line_id", "=", self.id)]
        action["context"] = {"default_line_id": self.id}
        return action
