from odoo import api, fields, models
from odoo.addons.fusion_base.growing import GrowingReference


class MqttSessionSplit(models.TransientModel):
    """Where to split a session."""

    _name = "mqtt.session.split"
    _description = "Split Session"

    session_id = GrowingReference("mqtt.session", required=True, readonly=True, ondelete="cascade")
    start_time = fields.Datetime(related="session_id.start_time")
    end_time = fields.Datetime(related="session_id.end_time")
    split_time = fields.Datetime(string="Split at", required=True, help="The second session begins here.")

    @api.model
    def default_get(self, fields_list):
        """In the middle, until somebody says where."""
        values = super().default_get(fields_list)
        session = self.env["mqtt.session"].browse(values.get("session_id"))
        if session.start_time and session.end_time and not values.get("split_time"):
            middle = session.start_time + (session.end_time - session.start_time) / 2
            values["split_time"] = middle.replace(microsecond=0)
        return values

    def action_split(self):
        """Split, and open the later part."""
        self.ensure_one()
        return self.session_id._split_at(self.split_time)._open()
