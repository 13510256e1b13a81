import secrets
from datetime import timedelta

from odoo import fields, models
from odoo.addons.fusion_iot_base.shared_token import (
    OVERLAPS,
    PREVIOUS_TOKEN,
    PREVIOUS_UNTIL,
    TOKEN,
    token_set,
)
from odoo.exceptions import AccessError


class FpIngestTokenRotate(models.TransientModel):
    """Makes a new ingest token and shows it once."""

    _name = "fp.ingest.token.rotate"
    _description = "Ingest Token Rotation"

    overlap = fields.Selection(
        OVERLAPS,
        required=True,
        default="24",
        help="How long devices may go on with the old token.",
    )

    def action_rotate(self):
        """Put a fresh token in force and show it."""
        self.ensure_one()
        if not self.env.user.has_group("base.group_system"):
            raise AccessError(self.env._("Only an administrator can rotate the ingest token."))
        parameters = self.env["ir.config_parameter"].sudo()
        hours = int(self.overlap) if token_set(self.env) else 0
        if hours:
            until = fields.Datetime.now() + timedelta(hours=hours)
            parameters.set_param(PREVIOUS_TOKEN, parameters.get_param(TOKEN))
            parameters.set_param(PREVIOUS_UNTIL, fields.Datetime.to_string(until))
        else:
            parameters.set_param(PREVIOUS_TOKEN, False)
            parameters.set_param(PREVIOUS_UNTIL, False)
        token = secrets.token_urlsafe(32)
        parameters.set_param(TOKEN, token)
        return {
            "type": "ir.actions.client",
            "tag": "fusion_token_shown",
            "target": "new",
            "name": self.env._("New ingest token"),
            "params": {
                "token": token,
                "message": self.env._("Put it into the devices that post measurements."),
                "hours": hours,
                "next": "fusion_iot.iot_settings_action",
            },
        }
