from odoo import models

from fusion_iot_core.protocol.rhythm import Rhythm


class IotUnknownDevice(models.Model):
    _inherit = "iot.unknown.device"

    def action_make_sensor(self):
        """Open the form of a new tank sensor with what is known of this device.

        A probe without a serial of its own is found by its device, which is registered for that.
        """
        self.ensure_one()
        if self.channel and self.serial == self.device:
            values = {
                "name": f"{self.device} {self.channel}",
                "iot_device_id": self._registered_device().id,
                "device_channel": self.channel,
                "device_kind": "other",
            }
        else:
            values = {
                "name": self.serial,
                "device_serial": self.serial,
                "device_kind": "ds18b20" if self.serial.startswith("28-") else "other",
            }
        usual = self.env["fp.tank.sensor"]._fields["expected_interval"].default(self)
        values["expected_interval"] = Rhythm.of(self.rhythm).interval(usual)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New sensor"),
            "res_model": "fp.tank.sensor",
            "view_mode": "form",
            "views": [(False, "form")],
            "context": {f"default_{name}": value for name, value in values.items()},
        }

    def _registered_device(self):
        devices = self.env["iot.device"].with_context(active_test=False)
        known = devices.search([("identifier", "=", self.device)])._of_company(self.company_id)
        return known or devices.create(
            {"name": self.device, "identifier": self.device, "company_id": self.company_id.id}
        )
