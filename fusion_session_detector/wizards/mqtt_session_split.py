from odoo import fields, models


class MqttSessionSplit(models.TransientModel):
    """Where to split a session."""

    _name = "mqtt.session.split"
    _description = "Split Session"

    session_id = fields.Many2one("mqtt.session", required=True, readonly=True, ondelete="cascade")
    start_time = fields.Datetime(related="session_id.start_time")
    end_time = fields.Datetime(related="session_id.end_time")
    split_time = fields.Datetime(string="Split at", required=True, help="The second session begins here.")

    def action_split(self):
        """Split, and open the later part."""
        self.ensure_one()
