"""What a REST connection is configured with, beyond what all are."""

from __future__ import annotations

import re
import ssl
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...protocol.parsers.json_path import Path, PathError, parse_path
from ..config import Config
from ..endpoint import Endpoint, parse_endpoint
from ..errors import Misconfigured

SCHEMES = {"https": 443, "http": 80}
KEY_HEADER = "X-API-Key"
MOST_PAGES = 50
PAGE_SIZE = 100
KNOWN = frozenset(
    {
        *(
            "data_endpoint",
            "status_endpoint",
            "headers",
            "params",
            "verify_ssl",
            "ca_certificate",
            "api_key_header",
        ),
        *("login", "pagination", "rate_limit"),
    }
)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}\Z")
# They frame the message or name the peer: a person that sets them breaks the request, or sends it elsewhere.
_OWN_HEADERS = frozenset({"host", "content-length", "transfer-encoding", "connection", "accept-encoding"})


@dataclass(frozen=True, slots=True)
class Login:
    """How a token is had for user and password.

    :ivar body: sent as JSON, or as a form; ``{username}`` and ``{password}`` in it are replaced
    :ivar token: where the answer has the token, and ``expires_in`` how many seconds it is good for
    """

    path: str
    body: Mapping[str, str]
    as_form: bool = False
    token: Path = ("access_token",)
    expires_in: Path = ("expires_in",)


@dataclass(frozen=True, slots=True)
class Pagination:
    """How a list comes that is longer than one answer.

    :ivar style: ``link``: by the ``Link`` header (RFC 8288); ``page``: by a number in the query
    :ivar items: where an answer has its part of the list
    """

    style: str
    items: Path
    page: str = "page"
    first: int = 0
    size: str = ""
    per_page: int = PAGE_SIZE


@dataclass(frozen=True, slots=True)
class RestSettings:
    """:ivar data: path and query of the values, :ivar status: of the state, where that is asked for by itself
    :ivar headers: of every request, credentials included; not shown by ``repr``
    :ivar basic: user and password, where they are sent with every request
    :ivar interval_s: seconds between two requests at least
    """

    endpoint: Endpoint
    data: str
    status: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    params: Mapping[str, str] = field(default_factory=dict)
    basic: tuple[str, str] | None = field(default=None, repr=False)
    login: Login | None = None
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    pagination: Pagination | None = None
    interval_s: float = 0.0
    tls: ssl.SSLContext | None = None


def rest_settings(config: Config, equipment_id: str) -> RestSettings:
    """Read the settings of a REST connection.

    :raise Misconfigured: names the key that is wrong
    """
    endpoint = parse_endpoint(config.endpoint, config.port, SCHEMES)
    places = _Places(config.options, equipment_id)
    login = _login(config, places)
    username, password = config.credential("username", "user"), config.credential("password")
    if login and not (username and password):
        raise Misconfigured("User and password are needed to log in.", "credentials")
    if username and not login and ":" in username:
        raise Misconfigured("A user with a colon in it cannot be sent.", "credentials.username")
    settings = RestSettings(
        endpoint=endpoint,
        data=_under(endpoint, places.fill("data_endpoint", config.option("data_endpoint", str, ""))),
        status=_under(endpoint, places.fill("status_endpoint", path))
        if (path := config.option("status_endpoint", str, ""))
        else "",
        headers=_headers(config, places),
        params={name: places.fill(f"params.{name}", text) for name, text in _texts(config, "params").items()},
        basic=(username, password) if username and not login else None,
        login=login,
        username=username,
        password=password,
        pagination=_pagination(config),
        interval_s=_interval(config),
        tls=_tls(config) if endpoint.scheme == "https" else None,
    )
    places.finish()
    return settings


class _Places:
    """Fills ``{equipment_id}`` and the like in with options of these names, and notes which were used."""

    def __init__(self, options: Mapping[str, Any], equipment_id: str) -> None:
        self._values = {"equipment_id": equipment_id}
        self._options = {name: value for name, value in options.items() if name not in KNOWN}
        for name, value in self._options.items():
            if not isinstance(value, str | int) or isinstance(value, bool):
                raise Misconfigured(
                    f"There is no such option; there are {', '.join(sorted(KNOWN))}.",
                    f"additional_config.{name}",
                )
            self._values[name] = str(value)
        self._used: set[str] = set()

    def fill(self, key: str, text: str) -> str:
        pieces: list[str] = []
        try:
            parsed = list(string.Formatter().parse(text))
        except ValueError:
            raise Misconfigured("A brace is not closed.", f"additional_config.{key}") from None
        for literal, name, spec, conversion in parsed:
            pieces.append(literal)
            if name is None:
                continue
            if name not in self._values or spec or conversion:
                raise Misconfigured(
                    f"{{{name}}} stands for nothing: an option of that name is needed.",
                    f"additional_config.{key}",
                )
            self._used.add(name)
            pieces.append(_quoted(self._values[name]))
        return "".join(pieces)

    def finish(self) -> None:
        """Refuse what no place uses: most likely an option that is misspelt."""
        for name in self._options:
            if name not in self._used:
                raise Misconfigured(
                    f"Nothing uses it: there is neither such an option nor {{{name}}} in an address.",
                    f"additional_config.{name}",
                )


