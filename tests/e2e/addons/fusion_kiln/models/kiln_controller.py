from dataclasses import replace

from odoo import api, fields, models

from ..runtime.poller import KIND, TRANSPORT, KilnSpec

_NEWEST = """
    SELECT device_id, max(id) FROM iot_command
     WHERE state = 'queued' AND transport = %s AND device_id = ANY(%s) GROUP BY device_id
"""


class KilnController(models.Model):
    """A kiln that is asked over TCP."""

    _name = "kiln.controller"
    _description = "Kiln"
    _inherit = ["iot.runtime.mixin"]
    _order = "name, id"

    _runtime_kind = KIND

    host = fields.Char(required=True)
    port = fields.Integer(required=True)
    interval = fields.Float(default=1.0)
    iot_device_id = fields.Many2one("iot.device", required=True, ondelete="restrict", index=True)
    firing_ids = fields.One2many("kiln.firing", "kiln_id")
    temperature = fields.Float(compute="_compute_temperature", digits=(12, 1))

    @api.depends("firing_ids.temperature")
    def _compute_temperature(self):
        for kiln in self:
            kiln.temperature = kiln.firing_ids[:1].temperature

    def _spec(self):
        device = self.iot_device_id
        return KilnSpec(self.name, self.host, self.port, self.interval, device.id, device.identifier)

    def _specs(self):
        self.env.cr.execute(_NEWEST, [TRANSPORT, self.iot_device_id.ids])
        newest = dict(self.env.cr.fetchall())
        return {
            kiln_id: replace(spec, newest_command=newest.get(spec.device_id, 0))
            for kiln_id, spec in super()._specs().items()
        }

    def action_heat(self, setpoint):
        """Tell the kiln its setpoint; the id of the command."""
        device = self.iot_device_id
        return device._command(
            "heat", {"setpoint": setpoint}, seconds=15, summary=f"Heat to {setpoint} °C"
        ).id
