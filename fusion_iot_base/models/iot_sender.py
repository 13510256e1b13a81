import hmac
import time

from odoo import api, models

from fusion_iot_core.protocol import SIGNATURE_TOLERANCE_S, signature_valid

from ..sender import Sender, read_proof, refused
from ..shared_token import valid_tokens


class IotSender(models.AbstractModel):
    """Finds out who has sent a request to a device route: here, whoever has the token that all devices may share.

    Addons that know further senders extend :meth:`_by_token`.
    """

    _name = "iot.sender"
    _description = "Sender of a Device Request"

    @api.model
    def _of_request(self, request, body):
        """The `Sender` of a request. Raises `PlainJsonError` (401, 413) where it has not proved who it is.

        :param request: Odoo's `HTTPRequest`
        """
        proof = read_proof(request, body)
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
        return Sender()

    @api.model
    def _shared_tokens(self):
        """The shared tokens in force, at least one."""
        if tokens := valid_tokens(self.env):
            return tokens
        raise refused(
            "token_not_rotated",
            "No ingest token is set. An administrator rotates it under Plating > Configuration > Settings.",
        )