def _quoted(text: str) -> str:
    """As a part of a path: it leads nowhere else."""
    from urllib.parse import quote

    return quote(text, safe="")


def _under(endpoint: Endpoint, path: str) -> str:
    """A path below that of the address: ``/api/v1`` and ``/devices`` are ``/api/v1/devices``."""
    if "://" in path or path.startswith("//"):
        raise Misconfigured(
            "A path is needed: the host stands under endpoint.", "additional_config.data_endpoint"
        )
    return f"{endpoint.path}/{path.lstrip('/')}" if path else endpoint.path or "/"


def _texts(config: Config, name: str) -> dict[str, str]:
    found: dict[str, Any] = config.option(name, dict, {})
    for key, value in found.items():
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            raise Misconfigured("A text is needed.", f"additional_config.{name}.{key}")
    return {str(key): str(value) for key, value in found.items()}


def _headers(config: Config, places: _Places) -> dict[str, str]:
    headers = {"Accept": "application/json"}
    for name, value in _texts(config, "headers").items():
        _check_header(name, value, f"additional_config.headers.{name}")
        headers[name] = value
    if token := config.credential("token", "bearer", "access_token"):
        _check_header("Authorization", token, "credentials.token")
        headers["Authorization"] = f"Bearer {token}"
    if key := config.credential("api_key"):
        name = config.option("api_key_header", str, KEY_HEADER)
        _check_header(name, key, "additional_config.api_key_header")
        headers[name] = key
    return headers


def _check_header(name: str, value: str, path: str) -> None:
    if not _TOKEN.match(name) or name.lower() in _OWN_HEADERS:
        raise Misconfigured(f"{name!r} is no header that can be set.", path)
    if not value.isascii() or not value.isprintable():
        raise Misconfigured("A header has printable ASCII characters only.", path)


def _login(config: Config, places: _Places) -> Login | None:
    found = config.option("login", dict)
    if found is None:
        return None
    where = "additional_config.login"
    _no_others(found, {"path", "body", "as_form", "token", "expires_in"}, where)
    path, as_form = found.get("path"), found.get("as_form", False)
    body = found.get("body", {"username": "{username}", "password": "{password}"})
    if not isinstance(path, str) or not path:
        raise Misconfigured("The path to log in at is needed.", f"{where}.path")
    if not isinstance(as_form, bool):
        raise Misconfigured("true or false is needed.", f"{where}.as_form")
    if not isinstance(body, dict) or not all(isinstance(value, str) for value in body.values()):
        raise Misconfigured("An object of texts is needed.", f"{where}.body")
    endpoint = parse_endpoint(config.endpoint, config.port, SCHEMES)
    return Login(
        _under(endpoint, places.fill("login.path", path)),
        body,
        as_form,
        _path(found.get("token", "access_token"), f"{where}.token"),
        _path(found.get("expires_in", "expires_in"), f"{where}.expires_in"),
    )


def _pagination(config: Config) -> Pagination | None:
    found = config.option("pagination", dict)
    if found is None:
        return None
    where = "additional_config.pagination"
    _no_others(found, {"style", "items", "page", "first", "size", "per_page"}, where)
    if found.get("style") not in ("link", "page"):
        raise Misconfigured('"link" or "page" is needed.', f"{where}.style")
    first, per_page = found.get("first", 0), found.get("per_page", PAGE_SIZE)
    if first not in (0, 1) or isinstance(first, bool):
        raise Misconfigured("The first page is 0 or 1.", f"{where}.first")
    if not isinstance(per_page, int) or isinstance(per_page, bool) or not 1 <= per_page <= 10_000:
        raise Misconfigured("A whole number from 1 to 10,000 is needed.", f"{where}.per_page")
    page, size = found.get("page", "page"), found.get("size", "")
    if not isinstance(page, str) or not page or not isinstance(size, str):
        raise Misconfigured("The name of a parameter is needed.", f"{where}.page")
    return Pagination(
        found["style"], _path(found.get("items", "$"), f"{where}.items"), page, first, size, per_page
    )


def _no_others(found: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    if unknown := sorted(str(key) for key in found.keys() - set(known)):
        raise Misconfigured(
            f"There is no such key; there are {', '.join(sorted(known))}.", f"{where}.{unknown[0]}"
        )


def _path(text: object, where: str) -> Path:
    if not isinstance(text, str):
        raise Misconfigured("A path such as $.data.token is needed.", where)
    try:
        return parse_path(text)
    except PathError as exc:
        raise Misconfigured(f"{exc}.", where) from None


def _interval(config: Config) -> float:
    rate: float = config.option("rate_limit", float, 0.0)
    if rate < 0:
        raise Misconfigured("Requests a minute: 0 for no limit, or more.", "additional_config.rate_limit")
    return 60.0 / rate if rate else 0.0


def _tls(config: Config) -> ssl.SSLContext:
    authority: str = config.option("ca_certificate", str, "")
    try:
        context = ssl.create_default_context(cadata=authority or None)
    except (ssl.SSLError, ValueError):
        raise Misconfigured(
            "A certificate in PEM (-----BEGIN CERTIFICATE-----) is needed.",
            "additional_config.ca_certificate",
        ) from None
    if not config.option("verify_ssl", bool, True):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
