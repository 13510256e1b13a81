from odoo import fields, models
from odoo.exceptions import UserError

from ..runtime.poller import KIND, TRANSPORT


class IotDevice(models.Model):
    _inherit = "iot.device"

    kiln_ids = fields.One2many("kiln.controller", "iot_device_id")

    def _transport(self):
        return super()._transport() or (TRANSPORT if self.kiln_ids else "")

    def _check_command(self, action, data):
        super()._check_command(action, data)
        if self._transport() == TRANSPORT and (action, list(data)) != ("heat", ["setpoint"]):
            raise UserError(self.env._("A kiln can be told its setpoint only."))

    def _runtime_workers(self):
        workers = super()._runtime_workers()
        for kiln in self.kiln_ids:
            workers[kiln.iot_device_id.id].add((KIND, kiln.id))
        return workers
