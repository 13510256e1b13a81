"""Asking the local server things, never through a proxy."""

from __future__ import annotations

import http.cookiejar
import json
import re
import urllib.error
import urllib.request


class AnswerError(OSError):
    """An answer of Odoo's JSON-RPC that says it failed."""


class Client:
    """A small HTTP client with cookies for one local server."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._jar = http.cookiejar.CookieJar()
        cookies = urllib.request.HTTPCookieProcessor(self._jar)
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), cookies)

    def get(self, path: str, timeout: float = 600.0) -> str:
        """Body of a page; raises `OSError` for anything but success."""
        with self._opener.open(self.url + path, timeout=timeout) as answer:
            return str(answer.read(), "utf-8", "replace")

    def call(self, path: str, parameters: dict[str, object], timeout: float = 600.0) -> object:
        """Result of one of Odoo's own JSON-RPC routes; raises `OSError` where it fails."""
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": parameters}).encode()
        request = urllib.request.Request(self.url + path, body, {"Content-Type": "application/json"})
        with self._opener.open(request, timeout=timeout) as answer:
            found = json.loads(answer.read())
        if "error" in found:
            error = found["error"]
            raise AnswerError(error.get("data", {}).get("message") or error.get("message", "error"))
        return found.get("result")

    def cookie(self, name: str) -> str:
        """Value of a cookie that the server has set; empty where it has not."""
        return next((cookie.value or "" for cookie in self._jar if cookie.name == name), "")

    def answers(self, path: str, timeout: float = 5.0) -> bool:
        """Whether a page can be had."""
        try:
            self.get(path, timeout)
        except (OSError, ValueError):
            return False
        return True

    def fetch_assets(self, page: str) -> int:
        """Fetch the scripts and styles that a page names, so that the server has built them."""
        found = set(re.findall(r"""(?:src|href)=["'](/web/assets/[^"']+)""", page))
        for path in sorted(found):
            self.get(path.replace("&amp;", "&"))
        return len(found)


class Refused(OSError):
    """The server did not take the login and password."""


def warm(url: str, database: str, login: str, password: str) -> None:
    """Have the server build the bundles of the login page and of the web client.

    Raises `Refused` where it does not let us in and any other `OSError` where a page cannot be had.
    """
    client = Client(url)
    client.fetch_assets(client.get("/web/login"))
    try:
        client.call("/web/session/authenticate", {"db": database, "login": login, "password": password})
    except AnswerError as error:
        raise Refused(str(error)) from error
    client.fetch_assets(client.get("/odoo"))
