from odoo import fields, models
from odoo.addons.fusion_iot_base.shared_token import OVERLAPS


class IotCredentialRotate(models.TransientModel):
    """Makes a token for a credential and shows it once."""

    _name = "iot.credential.rotate"
    _description = "Device Credential Rotation"

    credential_id = fields.Many2one("iot.credential", required=True, readonly=True, ondelete="cascade")
    state = fields.Selection(related="credential_id.state")
    overlap = fields.Selection(
        OVERLAPS,
        required=True,
        default="24",
        help="How long the device may go on with the old token.",
    )

    def action_issue(self):
        """Put a fresh token in force and show it."""
        self.ensure_one()
        credential = self.credential_id
        rotated = credential.state in ("active", "overlap")
        hours = int(self.overlap) if rotated else 0
        return {
            "type": "ir.actions.client",
            "tag": "fusion_token_shown",
            "target": "new",
            "name": self.env._("New token"),
            "params": {
                "token": credential._issue(hours),
                "message": self.env._("Put it into %s.", credential.name),
                "hours": hours,
                "rotated": rotated,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
