"""The token that all devices of an installation may share, and the one before it.

It is in system parameters, whose names the documentation of devices and existing databases know.
"""

from odoo import fields

TOKEN = "fusion_plating_iot.ingest_token"  # noqa: S105
PREVIOUS_TOKEN = "fusion_plating_iot.ingest_token_previous"  # noqa: S105
PREVIOUS_UNTIL = "fusion_plating_iot.ingest_token_previous_until"
OFF = "fusion_plating_iot.ingest_token_off"
NETWORKS = "fusion_plating_iot.ingest_token_networks"
RATE = "fusion_plating_iot.ingest_token_rate_limit"
DEFAULT_RATE = 6000
"""Requests a minute that all devices with the shared token may make together."""
PLACEHOLDER = "CHANGE-ME-AFTER-INSTALL"
OVERLAPS = [
    ("0", "None: the old token stops now"),
    ("1", "1 hour"),
    ("24", "1 day"),
    ("168", "1 week"),
    ("720", "30 days"),
]
"""For how many hours the token before may stay valid, when one is rotated."""


def shared_owner(dbname):
    """Under which the requests with it are counted: see `Account`."""
    return (dbname, "shared", 0)


def token_set(env) -> bool:
    """Whether a token of this installation's own is in force."""
    return (env["ir.config_parameter"].sudo().get_param(TOKEN) or "").strip() not in ("", PLACEHOLDER)


def token_unreadable(env) -> bool:
    """Whether there is a token that the present keys of the server do not open."""
    return env["ir.config_parameter"].sudo()._is_unreadable(TOKEN)


def valid_tokens(env) -> list[str]:
    """The present token and, during the overlap after a rotation, the one before it."""
    get_param = env["ir.config_parameter"].sudo().get_param
    tokens = [get_param(TOKEN)] if token_set(env) else []
    previous, until = get_param(PREVIOUS_TOKEN), get_param(PREVIOUS_UNTIL)
    if tokens and previous and until and until > fields.Datetime.to_string(fields.Datetime.now()):
        tokens.append(previous)
    return tokens


def rate_limit(env) -> int:
    """Requests a minute that may be made with it; 0: no limit."""
    text = str(env["ir.config_parameter"].sudo().get_param(RATE) or DEFAULT_RATE)
    return int(text) if text.isascii() and text.isdigit() else DEFAULT_RATE
