from odoo import models


class IotUnknownDevice(models.Model):
    _inherit = "iot.unknown.device"

    def action_make_sensor(self):
        """Open the form of a new tank sensor with what is known of this device."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New sensor"),
            "res_model": "fp.tank.sensor",
            "view_mode": "form",
            "views": [(False, "form")],
            "context": {
                "default_name": self.serial,
                "default_device_serial": self.serial,
                "default_device_kind": "ds18b20" if self.serial.startswith("28-") else "other",
            },
        }
