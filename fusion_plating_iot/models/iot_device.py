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

    def _other_companies(self, company):
        """Those with a sensor in use on these devices, or with the serial of a probe that was heard there.

        A probe that ``company`` has a sensor for as well is its own: whoever enters the serial of it keeps nobody from
        taking his device to himself.
        """
        linked = self.tank_sensor_ids.filtered("active")
        serials = {serial for serial in self.channel_ids.mapped("serial") if serial}
        heard = linked.browse()
        if serials:
            heard = linked.search([("device_serial", "in", list(serials)), ("active", "=", True)])
        ours = (linked | heard).filtered(lambda sensor: sensor.company_id in company)
        known = {sensor.device_serial or sensor.channel_id.serial for sensor in ours}
        heard = heard.filtered(lambda sensor: sensor.device_serial not in known)
        return super()._other_companies(company) | ((linked | heard).company_id - company)

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
