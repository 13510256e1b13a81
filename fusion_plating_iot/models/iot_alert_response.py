from odoo import api, fields, models
from odoo.addons.fusion_iot.models.iot_alert_response import ResponseKind
from odoo.exceptions import UserError

SEVERITIES = {"info": "minor", "warning": "major", "critical": "critical"}


class IotAlertResponse(models.Model):
    """A rule can put the tank on hold that its alert is about."""

    _inherit = "iot.alert.response"

    @api.model
    def _response_kinds(self):
        return {**super()._response_kinds(), "hold": ResponseKind(self.env._("Quality hold"), acts=True)}

    def _respond_hold(self, alert, delivery):
        """Put the tank on hold, unless a hold of what was measured is open: then that one is the answer."""
        tank, sensor = self._tank_of(alert)
        if not tank:
            raise UserError(self.env._("%s is in no tank.", alert.source_name))
        holds = self.env["fusion.plating.quality.hold"]
        about = [("tank_id", "=", tank.id), ("state", "in", holds._open_states())]
        if sensor.parameter_id:
            about.append(("parameter_id", "=", sensor.parameter_id.id))
        hold = holds.search(about, limit=1)
        words = self.env._("%s was open already", hold.display_name) if hold else ""
        if not hold:
            hold = holds._raise_hold(self._hold_values(alert, tank, sensor))
            words = self.env._("%s was raised", hold.display_name)
        if not hold.alert_id:
            hold.alert_id = alert
        delivery.write({"res_model": hold._name, "res_id": hold.id})
        return words

    def _tank_of(self, alert):
        """The tank that an alert is about, and the sensor in it, where it is about one."""
        sensors, tanks = self.env["fp.tank.sensor"], self.env["fusion.plating.tank"]
        if alert.res_model == tanks._name:
            return tanks.browse(alert.res_id).exists(), sensors
        sensor = sensors
        if alert.res_model == sensors._name:
            sensor = sensors.browse(alert.res_id).exists()
        elif alert.res_model == "iot.device":
            sensor = sensors.search([("iot_device_id", "=", alert.res_id)], limit=1)
        return sensor.tank_id, sensor

    def _hold_values(self, alert, tank, sensor):
        since = alert.condition_since or alert.raised_at or fields.Datetime.now()
        values = {
            "tank_id": tank.id,
            "alert_id": alert.id,
            "date_start": since,
            "severity": SEVERITIES[alert.severity],
            "description": self.instruction or alert.display_name,
        }
        if sensor.parameter_id:
            values["parameter_id"] = sensor.parameter_id.id
        return values


class IotAlert(models.Model):
    """An alert leads to the holds that it had raised."""

    _inherit = "iot.alert"

    hold_ids = fields.One2many("fusion.plating.quality.hold", "alert_id", string="Holds", readonly=True)
    hold_count = fields.Integer(string="Number of holds", compute="_compute_hold_count")

    def _compute_hold_count(self):
        counts = {}
        if self.env["fusion.plating.quality.hold"].has_access("read"):
            counts = dict(
                self.env["fusion.plating.quality.hold"]._read_group(
                    [("alert_id", "in", self.ids)], ["alert_id"], ["__count"]
                )
            )
        for alert in self:
            alert.hold_count = counts.get(alert._origin, 0)

    def action_open_holds(self):
        """Open the holds that it had raised."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Holds"),
            "res_model": "fusion.plating.quality.hold",
            "view_mode": "list,form",
            "domain": [("alert_id", "=", self.id)],
        }
