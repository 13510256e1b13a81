from odoo import api, models

from ..engine.worker import SessionKind


class IotRuntime(models.AbstractModel):
    _inherit = "iot.runtime"

    @api.model
    def _kinds(self):
        return [*super()._kinds(), SessionKind()]
