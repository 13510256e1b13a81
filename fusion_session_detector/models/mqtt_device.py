from odoo import models


class MqttDevice(models.Model):
    _inherit = "mqtt.device"

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
