from odoo import fields, models

from ..engine.columns import iso


class MqttSessionEntry(models.TransientModel):
    """Enters a session that no meter has seen, with the reason."""

    _name = "mqtt.session.entry"
    _description = "Enter a Session"
    _inherit = ["mqtt.session.reason"]

    device_id = fields.Many2one("iot.device", string="Machine", required=True, ondelete="cascade")
    state = fields.Selection(
        [("working", "Working"), ("standby", "Standby")],
        required=True,
        default="working",
        help="What the machine did all the time.",
    )

    def action_enter(self):
        """Make the session, and open it."""
        self.ensure_one()
        self.device_id.check_access("write")
        self._check_told()
        sessions = self.env["mqtt.session"]
        sessions.new({"device_id": self.device_id.id})._check_free(self.start_time, self.end_time)
        seconds = (self.end_time - self.start_time).total_seconds()
        session = sessions.sudo().create(
            {
                "device_id": self.device_id.id,
                "status": "completed",
                "current_state": "idle",
                "start_time": self.start_time,
                "end_time": self.end_time,
                "total_duration_s": seconds,
                "working_duration_s": seconds if self.state == "working" else 0.0,
                "standby_duration_s": seconds if self.state == "standby" else 0.0,
                "energy_kwh": self.energy_kwh,
                "energy_source": "manual",
                "state_history": [[iso(self.start_time), self.state]],
                "started_by_hand": True,
                "end_reason": "manual",
                "by_hand": True,
            }
        )
        session._made_by_hand()
        session.message_post(body=self.env._("Entered by hand: %s", self.reason))
        return session._open()
