from odoo import api, models


class FusionPlatingBathParameter(models.Model):
    _inherit = "fusion.plating.bath.parameter"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_readings(self):
        self.env["fp.tank.reading"]._refuse_unlink(self, "parameter_id")
