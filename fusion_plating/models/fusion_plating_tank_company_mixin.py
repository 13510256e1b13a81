from odoo import api, fields, models


class FusionPlatingTankCompanyMixin(models.AbstractModel):
    """What is in a tank belongs to the tank's company. The model has a ``tank_id``, which may be any the user sees.

    Until the tank is chosen it is the user's current company, so that what is chosen besides (``check_company``)
    is already offered from there. ``tank_id`` itself needs no ``check_company``: the company follows from it.
    """

    _name = "fusion.plating.tank.company.mixin"
    _description = "Company of the Tank"

    company_id = fields.Many2one(
        "res.company", compute="_compute_company_id", store=True, precompute=True, index=True
    )

    @api.depends("tank_id.company_id")
    def _compute_company_id(self):
        for record in self:
            record.company_id = record.tank_id.company_id or self.env.company
