from odoo import api, models

from ..runtime.poller import KilnKind


class IotRuntime(models.AbstractModel):
    _inherit = "iot.runtime"

    @api.model
    def _kinds(self):
        return [*super()._kinds(), KilnKind()]
