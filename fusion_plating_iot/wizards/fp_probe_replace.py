from odoo import fields, models
from odoo.addons.fusion_iot_base.protocol import normalise_serial
from odoo.exceptions import UserError


class FpProbeReplace(models.TransientModel):
    """Puts a new probe in the place of an old one. The old one keeps its history."""

    _name = "fp.probe.replace"
    _description = "Probe Replacement"

    sensor_id = fields.Many2one(
        "fp.tank.sensor",
        required=True,
        readonly=True,
        default=lambda self: self.env.context.get("active_id"),
        string="Old probe",
    )
    device_serial = fields.Char(string="Serial of the new probe", required=True)
    calibration_due = fields.Date(help="The calibration of the new probe is valid until this day.")
    reason = fields.Char(help="Why it is replaced, for the record.")

    def action_replace(self):
        """Archive the old probe and set the new one up like it."""
        self.ensure_one()
        old = self.sensor_id
        serial = normalise_serial(self.device_serial)
        if serial == old.device_serial:
            raise UserError(self.env._("The new probe has the same serial as the old one."))
        old.active = False
        new = old.copy(
            {
                "name": old.name,
                "device_serial": serial,
                "calibration_due": self.calibration_due,
                "replaces_id": old.id,
                "active": True,
            }
        )
        old.replaced_by_id = new
        old.message_post(
            body=self.env._(
                "Replaced by %(serial)s. %(reason)s", serial=serial, reason=self.reason or ""
            ).strip()
        )
        new.message_post(body=self.env._("Takes the place of %s.", old.device_serial))
        return {
            "type": "ir.actions.act_window",
            "res_model": "fp.tank.sensor",
            "res_id": new.id,
            "view_mode": "form",
        }
