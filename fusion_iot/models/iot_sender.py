from functools import partial

from odoo import api, fields, models
from odoo.addons.fusion_iot_base.networks import client_address
from odoo.addons.fusion_iot_base.sender import Sender, refused
from odoo.addons.fusion_iot_base.shared_token import shared_owner

from .iot_credential import PREFIX, hash_token

OWNER = "iot.credential"


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
            if credentials._is_key_unreadable():
                raise self._unreadable(proof)
            raise self._stranger(proof, "invalid_token", "This token is wrong or has been rotated.")
        owner = (self.env.cr.dbname, OWNER, found["id"])
        self._admit(proof, owner, found["rate_limit"], found["networks"], self._trouble(found))
        address = client_address(self.env, proof.request)
        credentials._note_used(found, address)
        return Sender(proof.document, credentials._scope_of(found), owner, str(address or ""))

    @api.model
    def _trouble(self, found):
        if found["revoked_at"]:
            return refused("revoked_token", "This token was revoked. An IoT manager makes a new one.")
        if found["expires_at"] and found["expires_at"] <= fields.Datetime.now():
            return refused("expired_token", "This token has expired. An IoT manager makes a new one.")
        return None

    @api.model
    def _recognisers(self):
        key, hashes = self.env["iot.credential"].sudo()._hashes_in_force()
        return [*super()._recognisers(), partial(_is_credential, key, hashes)]

    @api.model
    def _note_refusals(self, tallies):
        ours = {owner[2]: tally for owner, tally in tallies.items() if owner[1] == OWNER}
        done = {
            (self.env.cr.dbname, OWNER, credential_id)
            for credential_id in self.env["iot.credential"].sudo()._note_refused(ours)
        }
        shared = shared_owner(self.env.cr.dbname)
        if shared in tallies and self.env["iot.shared.token"]._note(tallies[shared]):
            done.add(shared)
        return super()._note_refusals(tallies) | done


def _is_credential(key, hashes, proof):
    token = proof.token or ""
    return bool(key) and token.startswith(PREFIX) and hash_token(key, token) in hashes
