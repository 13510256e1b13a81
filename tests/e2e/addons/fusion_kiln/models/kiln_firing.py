from odoo import api, fields, models


class KilnFiring(models.Model):
    """What a kiln's chamber had, one row a reading."""

    _name = "kiln.firing"
    _description = "Kiln Temperature"
    _inherit = ["fusion.growing.mixin"]
    _order = "id desc"
    _log_access = False

    kiln_id = fields.Many2one("kiln.controller", required=True, ondelete="cascade", index=True)
    read_at = fields.Datetime(string="Read at", required=True)
    temperature = fields.Float(required=True)

    @api.model
    def _record(self, batch):
        """Keep the temperatures of kilns among the measurements; the indexes of those."""
        found = self.env["kiln.controller"].search([])
        kilns = {kiln.iot_device_id.identifier: kiln for kiln in found}
        rows = {
            index: {
                "kiln_id": kilns[item.device].id,
                "read_at": (item.at or batch.received_at).replace(tzinfo=None, microsecond=0),
                "temperature": item.value,
            }
            for index, item in enumerate(batch.measurements)
            if item.device in kilns and item.quantity == "temperature" and item.value is not None
        }
        self.create(list(rows.values()))
        if rows:
            self.env["iot.nudge"]._nudge("fusion_iot.group_iot_user", ["kiln"], {})
        return list(rows)
