"""Signed requests: the secret never travels.

``X-FP-IOT-Signature: sha256=<hex HMAC-SHA256(token, timestamp + "." + raw body)>``, with the same timestamp
in ``X-FP-IOT-Timestamp``.
"""

from __future__ import annotations

import hashlib
import hmac

SIGNATURE_TOLERANCE_S = 300


def sign(token: str, timestamp: int | str, body: bytes) -> str:
    """The value of the header ``X-FP-IOT-Signature``."""
    digest = hmac.new(token.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"sha256={digest}"


def signature_valid(token: str, timestamp: str, signature: str, body: bytes, now: float) -> bool:
    """Whether ``signature`` was made with ``token`` within 300 seconds of ``now`` (epoch seconds)."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    fresh = abs(now - int(timestamp)) <= SIGNATURE_TOLERANCE_S
    expected = sign(token, timestamp, body)
    return hmac.compare_digest(expected.encode(), signature.strip().encode()) and fresh
