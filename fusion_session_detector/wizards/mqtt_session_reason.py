from odoo import fields, models
from odoo.exceptions import UserError


class MqttSessionReason(models.AbstractModel):
    """What a person says of a session: from when to when, how much energy, and why it takes a person to say so."""

    _name = "mqtt.session.reason"
    _description = "Session by Hand"

    start_time = fields.Datetime(string="Start", required=True)
    end_time = fields.Datetime(string="End", required=True)
    energy_kwh = fields.Float(string="Energy (kWh)", digits=(16, 3))
    reason = fields.Text(required=True, help="Kept in the session's chatter.")

    def _check_told(self):
        """Raise where what is told makes no session."""
        self.ensure_one()
        if not any(character.isalnum() for character in self.reason or ""):
            raise UserError(self.env._("Enter a reason."))
        if self.start_time >= self.end_time:
            raise UserError(self.env._("The end must be after the start."))
        if self.end_time > fields.Datetime.now():
            raise UserError(
                self.env._("The end lies in the future. Only a session that is over can be entered.")
            )
        if self.energy_kwh < 0:
            raise UserError(self.env._("The energy cannot be negative."))
