from odoo import api, models

from ..shared_token import PLACEHOLDER, PREVIOUS_TOKEN, TOKEN


class IrConfigParameter(models.Model):
    _inherit = "ir.config_parameter"

    @api.model
    def _secret_params(self):
        return {**super()._secret_params(), TOKEN: PLACEHOLDER, PREVIOUS_TOKEN: ""}
