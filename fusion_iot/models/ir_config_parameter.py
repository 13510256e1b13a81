from odoo import api, models

from .iot_credential import KEY


class IrConfigParameter(models.Model):
    _inherit = "ir.config_parameter"

    @api.model
    def _secret_params(self):
        return {**super()._secret_params(), KEY: ""}

    @api.model_create_multi
    def create(self, vals_list):
        parameters = super().create(vals_list)
        parameters._tell_boxes()
        return parameters

    def write(self, vals):
        result = super().write(vals)
        self._tell_boxes()
        return result

    def _tell_boxes(self):
        if "web.base.url" in self.sudo().mapped("key"):
            self.env["iot.box"]._tell_new_server_url()
