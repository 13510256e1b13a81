from odoo import api, fields, models
from odoo.exceptions import UserError


class IotDevice(models.Model):
    _inherit = "iot.device"

    tank_sensor_ids = fields.One2many("fp.tank.sensor", "iot_device_id", string="Tank sensors")
    tank_sensor_count = fields.Integer(string="Number of tank sensors", compute="_compute_tank_sensor_count")

    has_tank_channels = fields.Boolean(string="Has tank channels", compute="_compute_has_tank_channels")

    @api.depends("channel_ids.is_for_tanks", "tank_sensor_count")
    @api.depends_context("uid")
    def _compute_has_tank_channels(self):
        sees_sensors = self.env["fp.tank.sensor"].has_access("read")
        for device in self:
            device.has_tank_channels = any(device.channel_ids.mapped("is_for_tanks")) or (
                sees_sensors and device.tank_sensor_count > 0
            )

    @api.depends("tank_sensor_ids")
    def _compute_tank_sensor_count(self):
        for device in self:
            device.tank_sensor_count = len(device.tank_sensor_ids)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_tank_sensors(self):
        """A sensor without a serial would be found by nothing any more."""
        sensors = self.sudo().with_context(active_test=False).tank_sensor_ids
        if lost := sensors.filtered(lambda sensor: not sensor.device_serial)[:1]:
            raise UserError(
                self.env._(
                    "%(device)s cannot be deleted: the tank sensor %(sensor)s is found by it. Archive the device, or "
                    "link the sensor to another one first.",
                    device=lost.iot_device_id.display_name,
                    sensor=lost.display_name,
                )
            )

    def _is_of_no_company(self):
        """Whether nothing says of which company its readings are."""
        return not (
            self.company_id or self.mqtt_device_ids.connection_id.company_id or self.box_id.company_id
        )

    def action_open_tank_sensors(self):
        """Open the tank sensors that hang on these devices."""
        action = self.env["ir.actions.act_window"]._for_xml_id("fusion_plating_iot.fp_tank_sensor_action")
        context = {"default_iot_device_id": self.id} if len(self) == 1 else {}
        return dict(action, domain=[("iot_device_id", "in", self.ids)], context=context)
