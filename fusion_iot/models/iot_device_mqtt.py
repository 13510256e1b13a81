from odoo import api, fields, models

# What of a device of the register the runtime goes by.
_SETTINGS = {"identifier", "active"}


class IotDevice(models.Model):
    _inherit = "iot.device"

    mqtt_device_ids = fields.One2many(
        "mqtt.device", "iot_device_id", string="MQTT", context={"active_test": False}
    )
    is_mqtt = fields.Boolean(compute="_compute_is_mqtt")

    @api.depends("mqtt_device_ids")
    def _compute_is_mqtt(self):
        for device in self:
            device.is_mqtt = bool(device.mqtt_device_ids)

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & _SETTINGS and self.mqtt_device_ids:
            self.env["iot.runtime.worker"]._wake()
        return result

    def unlink(self):
        served = bool(self.mqtt_device_ids)
        result = super().unlink()
        if served:
            self.env["iot.runtime.worker"]._wake()
        return result

    @api.constrains("company_id")
    def _check_mqtt_company(self):
        self.mqtt_device_ids._check_company()

    def action_open_mqtt(self):
        """Open how the device publishes."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "mqtt.device",
            "res_id": self.mqtt_device_ids.id,
            "view_mode": "form",
        }
