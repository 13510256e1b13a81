"""Posting readings to `POST /fp/iot/ingest`, and what each answer means."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

from .line import Reading

PATH = "/fp/iot/ingest"
ANSWER_LIMIT = 1 << 20
"""Bytes of an answer that are read."""


@dataclass(frozen=True)
class Taken:
    """The server has committed the batch; `rejected` names each serial and reason it did not take."""

    accepted: int
    rejected: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True)
class Refused:
    """The server will never take this batch."""

    reason: str


@dataclass(frozen=True)
class Later:
    """The batch could not be handed over now; `after` is what the server asked to wait, in seconds."""

    reason: str
    after: float = 0.0


Outcome = Taken | Refused | Later


class Poster:
    """A client of the ingest address of one server, never through a proxy."""

    def __init__(self, url: str, token: str, timeout: float = 20.0) -> None:
        self.url = url.rstrip("/") + PATH
        self.token = token
        self.timeout = timeout
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def post(self, readings: Sequence[Reading]) -> Outcome:
        """Send a batch and wait for the answer."""
        headers = {"Content-Type": "application/json", "X-FP-IOT-Token": self.token}
        request = urllib.request.Request(self.url, body(readings), headers)
        try:
            with self._opener.open(request, timeout=self.timeout) as answer:
                return _taken(_document(answer.read(ANSWER_LIMIT)))
        except urllib.error.HTTPError as error:
            with error:
                return _failed(error.code, error.headers.get("Retry-After", ""), _text(error))
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Later(f"no answer ({getattr(error, 'reason', None) or error})")


def body(readings: Sequence[Reading]) -> bytes:
    """The JSON of a batch, with times in ISO 8601."""
    items = [
        {"device_serial": reading.serial, "value": reading.value, "read_at": _iso(reading.at)}
        for reading in readings
    ]
    return json.dumps({"readings": items}).encode()


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _text(error: urllib.error.HTTPError) -> bytes:
    try:
        return error.read(ANSWER_LIMIT)
    except (OSError, http.client.HTTPException):
        return b""


def _document(text: bytes) -> dict[str, object]:
    """The JSON object of an answer. Raises `ValueError` where it is none."""
    document = json.loads(text)
    if not isinstance(document, dict):
        raise ValueError("the answer is not a JSON object")  # noqa: TRY004  like any other bad JSON
    return document


def _taken(document: dict[str, object]) -> Outcome:
    accepted, rejected = document.get("accepted"), document.get("rejected", [])
    if document.get("ok") is not True or not isinstance(accepted, int) or not isinstance(rejected, list):
        return Later("an answer that is not one of the ingest address")
    items = [item for item in rejected if isinstance(item, dict)]
    named = frozenset((str(item.get("device_serial")), str(item.get("error"))) for item in items)
    return Taken(accepted, named)


def _failed(status: int, retry_after: str, text: bytes) -> Outcome:
    try:
        error = str(_document(text).get("error", ""))
    except ValueError:
        error = ""
    reason = f"{status} {error}".rstrip()
    if (status == 400 and error) or error == "unknown_device":
        return Refused(reason)
    return Later(reason, float(retry_after) if retry_after.isdigit() else 0.0)
