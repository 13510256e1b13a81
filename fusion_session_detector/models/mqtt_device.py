from odoo import models

from ..engine import hand


class MqttDevice(models.Model):
    _inherit = "mqtt.device"

    def write(self, vals):
        """The silence that ends a session, and the connection that brings messages, are settings of sessions too."""
        machines = self.iot_device_id._with_sessions()
        decisive = machines and vals.keys() & {"expected_interval", "connection_id"}
        if decisive:
            hand.handle(self.env, machines.ids, hand.look)
        return super().write(vals)

    def action_start_session(self):
        """See `iot.device`."""
        return self.iot_device_id.action_start_session()

    def action_stop_session(self):
        """See `iot.device`."""
        return self.iot_device_id.action_stop_session()

    def action_put_back(self):
        """See `iot.device`."""
        return self.iot_device_id.action_put_back()

    def action_what_if(self):
        """See `iot.device`."""
        return self.iot_device_id.action_what_if()

    def action_suggest(self):
        """See `iot.device`."""
        return self.iot_device_id.action_suggest()

    def action_open_sessions(self):
        """See `iot.device`."""
        return self.iot_device_id.action_open_sessions()
