from odoo import fields, models


class MqttConnectionTest(models.TransientModel):
    """What a test of a connection gave, for the dialog that shows it."""

    _name = "mqtt.connection.test"
    _description = "MQTT Connection Test"

    connection_id = fields.Many2one("mqtt.connection", required=True, readonly=True, ondelete="cascade")
    ok = fields.Boolean(readonly=True)
    milliseconds = fields.Integer(readonly=True)
    message = fields.Text(readonly=True)

    def action_again(self):
        """Try once more, in the same dialog."""
        self.ensure_one()
        return self.connection_id.action_test()
