"""Talking to the server over HTTP."""

from __future__ import annotations

import http.client
import json
import math
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Callable
from urllib.parse import urlsplit

from .. import __version__
from ..signature import sign
from .answers import Reply
from .waiting import Waiting

PATH = "/fp/iot/ingest"
ANSWER_LIMIT = 8 << 20
CREDENTIAL = "fiot_"
"""Credentials of devices begin with it."""
_NONE: Mapping[str, str] = MappingProxyType({})
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class NoAnswer(Exception):
    """The server cannot be reached, or did not finish its answer; the message says why."""


class Client:
    """A client of the ingest address of one server. It follows no redirection and uses no proxy.

    :param url: of Odoo, `http://` or `https://`
    :param path: of the ingest address below it
    :param headers: what every request carries besides
    :param database: name for the header `X-Odoo-Database`, where the server has several
    :param ca_file: certificates to trust instead of the system's
    :param wall: the system's clock, in seconds since 1970; what is signed with
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        path: str = PATH,
        headers: Mapping[str, str] = _NONE,
        database: str = "",
        ca_file: str = "",
        timeout: float = 20.0,
        wall: Callable[[], float] = time.time,
    ) -> None:
        parts = urlsplit(url)
        self._secure = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port
        self._path = parts.path.rstrip("/") + path
        self._headers = headers
        self._token = token
        self._database = database
        self._timeout = timeout
        self._wall = wall
        self._context = ssl.create_default_context(cafile=ca_file or None) if self._secure else None

    def post(self, batch: Sequence[Waiting]) -> Reply:
        """Send readings. Raises `NoAnswer`."""
        return self.post_body(body(batch))

    def post_body(self, content: bytes) -> Reply:
        """Send a body, with what proves who sends it. Raises `NoAnswer`."""
        # Later than that of any reading: where the server believes this time, it believes those.
        timestamp = math.ceil(self._wall()) + 1
        headers = {"Content-Type": "application/json", **_proof(self._token, timestamp, content)}
        return self._request("POST", content, headers)

    def ask_time(self) -> Reply:
        """A request that does nothing, for the time in its answer. Raises `NoAnswer`."""
        return self._request("GET", None, {})

    def _request(self, method: str, content: bytes | None, headers: dict[str, str]) -> Reply:
        headers = {
            "User-Agent": f"fusion-probe-agent/{__version__}",
            "Connection": "close",
            **self._headers,
            **headers,
        }
        if self._database:
            headers["X-Odoo-Database"] = self._database
        connection = self._connection()
        try:
            connection.request(method, self._path, content, headers)
            response = connection.getresponse()
            text = response.read(ANSWER_LIMIT)
            found = {name.lower(): value for name, value in response.getheaders()}
            return Reply(response.status, text, found)
        except ssl.SSLCertVerificationError as error:
            raise NoAnswer(
                f"the certificate of {self._host} is not trusted: {error.verify_message}"
            ) from error
        except ssl.SSLError as error:
            raise NoAnswer(f"no TLS with {self._host}: {error.reason or error}") from error
        except (TimeoutError, socket.timeout) as error:  # two things before Python 3.10
            raise NoAnswer(f"no answer from {self._host} within {self._timeout:g} s") from error
        except http.client.HTTPException as error:
            raise NoAnswer(f"{self._host} did not finish its answer: {error}") from error
        except OSError as error:
            raise NoAnswer(f"{self._host} cannot be reached: {error.strerror or error}") from error
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        if self._secure:
            return http.client.HTTPSConnection(
                self._host, self._port, timeout=self._timeout, context=self._context
            )
        return http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)


def _proof(token: str, timestamp: int, content: bytes) -> dict[str, str]:
    """The headers that prove who sends: a signature, so that the token does not travel.

    A credential is sent itself: the server has only a hash of it, which checks no signature.
    """
    if token.startswith(CREDENTIAL):
        return {"Authorization": f"Bearer {token}"}
    return {"X-FP-IOT-Timestamp": str(timestamp), "X-FP-IOT-Signature": sign(token, timestamp, content)}


def body(batch: Sequence[Waiting]) -> bytes:
    """The JSON of a batch."""
    readings = [
        {"device_serial": item.sample.serial, "value": item.sample.value, "read_at": iso(item.at_ms or 0)}
        for item in batch
    ]
    return json.dumps({"readings": readings}, separators=(",", ":")).encode()


def iso(at_ms: int) -> str:
    """Milliseconds since 1970 as ISO 8601."""
    at = _EPOCH + timedelta(milliseconds=at_ms)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at_ms % 1000:03d}Z"


def server_time(reply: Reply) -> int | None:
    """The server's clock in an answer, in milliseconds since 1970: the middle of the second that it tells."""
    try:
        at = parsedate_to_datetime(reply.headers.get("date", ""))
    except (TypeError, ValueError, IndexError):
        return None
    if at.tzinfo is None:
        return None
    return int(at.timestamp() * 1000) + 500
