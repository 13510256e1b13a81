"""Who has sent a request to a device route, and by what it says so."""

import re
from dataclasses import dataclass, field
from typing import Any

from fusion_iot_core.protocol import JsonReadings, Measurement, Rejection

from .answers import described
from .plain_json import load_json
from .problems import PlainJsonError
from .refusals import refusals
from .scope import Scope

MAX_UNPROVEN_BYTES = 64 * 1024
"""So much is parsed for the token in it. A larger body could cost gigabytes before it is refused."""

_BEARER = re.compile(r"bearer +(\S+) *\Z", re.IGNORECASE)


@dataclass(frozen=True)
class Proof:
    """What of a request may prove who has sent it.

    :ivar token: as it came; ``None`` where there is none
    :ivar request: Odoo's `HTTPRequest`
    :ivar document: the parsed body, where the token had to be looked for in it
    :ivar signature: empty where the request is not signed
    :ivar place: where it came from, as `place_of`
    :ivar counted: it was counted under the account of its sender before the database was asked
    """

    request: Any
    body: bytes = field(repr=False)
    token: str | None = field(default=None, repr=False)
    document: Any = field(default=None, repr=False)
    timestamp: str = ""
    signature: str = ""
    place: str = ""
    counted: bool = False


def read_proof(request, body: bytes) -> Proof:
    """Find the proof of a request. Raises :class:`PlainJsonError` (401, 413)."""
    if "token" in request.args:
        raise refused(
            "token_in_address",
            "A token in the address is written into every log on the way. Rotate it, and send the new one in the "
            "header X-FP-IOT-Token.",
        )
    headers = request.headers
    if signature := headers.get("X-FP-IOT-Signature"):
        return Proof(request, body, timestamp=headers.get("X-FP-IOT-Timestamp", ""), signature=signature)
    token = header_token(headers)
    if token is not None:
        return Proof(request, body, token)
    if len(body) > MAX_UNPROVEN_BYTES:
        raise PlainJsonError(
            413,
            "too_large",
            f"A body of more than {MAX_UNPROVEN_BYTES} bytes is not searched for a token. Send the token in the header "
            "X-FP-IOT-Token or Authorization: Bearer.",
        )
    try:
        document = load_json(body)
    except PlainJsonError:
        return Proof(request, body)
    token = document.get("token") if isinstance(document, dict) else None
    return Proof(request, body, token if isinstance(token, str) else None, document)


def header_token(headers) -> str | None:
    """The token in the headers of a request, which may be empty; ``None`` where there is none."""
    token = headers.get("X-FP-IOT-Token")
    if token is None and (bearer := _BEARER.match(headers.get("Authorization", ""))):
        token = bearer[1]
    return token


_HEADERS = {401: {"WWW-Authenticate": 'FP-IOT-Token realm="ingest"'}, 503: {"Retry-After": "60"}}


def refused(error, message, status=401):
    """The error for a sender that has not proved who it is, or, with 503, could not."""
    return PlainJsonError(status, error, message, _HEADERS.get(status))


@dataclass(frozen=True)
class Sender:
    """A sender that has proved who it is.

    :ivar document: the parsed body of the request, where it was parsed already
    :ivar scope: what it may write; ``None``: everything
    :ivar owner: under which its refusals are counted
    :ivar address: that it sends from
    """

    document: Any = field(default=None, repr=False)
    scope: Scope | None = None
    owner: tuple[str, str, int] | None = None
    address: str = ""

    def json(self, body: bytes):
        """The parsed body. Raises :class:`PlainJsonError` (400)."""
        return load_json(body) if self.document is None else self.document

    def admit(self, readings: JsonReadings) -> list[Measurement]:
        """The measurements of a body, if the sender may write all of them. Raises :class:`PlainJsonError` (403)."""
        if self.scope is None:
            return readings.measurements
        strange = [
            Rejection(index, self.scope.stranger(item), "not_yours", "This is none of the sender's devices.")
            for index, item in zip(readings.indexes, readings.measurements, strict=True)
            if not self.scope.covers(item)
        ]
        if strange:
            if self.owner:
                refusals.note(self.owner, "not_yours", self.address)
            raise PlainJsonError(
                403,
                "not_yours",
                "Nothing was stored: the credential does not cover all that was sent. An IoT manager sets what it "
                "covers.",
                rejected=described(strange, readings.name_of_device),
            )
        return [self.scope.of_company(item) for item in readings.measurements]
