"""Signed requests: the token never travels."""

from __future__ import annotations

import hashlib
import hmac


def sign(token: str, timestamp: int, body: bytes) -> str:
    """The value of the header `X-FP-IOT-Signature`; `timestamp` goes into `X-FP-IOT-Timestamp`."""
    digest = hmac.new(token.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"sha256={digest}"
