"""Reads equipment over HTTP."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress

import httpx

from ...protocol import Quality
from ...protocol.parsers.json_path import Path, PathError, find, parse_path, shown_path
from ..base import BaseIoTConnector, BrowseItem, Step
from ..config import Config
from ..errors import BadAnswer, LoginRefused, Misconfigured
from ..reach import reach, step
from ..reading import FIELDS, Reading, reading_of, reading_without_tags
from ..tags import TagValue, evaluate
from .client import Answer, RestClient
from .settings import MOST_PAGES, RestSettings, rest_settings

SPARE_S = 30.0
"""A token is renewed so long before it expires."""
_MOST_ITEMS = 500
_SHOWN = 64


class RestApiConnector(BaseIoTConnector):
    """``additional_config`` may have:

    - ``data_endpoint`` and ``status_endpoint``: paths below that of ``endpoint``; ``{equipment_id}`` and options of
      one's own (``{unit_id}``) are filled in. Without the second, one answer says everything.
    - ``headers``, ``params``: of every request
    - ``api_key_header``: which header carries ``credentials.api_key``; ``X-API-Key`` by default
    - ``login``: ``path``, ``body``, ``as_form``, ``token``, ``expires_in``: how user and password become a token;
      without it they are sent as Basic
    - ``pagination``: ``style`` (``link``, ``page``), ``items``, ``page``, ``first``, ``size``, ``per_page``
    - ``rate_limit``: requests a minute; ``verify_ssl``, ``ca_certificate`` (PEM); ``timeout``, ``tags``

    A tag's address is its ``path`` into the answer, and ``from``: ``data`` (the default) or ``status``.
    """

    protocol = "rest_api"
    can = frozenset({"browse"})

    def __init__(self, equipment_id: str, config: Config) -> None:
        super().__init__(equipment_id, config)
        self._settings: RestSettings = rest_settings(config, equipment_id)
        self._paths = [
            _address(tag.address, number, bool(self._settings.status))
            for number, tag in enumerate(config.tags)
        ]
        self._client: RestClient | None = None
        self._token = ""
        self._token_until = 0.0

    async def read(self) -> list[TagValue]:
        data, status = await self._documents()
        if not self.config.tags:
            return list(reading_without_tags(_merged(data, status)).tags)
        values = []
        for tag, (source, path) in zip(self.config.tags, self._paths, strict=True):
            document = status if source == "status" else data
            found = next((value for _place, value in find(document, path)), _Nothing)
            if found is _Nothing:
                values.append(
                    evaluate(tag, None, Quality.BAD, reason=f"The answer has no {shown_path(path) or '$'}.")
                )
            else:
                values.append(evaluate(tag, found, kind=FIELDS.get(tag.field, float)))
        return values

    async def get_current_reading(self) -> Reading:
        return reading_of(await self.read())

    async def _try(self, steps: list[Step]) -> Reading:
        await reach(self._settings.endpoint, self.config.timeout_s, steps, self._settings.tls)
        if self._settings.login:
            await step(steps, "login", self._log_in())
        return await step(
            steps, "read", self.get_current_reading(), lambda reading: f"{len(reading.tags)} values"
        )

    async def browse(self, node: str = "") -> list[BrowseItem]:
        """What the answer has below a path, one level."""
        try:
            path = parse_path(node)
        except PathError as exc:
            raise Misconfigured(f"{exc}.", "node") from None
        data, status = await self._documents()
        items = []
        for source, document in (("data", data), ("status", status)):
            for place, value in find(document, (*path, "*")):
                inside = isinstance(value, dict | list)
                address = {"path": f"$.{shown_path(place)}" if place else "$", "from": source}
                shown = "" if inside else str(value)[:_SHOWN]
                items.append(
                    BrowseItem(str(place[-1]), dict(address), inside, shown, type(value).__name__, "read")
                )
        return items[:_MOST_ITEMS]

    async def close(self) -> None:
        client, self._client = self._client, None
        if client:
            with suppress(httpx.HTTPError, OSError, RuntimeError):
                await client.close()

    # What it is asked

    async def _documents(self) -> tuple[object, object]:
        data = await self._all_pages(self._settings.data)
        status = (await self._get(self._settings.status)).document if self._settings.status else None
        return data, status

    async def _all_pages(self, path: str) -> object:
        paging = self._settings.pagination
        params = dict(self._settings.params)
        if not paging:
            return (await self._get(path, params)).document
        if paging.style == "page":
            params[paging.page] = str(paging.first)
            if paging.size:
                params[paging.size] = str(paging.per_page)
        items: list[object] = []
        seen = set()
        for number in range(1, MOST_PAGES + 1):
            answer = await self._get(path, params)
            part = next((value for _place, value in find(answer.document, paging.items)), None)
            if not isinstance(part, list):
                raise BadAnswer(f"Its answer has no list at {shown_path(paging.items) or '$'}.")
            items += part
            if paging.style == "page":
                if len(part) < (paging.per_page if paging.size else 1):
                    return items
                params[paging.page] = str(paging.first + number)
                continue
            if not (following := _next(answer, self._settings)):
                return items
            if following in seen:
                raise BadAnswer("Its pages lead back to one that was there.")
            seen.add(following)
            path, params = following, {}
        raise BadAnswer(f"It has more than {MOST_PAGES} pages.")

    async def _get(self, path: str, params: Mapping[str, str] | None = None) -> Answer:
        params = self._settings.params if params is None else params
        had_token = bool(self._token)
        try:
            return await self._client_now().get(path, await self._headers(), params)
        except LoginRefused as exc:
            # A token may be withdrawn at any time: once anew, and no more.
            if not (self._settings.login and had_token and exc.code == "401"):
                raise
        self._token = ""
        return await self._client_now().get(path, await self._headers(), params)

    def _client_now(self) -> RestClient:
        if self._client is None:
            self._client = RestClient(self._settings, self.config.timeout_s)
        return self._client

    # Who asks

    async def _headers(self) -> Mapping[str, str]:
        if not self._settings.login:
            return self._settings.headers
        if not self._token or time.monotonic() >= self._token_until:
            await self._log_in()
        return {**self._settings.headers, "Authorization": f"Bearer {self._token}"}

    async def _log_in(self) -> None:
        login = self._settings.login
        if login is None:
            return
        names = {"{username}": self._settings.username, "{password}": self._settings.password}
        body = {key: names.get(value, value) for key, value in login.body.items()}
        self._token = ""
        answer = await self._client_now().post(login.path, body, login.as_form)
        token = next((value for _place, value in find(answer.document, login.token)), None)
        if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
            raise BadAnswer(
                f"The answer to the login has no token at {shown_path(login.token)}.", str(answer.status)
            )
        lasts = next((value for _place, value in find(answer.document, login.expires_in)), None)
        seconds = (
            float(lasts) if isinstance(lasts, int | float) and not isinstance(lasts, bool) else float("inf")
        )
        self._token = token
        self._token_until = time.monotonic() + max(seconds / 2, seconds - SPARE_S)


class _Nothing:
    """Where a path leads nowhere."""


def _address(address: Mapping[str, object], number: int, has_status: bool) -> tuple[str, Path]:
    where = f"additional_config.tags[{number}]"
    if unknown := sorted(address.keys() - {"path", "from"}):
        raise Misconfigured("A tag of rest_api has no such key.", f"{where}.{unknown[0]}")
    source = address.get("from", "data")
    if source not in ("data", "status") or (source == "status" and not has_status):
        raise Misconfigured(
            '"data" is needed, or "status" where there is a status_endpoint.', f"{where}.from"
        )
    path = address.get("path")
    if not isinstance(path, str) or not path.strip():
        raise Misconfigured("A path such as $.zones[0].temp is needed.", f"{where}.path")
    try:
        return str(source), parse_path(path)
    except PathError as exc:
        raise Misconfigured(f"{exc}.", f"{where}.path") from None


def _merged(data: object, status: object) -> Mapping[str, object]:
    if not isinstance(data, dict):
        raise BadAnswer("Its answer is no JSON object: say in tags what is to be read.")
    return {**status, **data} if isinstance(status, dict) else data


def _next(answer: Answer, settings: RestSettings) -> str:
    """Path and query of the next page by the ``Link`` header (RFC 8288); empty for none."""
    links = httpx.Response(200, headers=answer.headers).links
    target = links.get("next", {}).get("url", "")
    if not target:
        return ""
    try:
        url = httpx.URL(settings.endpoint.url).join(target)
    except (httpx.InvalidURL, ValueError):
        raise BadAnswer("Its next page is no address.") from None
    if url.host != settings.endpoint.host:
        raise BadAnswer(f"Its next page is at {url.host}, which gets no credentials of ours.")
    return url.raw_path.decode("ascii", "replace")
