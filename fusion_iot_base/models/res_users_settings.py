from odoo import fields, models


class ResUsersSettings(models.Model):
    _inherit = "res.users.settings"

    overview_guide_dismissed = fields.Boolean(
        string="Set-up guide hidden", help="The user does not want to see the set-up guide of the Overview."
    )
