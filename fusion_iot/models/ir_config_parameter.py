from odoo import api, models

from .iot_credential import KEY


class IrConfigParameter(models.Model):
    _inherit = "ir.config_parameter"

    @api.model
    def _secret_params(self):
        return {**super()._secret_params(), KEY: ""}
