"""Small clients, standard library only: what a gateway and the web client would do."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from fusion_cli.testing import logins
from fusion_cli.testing.pace import patient

SESSION_EXPIRED = 100
"""Odoo's code of an error: somebody has logged out, or has another password now."""


class RpcError(Exception):
    """The server refused; the message is its own."""


class Rpc:
    """What the web client calls, for one user."""

    def __init__(self, url: str, database: str, login: str, password: str) -> None:
        self.url = url
        self._login = (database, login, password)
        self._session = logins.log_in(url, *self._login)
        self.uid = self._session.user_id

    def call(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """Call a method of a model."""
        parameters = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        answer: Any = logins.call(
            self.url, self._session, f"/web/dataset/call_kw/{model}/{method}", parameters
        )
        if "error" in answer:
            raise RpcError(answer["error"]["data"]["message"])
        return answer.get("result")

    def _call(self, path: str, parameters: dict[str, Any]) -> dict[str, Any]:
        return logins.call(self.url, self._session, path, parameters)

    def create(self, model: str, values: dict[str, Any]) -> int:
        """Create one record."""
        return self.call(model, "create", [values])[0]

    def search_read(
        self, model: str, domain: list[Any], fields: list[str], **kwargs: Any
    ) -> list[dict[str, Any]]:
        """Read what matches, by ascending id."""
        return self.call(model, "search_read", domain, fields=fields, order="id", **kwargs)


@dataclass(frozen=True)
class Answer:
    """An answer of the ingest address. ``status`` 0: none came (refused, cut off)."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str]


class Ingest:
    """``POST /fp/iot/ingest``."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token

    def post(self, body: Any, timeout: float = 30.0) -> Answer:
        """Post once. Connection failures are an answer with status 0, as a device would see them.

        `timeout` is how long an answer takes at most on a machine with nothing else to do.
        """
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=patient(timeout))
        try:
            connection.request(
                "POST",
                "/fp/iot/ingest",
                body if isinstance(body, bytes) else json.dumps(body).encode(),
                {"Content-Type": "application/json", "X-FP-IOT-Token": self.token},
            )
            response = connection.getresponse()
            text = response.read()
            assert response.headers.get_content_type() == "application/json", text[:300]
            return Answer(response.status, json.loads(text), dict(response.headers))
        except (OSError, http.client.HTTPException):
            return Answer(0, {}, {})
        finally:
            connection.close()
