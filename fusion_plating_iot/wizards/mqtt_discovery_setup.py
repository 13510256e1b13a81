from odoo import api, fields, models

from fusion_iot_core.protocol import Owned


class MqttDiscoverySetupLine(models.TransientModel):
    _inherit = "mqtt.discovery.setup.line"

    sensor_id = fields.Many2one(
        "fp.tank.sensor",
        string="Tank sensor",
        compute="_compute_sensor_id",
        groups="fusion_plating.group_plating_manager",
        help="The probe with this serial is set up already: it stays the same sensor.",
    )
    tank_id = fields.Many2one(
        "fusion.plating.tank",
        string="Tank",
        compute="_compute_tank_id",
        store=True,
        readonly=False,
        groups="fusion_plating.group_plating_manager",
        help="Makes a tank sensor of this channel.",
    )
    parameter_id = fields.Many2one(
        "fusion.plating.bath.parameter",
        string="Parameter",
        groups="fusion_plating.group_plating_manager",
        compute="_compute_parameter_id",
        store=True,
        readonly=False,
        domain="[('tank_id', '=', tank_id), ('quantity', '=', quantity)]",
        help="Its limits judge the readings.",
    )

    @api.depends("serial")
    def _compute_sensor_id(self):
        serials = [serial for serial in self.mapped("serial") if serial]
        sensors = self.env["fp.tank.sensor"].search([("device_serial", "in", serials)])
        by_serial = Owned((sensor.device_serial, sensor.company_id.id, sensor) for sensor in sensors)
        for line in self:
            company = line.setup_id.connection_id.company_id
            sensor = by_serial.find(line.serial, company.id or None)
            line.sensor_id = sensor and sensor._measures(line.quantity) and sensor

    @api.depends("sensor_id")
    def _compute_tank_id(self):
        for line in self:
            line.tank_id = line.sensor_id.tank_id

    @api.depends("tank_id", "quantity")
    def _compute_parameter_id(self):
        for line in self:
            line.parameter_id = line.sensor_id.parameter_id or line.tank_id.bath_id._parameter_of(
                line.quantity
            )

    def _apply(self, device):
        """Make the tank sensors as well, so that the next message is a reading."""
        super()._apply(device)
        wanted = self.sudo().filtered(lambda line: line.tank_id and not line.sensor_id)
        self.env["fp.tank.sensor"].create([line._sensor_values(device) for line in wanted])

    def _sensor_values(self, device):
        place = (self.channel or "", self.quantity)
        channel = device.channel_ids.filtered(lambda row: (row.channel or "", row.quantity) == place)
        return {
            **channel._tank_sensor_values(),
            "tank_id": self.tank_id.id,
            "parameter_id": self.parameter_id.id,
        }
