from odoo import api, fields, models
from odoo.exceptions import UserError

from fusion_iot_core.protocol import normalise_serial


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
    by_serial = fields.Boolean(
        string="By serial", compute="_compute_by_serial", help="The old probe is found by its serial."
    )
    device_serial = fields.Char(string="Serial of the new probe")
    iot_device_id = fields.Many2one(
        "iot.device", string="Device", compute="_compute_place", store=True, readonly=False
    )
    device_channel = fields.Char(
        string="Channel",
        compute="_compute_place",
        store=True,
        readonly=False,
        help="The channel under which the device reports the new probe.",
    )
    calibration_due = fields.Date(
        string="Calibration due", help="The calibration of the new probe is valid until this day."
    )
    reason = fields.Char(help="Why it is replaced, for the record.")

    @api.depends("sensor_id")
    def _compute_by_serial(self):
        for wizard in self:
            wizard.by_serial = bool(wizard.sensor_id.device_serial)

    @api.depends("sensor_id")
    def _compute_place(self):
        for wizard in self:
            wizard.iot_device_id = wizard.sensor_id.iot_device_id
            wizard.device_channel = wizard.sensor_id.device_channel

    def action_replace(self):
        """Archive the old probe and set the new one up like it."""
        self.ensure_one()
        old = self.sensor_id
        serial = normalise_serial(self.device_serial or "")
        if self.by_serial and not serial:
            raise UserError(self.env._("Enter the serial of the new probe."))
        if serial and serial == old.device_serial:
            raise UserError(self.env._("The new probe has the same serial as the old one."))
        old.active = False
        new = old.copy(
            {
                "name": old.name,
                "device_serial": serial,
                "iot_device_id": self.iot_device_id.id,
                "device_channel": self.device_channel,
                "calibration_due": self.calibration_due,
                "active": True,
            }
        )
        new.sudo().replaces_id = old
        old.sudo().replaced_by_id = new
        old.message_post(
            body=self.env._(
                "Replaced by %(probe)s. %(reason)s", probe=new.probe, reason=self.reason or ""
            ).strip()
        )
        new.message_post(body=self.env._("Takes the place of %s.", old.probe))
        return {
            "type": "ir.actions.act_window",
            "res_model": "fp.tank.sensor",
            "res_id": new.id,
            "view_mode": "form",
        }
