from odoo import api, models

from ..engine.kind import SessionKind


class IotRuntime(models.AbstractModel):
    _inherit = "iot.runtime"

    @api.model
    def _kinds(self):
        return [*super()._kinds(), SessionKind()]
