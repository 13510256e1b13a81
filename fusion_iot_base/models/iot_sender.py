import hmac
import time

from odoo import api, models

from fusion_iot_core.protocol import SIGNATURE_TOLERANCE_S, signature_valid

from ..networks import client_address, is_within
from ..rate_limits import limits
from ..sender import Sender, read_proof, refused
from ..shared_token import NETWORKS, OFF, valid_tokens


class IotSender(models.AbstractModel):
    """Finds out who has sent a request to a device route: here, whoever has the token that all devices may share.

    Addons that know further senders extend :meth:`_by_token`.
    """

    _name = "iot.sender"
    _description = "Sender of a Device Request"

    @api.model
    def _of_request(self, request, body):
        """The `Sender` of a request. Raises `PlainJsonError` (401, 403, 413, 429) where it may not write.

        :param request: Odoo's `HTTPRequest`
        """
        proof = read_proof(request, body)
        if proof.token and proof.document is not None:
            limits.check(proof.token)  # those in headers were counted before
        return self._by_signature(proof) if proof.signature else self._by_token(proof)

    @api.model
    def _by_token(self, proof):
        tokens = self._shared_tokens()
        if not proof.token:
            raise refused(
                "missing_token",
                'Send the ingest token in the header X-FP-IOT-Token or as "token" in the body, or sign.',
            )
        # Every token is compared, so that the time taken does not tell which one was close.
        given = proof.token.encode("utf-8", "replace")
        matches = [hmac.compare_digest(given, token.encode()) for token in tokens]
        if not any(matches):
            raise refused("invalid_token", "The ingest token is wrong or has been rotated.")
        self._check_address(proof.request, self._parameter(NETWORKS))
        return Sender(proof.document)

    @api.model
    def _by_signature(self, proof):
        now = time.time()
        matches = [
            signature_valid(token, proof.timestamp, proof.signature, proof.body, now)
            for token in self._shared_tokens()
        ]
        if not any(matches):
            raise refused(
                "invalid_signature",
                f"The signature does not fit the body, or its timestamp is more than {SIGNATURE_TOLERANCE_S} seconds "
                "off.",
            )
        self._check_address(proof.request, self._parameter(NETWORKS))
        return Sender()

    @api.model
    def _shared_tokens(self):
        """The shared tokens in force, at least one."""
        if self._parameter(OFF):
            raise refused(
                "shared_token_off",
                "The token that all devices shared is switched off: each has a credential of its own. An administrator "
                "makes one under IoT > Configuration > Credentials.",
            )
        if tokens := valid_tokens(self.env):
            return tokens
        raise refused(
            "token_not_rotated",
            "No ingest token is set. An administrator rotates it under Plating > Configuration > Settings.",
        )

    @api.model
    def _check_address(self, request, networks):
        """Refuse a request that comes from none of the ``networks``; without any, it may come from anywhere."""
        if not networks:
            return
        address = client_address(self.env, request)
        if not is_within(address, networks):
            raise refused("address_not_allowed", f"This token may not be used from {address}.", 403)

    @api.model
    def _parameter(self, name):
        return self.env["ir.config_parameter"].sudo().get_param(name)
