from odoo import api, models


class FusionPlatingBath(models.Model):
    _inherit = "fusion.plating.bath"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_readings(self):
        self.env["fp.tank.reading"]._refuse_unlink(self, "bath_id")

    def _parameter_of(self, quantity):
        """The first parameter of this bath that is about ``quantity``; empty when none is."""
        return self.parameter_ids.filtered(lambda parameter: parameter.quantity == quantity)[:1]

    def write(self, vals):
        result = super().write(vals)
        if vals.get("state") == "in_use":
            self._take_sensors_over()
        return result

    def _take_sensors_over(self):
        """The sensors of the tanks go on with the same quantity of the bath that is in them now."""
        baths = {bath.tank_id: bath for bath in self}
        sensors = self.env["fp.tank.sensor"].search([("tank_id", "in", self.tank_id.ids)])
        for sensor in sensors.filtered("parameter_id.bath_id"):
            bath = baths[sensor.tank_id]
            if parameter := bath._parameter_of(sensor.parameter_id.quantity):
                reason = self.env._("%s is in use now", bath.name)
                sensor.write({"parameter_id": parameter.id, "limit_reason": reason})
