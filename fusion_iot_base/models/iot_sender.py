import hmac
import time
from dataclasses import replace
from functools import partial

from odoo import api, models

from fusion_iot_core.protocol import SIGNATURE_TOLERANCE_S, signature_valid

from .. import rate_limits
from ..networks import client_address, is_within, place_of, trusted_proxies
from ..problems import PlainJsonError
from ..rate_limits import REFUSED_PER_MINUTE, Account
from ..refusals import refusals
from ..sender import Sender, read_proof, refused
from ..shared_token import NETWORKS, OFF, rate_limit, shared_owner, token_unreadable, valid_tokens


class IotSender(models.AbstractModel):
    """Finds out who has sent a request to a device route: here, whoever has the token that all devices may share.

    Addons that know further senders extend :meth:`_by_token` and :meth:`_recognisers`.
    """

    _name = "iot.sender"
    _description = "Sender of a Device Request"

    @api.model
    def _of_request(self, request, body, proof=None):
        """The `Sender` of a request. Raises `PlainJsonError` (401, 403, 413, 429) where it may not write.

        :param request: Odoo's `HTTPRequest`
        :param proof: what was read of the request already
        """
        proof = proof or read_proof(request, body)
        proof = replace(proof, place=place_of(client_address(self.env, request)))
        return self._by_signature(proof) if proof.signature else self._by_token(proof)

    @api.model
    def _by_token(self, proof):
        tokens = self._shared_tokens(proof)
        if not proof.token:
            raise self._stranger(
                proof,
                "missing_token",
                'Send the ingest token in the header X-FP-IOT-Token or as "token" in the body, or sign.',
            )
        if not _is_shared(tokens, proof):
            raise self._stranger(proof, "invalid_token", "The ingest token is wrong or has been rotated.")
        return self._shared_sender(proof)

    @api.model
    def _by_signature(self, proof):
        if not _is_shared(self._shared_tokens(proof), proof):
            raise self._stranger(
                proof,
                "invalid_signature",
                f"The signature does not fit the body, or its timestamp is more than {SIGNATURE_TOLERANCE_S} seconds "
                "off.",
            )
        return self._shared_sender(proof)

    @api.model
    def _shared_sender(self, proof):
        owner = shared_owner(self.env.cr.dbname)
        self._admit(proof, owner, rate_limit(self.env), self._parameter(NETWORKS))
        return Sender(proof.document)

    @api.model
    def _shared_tokens(self, proof):
        """The shared tokens in force, at least one."""
        if self._parameter(OFF):
            if _is_shared(valid_tokens(self.env), proof):
                address = client_address(self.env, proof.request)
                refusals.note(shared_owner(self.env.cr.dbname), "shared_token_off", str(address or ""))
            raise self._stranger(
                proof,
                "shared_token_off",
                "The token that all devices shared is switched off: each needs a credential of its own, which an IoT "
                "manager makes.",
            )
        if tokens := valid_tokens(self.env):
            return tokens
        if token_unreadable(self.env):
            raise self._unreadable(proof)
        raise self._stranger(
            proof,
            "token_not_rotated",
            "No token that devices share is set. An administrator sets one, or an IoT manager makes a credential for "
            "this device alone.",
        )

    @api.model
    def _recognisers(self):
        """Functions that say of a `Proof` whether it is right, without the database: see `recognition`."""
        trusted_proxies(self.env)  # so that those who are asked about next are looked for where they are
        return [partial(_is_shared, [] if self._parameter(OFF) else valid_tokens(self.env))]

    @api.model
    def _admit(self, proof, owner, per_minute, networks, trouble=None):
        """Count a request whose token is known. Raises `PlainJsonError` (401, 403, 429).

        :param owner: of the token: see `Account`
        :param per_minute: how many requests it may make; 0: any number
        :param networks: where it may be used from; without any, anywhere
        :param trouble: the error for a token that may not be used any more
        """
        address = client_address(self.env, proof.request)
        if trouble is None and networks and not is_within(address, networks):
            trouble = refused("address_not_allowed", f"This token may not be used from {address}.", 403)
        account = Account(owner, REFUSED_PER_MINUTE, proof.place) if trouble else Account(owner, per_minute)
        limits = rate_limits.limits
        if proof.token:
            limits.learn(proof.token, proof.place, account)
        try:
            if not proof.counted:
                limits.count(account)
            if trouble:
                raise trouble
        except PlainJsonError as exc:
            refusals.note(owner, exc.problem.error, str(address or ""))
            raise

    @api.model
    def _stranger(self, proof, error, message, status=401):
        """Count a request of somebody unknown, and return the error for it."""
        limits = rate_limits.limits
        limits.learn(proof.token, proof.place, None)
        limits.count_stranger(proof.place)
        return refused(error, message, status)

    @api.model
    def _unreadable(self, proof):
        """As `_stranger`, where the server cannot tell: its key does not open what it would compare with."""
        return self._stranger(
            proof,
            "token_unreadable",
            "The server cannot read the tokens that it knows: its key is another one than before. Keep what you send "
            "until an administrator has restored the key, or has made a new token for you.",
            503,
        )

    @api.model
    def _note_refusals(self, tallies):
        """Store what was refused of senders that are known: here, of none. Extend, and call ``super()``.

        :param tallies: owner (see `Account`) -> `Tally`
        :return: the owners for which it is done
        """
        return set()

    @api.model
    def _parameter(self, name):
        return self.env["ir.config_parameter"].sudo().get_param(name)


def _is_shared(tokens, proof):
    """Whether a proof is made with one of the shared tokens.

    Every one is compared, so that the time taken does not tell which one was close.
    """
    if proof.signature:
        now = time.time()
        matches = [
            signature_valid(token, proof.timestamp, proof.signature, proof.body, now) for token in tokens
        ]
    else:
        given = (proof.token or "").encode("utf-8", "replace")
        matches = [hmac.compare_digest(given, token.encode()) for token in tokens]
    return any(matches)
