from odoo import api, fields, models
from odoo.fields import Domain


class FusionPlatingTank(models.Model):
    _inherit = "fusion.plating.tank"

    hold_ids = fields.One2many("fusion.plating.quality.hold", "tank_id", string="Quality holds")
    hold_count = fields.Integer(string="All holds", compute="_compute_hold_counts")
    open_hold_count = fields.Integer(string="Open holds", compute="_compute_hold_counts")
    has_open_hold = fields.Boolean(
        string="On hold",
        compute="_compute_hold_counts",
        search="_search_has_open_hold",
        help="A quality hold of this tank is not decided yet.",
    )

    @api.depends("hold_ids.state")
    def _compute_hold_counts(self):
        Hold = self.env["fusion.plating.quality.hold"]
        totals, still_open = {}, {}
        for tank, state, count in Hold._read_group(
            [("tank_id", "in", self.ids)], ["tank_id", "state"], ["__count"]
        ):
            totals[tank.id] = totals.get(tank.id, 0) + count
            if state in Hold._open_states():
                still_open[tank.id] = still_open.get(tank.id, 0) + count
        for tank in self:
            tank.hold_count = totals.get(tank.id, 0)
            tank.open_hold_count = still_open.get(tank.id, 0)
            tank.has_open_hold = bool(tank.open_hold_count)

    @api.model
    def _search_has_open_hold(self, operator, value):
        if operator != "in":
            return NotImplemented
        states = self.env["fusion.plating.quality.hold"]._open_states()
        return Domain("hold_ids", "any", [("state", "in", states)])

    def action_view_holds(self):
        """Open the quality holds of this tank, the open ones first."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "fusion_plating_quality.action_plating_quality_hold"
        )
        action["domain"] = [("tank_id", "=", self.id)]
        action["context"] = {"default_tank_id": self.id, "search_default_open": bool(self.open_hold_count)}
        return action
