"""Sessions of users on the servers of a stack, opened once each: a password takes a third of a second to check."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass

from ..web import AnswerError, Client
from .pace import patient

ANSWERS_WITHIN_S = 60.0
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_known: dict[tuple[str, str, str], Session] = {}


@dataclass(frozen=True)
class Session:
    """What a server knows a user by, as do all others with the same database and data folder."""

    cookie: str
    user_id: int


def log_in(url: str, database: str, login: str, password: str) -> Session:
    """The session of a user.

    :raises AnswerError: the server does not take the password
    """
    key = (database, login, password)
    known = _known.get(key)
    if known is None or not _is_good(url, known):
        known = _known[key] = _opened(url, database, login, password)
    return known


def call(url: str, session: Session, path: str, parameters: dict[str, object]) -> dict[str, object]:
    """The answer of one of Odoo's own JSON-RPC routes to somebody who is logged in."""
    body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": parameters}).encode()
    headers = {"Content-Type": "application/json", "Cookie": f"session_id={session.cookie}"}
    request = urllib.request.Request(url + path, body, headers)
    with _opener.open(request, timeout=patient(ANSWERS_WITHIN_S)) as answer:
        return dict(json.load(answer))


def _is_good(url: str, session: Session) -> bool:
    return "error" not in call(url, session, "/web/session/check", {})


def _opened(url: str, database: str, login: str, password: str) -> Session:
    client = Client(url)
    parameters: dict[str, object] = {"db": database, "login": login, "password": password}
    found = client.call("/web/session/authenticate", parameters)
    user_id = found.get("uid") if isinstance(found, dict) else None
    if not isinstance(user_id, int):
        raise AnswerError(f"{login} cannot log in.")
    return Session(client.cookie("session_id"), user_id)
