from odoo import api, fields, models


class MqttSessionSplit(models.TransientModel):
    """Where to split a session."""

    _name = "mqtt.session.split"
    _description = "Split Session"

    session_id = fields.Many2one("mqtt.session", required=True, readonly=True, ondelete="cascade")
    start_time = fields.Datetime(related="session_id.start_time")
    end_time = fields.Datetime(related="session_id.end_time")
    split_time = fields.Datetime(
        string="Split at",
        required=True,
        compute="_compute_split_time",
        store=True,
        readonly=False,
        help="The second session begins here.",
    )

    @api.depends("session_id")
    def _compute_split_time(self):
        """In the middle, until somebody says where."""
        for wizard in self:
            session = wizard.session_id
            if session.start_time and session.end_time:
                middle = session.start_time + (session.end_time - session.start_time) / 2
                wizard.split_time = middle.replace(microsecond=0)
            else:
                wizard.split_time = False

    def action_split(self):
        """Split, and open the later part."""
        self.ensure_one()
        return self.session_id._split_at(self.split_time)._open()
