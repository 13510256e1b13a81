from odoo import models


class MqttSession(models.Model):
    _inherit = "mqtt.session"

    def action_force_end(self):
        """End running sessions now, whatever their meters say."""

    def action_merge(self):
        """Make one of several completed sessions of a machine that follow each other."""

    def action_split(self):
        """Open the dialog that asks where to split."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Split session"),
            "res_model": "mqtt.session.split",
            "view_mode": "form",
            "target": "new",
            "context": {"default_session_id": self.id},
        }
