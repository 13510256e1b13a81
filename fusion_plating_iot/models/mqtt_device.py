from odoo import models


class MqttDevice(models.Model):
    _inherit = "mqtt.device"

    def action_open_tank_sensors(self):
        """Open the tank sensors that hang on these devices."""
        return self.iot_device_id.action_open_tank_sensors()
