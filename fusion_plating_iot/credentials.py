"""Who may post readings: whoever has the ingest token, or can sign with it."""

import hmac
import time

from odoo import fields
from odoo.addons.fusion_iot_base.plain_json import load_json
from odoo.addons.fusion_iot_base.problems import PlainJsonError

from fusion_iot_core.protocol import SIGNATURE_TOLERANCE_S, signature_valid

# Names of system parameters.
TOKEN = "fusion_plating_iot.ingest_token"  # noqa: S105
PREVIOUS_TOKEN = "fusion_plating_iot.ingest_token_previous"  # noqa: S105
PREVIOUS_UNTIL = "fusion_plating_iot.ingest_token_previous_until"
PLACEHOLDER = "CHANGE-ME-AFTER-INSTALL"
MAX_UNPROVEN_BYTES = 64 * 1024
"""So much is parsed for the token in it. A larger body could cost gigabytes before it is refused."""


def token_set(env) -> bool:
    """Whether a token of this installation's own is in force."""
    return (env["ir.config_parameter"].sudo().get_param(TOKEN) or "").strip() not in ("", PLACEHOLDER)


def valid_tokens(env) -> list[str]:
    """The present token and, during the overlap after a rotation, the one before it."""
    get_param = env["ir.config_parameter"].sudo().get_param
    tokens = [get_param(TOKEN)] if token_set(env) else []
    previous, until = get_param(PREVIOUS_TOKEN), get_param(PREVIOUS_UNTIL)
    if tokens and previous and until and until > fields.Datetime.to_string(fields.Datetime.now()):
        tokens.append(previous)
    return tokens


def check_credentials(env, headers, body: bytes):
    """Let a request pass or raise :class:`PlainJsonError` (401).

    :returns: the parsed body where it had to be parsed to find the token in it, else ``None``
    """
    tokens = valid_tokens(env)
    if not tokens:
        raise _refused(
            "token_not_rotated",
            "No ingest token is set. An administrator rotates it under Plating > Configuration > Settings.",
        )
    if signature := headers.get("X-FP-IOT-Signature"):
        _check_signature(tokens, headers.get("X-FP-IOT-Timestamp", ""), signature, body)
        return None
    document = None
    given = headers.get("X-FP-IOT-Token")
    if given is None and len(body) > MAX_UNPROVEN_BYTES:
        raise _refused(
            "missing_token",
            f"With a body of more than {MAX_UNPROVEN_BYTES} bytes, send the ingest token in the header X-FP-IOT-Token, "
            "or sign.",
        )
    if given is None:
        try:
            document = load_json(body)
        except PlainJsonError:
            document = None
        given = document.get("token") if isinstance(document, dict) else None
    if not isinstance(given, str) or not given:
        raise _refused(
            "missing_token",
            'Send the ingest token in the header X-FP-IOT-Token or as "token" in the body, or sign.',
        )
    # Every token is compared, so that the time taken does not tell which one was close.
    matches = [hmac.compare_digest(_bytes(given), _bytes(token)) for token in tokens]
    if not any(matches):
        raise _refused("invalid_token", "The ingest token is wrong or has been rotated.")
    return document


def _check_signature(tokens, timestamp, signature, body):
    now = time.time()
    matches = [signature_valid(token, timestamp, signature, body, now) for token in tokens]
    if not any(matches):
        raise _refused(
            "invalid_signature",
            f"The signature does not fit the body, or its timestamp is more than {SIGNATURE_TOLERANCE_S} seconds off.",
        )


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _refused(error, message):
    return PlainJsonError(401, error, message, {"WWW-Authenticate": 'FP-IOT-Token realm="ingest"'})
