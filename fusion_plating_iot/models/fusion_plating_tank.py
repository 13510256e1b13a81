from collections import Counter
from datetime import timezone

from odoo import api, fields, models
from odoo.fields import Domain


class FusionPlatingTank(models.Model):
    _inherit = "fusion.plating.tank"

    x_fc_sensor_ids = fields.One2many("fp.tank.sensor", "tank_id", string="Sensors")
    x_fc_sensor_count = fields.Integer(string="Number of sensors", compute="_compute_x_fc_latest_values")
    x_fc_has_out_of_spec = fields.Boolean(
        string="Out of spec",
        compute="_compute_x_fc_has_out_of_spec",
        search="_search_x_fc_has_out_of_spec",
        help="At least one sensor's last reading is out of spec.",
    )
    x_fc_latest_values = fields.Json(string="Latest values", compute="_compute_x_fc_latest_values")

    @api.model
    def _out_of_spec_sensors(self, domain=Domain.TRUE):
        sensors = self.env["fp.tank.sensor"].search(Domain("last_reading_at", "!=", False) & Domain(domain))
        return sensors.filtered(lambda sensor: sensor._judgement() == "out_of_spec")

    @api.depends("x_fc_sensor_ids.status", "x_fc_sensor_ids.active")
    def _compute_x_fc_has_out_of_spec(self):
        out = self._out_of_spec_sensors([("tank_id", "in", self.ids)]).tank_id
        for tank in self:
            tank.x_fc_has_out_of_spec = tank._origin in out

    @api.model
    def _search_x_fc_has_out_of_spec(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("id", "in" if True in value else "not in", self._out_of_spec_sensors().tank_id.ids)

    @api.depends("x_fc_sensor_ids.state_at", "x_fc_sensor_ids.status", "x_fc_sensor_ids.active")
    def _compute_x_fc_latest_values(self):
        values = {tank.id: [] for tank in self}
        for sensor in self.env["fp.tank.sensor"].search(
            [("tank_id", "in", self.ids)], order="tank_id, name, id"
        ):
            values[sensor.tank_id.id].append(self._latest_value(sensor))
        for readings in values.values():
            alike = Counter(reading["name"] for reading in readings)
            for reading in readings:
                reading["probe"] = reading["sensor_name"] if alike[reading["name"]] > 1 else ""
        for tank in self:
            tank.x_fc_latest_values = values.get(tank.id, [])
            tank.x_fc_sensor_count = len(values.get(tank.id, []))

    @api.model
    def _latest_value(self, sensor):
        parameter = sensor.parameter_id
        at = sensor.last_reading_at
        return {
            "sensor_id": sensor.id,
            "name": parameter.name or sensor.name,
            "sensor_name": sensor.name,
            "quantity": parameter.quantity or "",
            "unit": sensor.unit or "",
            "value": None if sensor.last_reading_value is False else sensor.last_reading_value,
            "at": at and at.replace(tzinfo=timezone.utc).isoformat(),
            "heard_at": sensor.state_at and sensor.state_at.replace(tzinfo=timezone.utc).isoformat(),
            "status": sensor.status,
            "doubt": sensor.doubt_text or "",
            "spec_min": None if sensor.spec_min is False else sensor.spec_min,
            "spec_max": None if sensor.spec_max is False else sensor.spec_max,
            "setpoint": None if sensor.setpoint is False else sensor.setpoint,
            "age_limit_s": sensor.silent_after,
        }

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_readings(self):
        self.env["fp.tank.reading"]._refuse_unlink(self, "tank_id")

    def action_open_sensors(self):
        """Open the sensors of these tanks."""
        action = self.env["ir.actions.act_window"]._for_xml_id("fusion_plating_iot.fp_tank_sensor_action")
        context = {"default_tank_id": self.id} if len(self) == 1 else {}
        return dict(action, domain=[("tank_id", "in", self.ids)], context=context)

    def action_open_readings(self):
        """Open the log of these tanks."""
        action = self.env["ir.actions.act_window"]._for_xml_id("fusion_plating_iot.fp_tank_reading_action")
        return dict(action, domain=[("tank_id", "in", self.ids)], context={})
