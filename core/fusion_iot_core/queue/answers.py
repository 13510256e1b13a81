"""What an answer of the ingest address means for the readings that were sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Union

NOT_YOURS = "not_yours"
_WORDS = {
    "token_not_rotated": "no ingest token is set up on the server; an administrator of the server makes one",
    "missing_token": "the signature did not get through; does a proxy drop the headers X-FP-IOT-Signature and "
    "X-FP-IOT-Timestamp?",
    "token_unreadable": "the server cannot read its tokens, since its key was lost or changed; an administrator of the "
    "server restores the key, or makes a new token",
    "invalid_token": "the token is wrong, or was rotated; put the present one into the configuration",
    "invalid_signature": "the token is wrong or was rotated, or the clocks of this device and of the server are more "
    "than five minutes apart",
}


@dataclass(frozen=True)
class Reply:
    """A complete HTTP answer."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    """With names in lower case."""


@dataclass(frozen=True)
class Taken:
    """The server has them for good, but for the rejected: position to a word and a sentence."""

    rejected: Mapping[int, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class TooLarge:
    """They have to be sent in smaller batches."""


@dataclass(frozen=True)
class NotCovered:
    """Nothing was stored, because of those at these positions: the credential of this device does not cover them."""

    positions: frozenset[int]


@dataclass(frozen=True)
class Later:
    """Nothing could be handed over, or nobody knows.

    :ivar reason: what to tell people
    :ivar after: seconds for which the server asked
    :ivar stored_nothing: the server said so itself
    """

    reason: str
    after: float = 0.0
    stored_nothing: bool = False


Meaning = Union[Taken, TooLarge, NotCovered, Later]


def meaning(reply: Reply, count: int) -> Meaning:
    """What the answer to a batch of `count` readings means. Whatever is not understood is tried again."""
    document = _document(reply.body)
    after = _retry_after(reply.headers.get("retry-after", ""))
    if reply.status == 200:
        if document.get("ok") is True:
            rejected = _rejected(document, count)
            if rejected is not None:
                return Taken(rejected)
        return Later("the answer is not one of the ingest address; is the address right?")
    if reply.status == 413:
        return TooLarge()
    ours = document.get("ok") is False
    # In front of the server a proxy may say 5xx although the server stored what it got.
    refused = ours and 400 <= reply.status < 500
    if refused and reply.status in (400, 404) and "rejected" in document:
        rejected = _rejected(document, count)
        if rejected is not None and len(rejected) == count:
            return Taken(rejected)
    if refused and reply.status == 403 and document.get("error") == NOT_YOURS:
        positions = frozenset(_rejected(document, count) or ())
        if positions:
            return NotCovered(positions)
    return Later(_reason(reply, document), after, stored_nothing=refused)


def _document(body: bytes) -> dict[str, object]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _rejected(document: Mapping[str, object], count: int) -> dict[int, tuple[str, str]] | None:
    """None where what is there cannot be understood."""
    found = {}
    items = document.get("rejected", [])
    if not isinstance(items, list):
        return None
    for item in items:
        index = item.get("index") if isinstance(item, dict) else None
        if type(index) is not int or not 0 <= index < count:
            return None
        found[index] = (str(item.get("error", "")), str(item.get("message", "")))
    return found


def _reason(reply: Reply, document: Mapping[str, object]) -> str:
    word = document.get("error")
    if isinstance(word, str) and document.get("ok") is False:
        return f"{reply.status} {word}: {_WORDS.get(word) or document.get('message', '')}"
    if 300 <= reply.status < 400:
        return f"{reply.status}: the server sends elsewhere ({reply.headers.get('location', '')}); use that address"
    if reply.status == 404:
        return (
            "404: nothing takes readings at that address; is fusion_plating_iot installed, and does the server have "
            "several databases (then set `database`)?"
        )
    return f"{reply.status}: not an answer of the ingest address"


def _retry_after(text: str) -> float:
    return float(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0.0
