from odoo import api, models


class MqttConnection(models.Model):
    _inherit = "mqtt.connection"

    @api.model_create_multi
    def create(self, vals_list):
        connections = super().create(vals_list)
        connections._tell_what_should_run()
        return connections

    def write(self, vals):
        result = super().write(vals)
        if not vals.keys().isdisjoint(("enabled", "active")):
            self._tell_what_should_run()
        return result

    def _tell_what_should_run(self):
        wanted = self.filtered(lambda connection: connection.enabled and connection.active)
        self.env["iot.runtime.worker"]._expect("mqtt", wanted, self - wanted)
