from odoo import api, fields, models
from odoo.addons.fusion_iot_base.networks import client_address
from odoo.addons.fusion_iot_base.rate_limits import key_of, limits
from odoo.addons.fusion_iot_base.sender import Sender, refused

from .iot_credential import PREFIX


class IotSender(models.AbstractModel):
    """Knows the senders that have a credential of their own."""

    _inherit = "iot.sender"

    @api.model
    def _by_token(self, proof):
        if not (proof.token and proof.token.startswith(PREFIX)):
            return super()._by_token(proof)
        credentials = self.env["iot.credential"].sudo()
        found = credentials._find(proof.token)
        if found is None:
            raise refused("invalid_token", "This token is wrong or has been rotated.")
        if found["revoked_at"]:
            raise refused("revoked_token", "This token was revoked. An administrator makes a new one.")
        if found["expires_at"] and found["expires_at"] <= fields.Datetime.now():
            raise refused("expired_token", "This token has expired. An administrator makes a new one.")
        self._check_address(proof.request, found["networks"])
        limits.learn(key_of(proof.token), found["rate_limit"])
        credentials._note_used(found, client_address(self.env, proof.request))
        return Sender(proof.document, credentials._scope_of(found))
