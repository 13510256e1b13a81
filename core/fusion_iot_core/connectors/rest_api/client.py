"""HTTP requests that stay within bounds: of time, of size, and with their credentials on one host."""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

import httpx

from ...protocol.parsers.json_payload import Unreadable, load_json
from ..base import within
from ..endpoint import Endpoint
from ..errors import BadAnswer, Busy, ConnectorError, LoginRefused, TimedOut, Unreachable
from ..reach import unreachable
from .settings import SCHEMES, RestSettings

MOST_BYTES = 4 * 1024 * 1024
MOST_REDIRECTS = 3
LONGEST_WAIT_S = 3600.0
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Answer:
    """:ivar document: the JSON that came"""

    status: int
    headers: httpx.Headers
    document: object


class RestClient:
    """One peer over HTTP. Nothing but :class:`..errors.ConnectorError` is raised."""

    def __init__(self, settings: RestSettings, timeout_s: float) -> None:
        self._settings = settings
        self._timeout_s = timeout_s
        self._not_before = 0.0
        # A proxy of the server's environment is not asked: equipment is in the shop's own network.
        self._client = httpx.AsyncClient(
            verify=settings.tls or False,  # without it nothing is asked over TLS: no redirect leads there
            follow_redirects=False,
            trust_env=False,
            timeout=timeout_s,
            limits=httpx.Limits(max_connections=2, max_keepalive_connections=1),
        )

    async def close(self) -> None:
        """Disconnect."""
        await self._client.aclose()

    async def get(
        self, path: str, headers: Mapping[str, str], params: Mapping[str, str] | None = None
    ) -> Answer:
        """Ask for a document.

        :param path: below the host; may have a query already
        """
        url = httpx.URL(self._at(path))
        if params:
            url = url.copy_merge_params(params)
        return await self._asked("GET", url, headers, None, False)

    async def post(self, path: str, body: Mapping[str, str], as_form: bool) -> Answer:
        """Send a body without any credentials beside it."""
        return await self._asked(
            "POST", httpx.URL(self._at(path)), {"Accept": "application/json"}, body, as_form
        )

    def _at(self, path: str) -> str:
        endpoint = self._settings.endpoint
        return f"{endpoint.scheme}://{endpoint.authority}{path if path.startswith('/') else f'/{path}'}"

    async def _asked(
        self,
        method: str,
        url: httpx.URL,
        headers: Mapping[str, str],
        body: Mapping[str, str] | None,
        as_form: bool,
    ) -> Answer:
        await self._take_turn()
        # `timeout` of httpx bounds each read: what drips in slowly would take for ever.
        asked = self._follow(method, url, headers, body, as_form)
        return await within(self._timeout_s, asked, f"{method} {url.path}")

    async def _take_turn(self) -> None:
        wait = self._not_before - time.monotonic()
        if wait > 0:
            await asyncio.sleep(min(wait, LONGEST_WAIT_S))
        self._not_before = time.monotonic() + self._settings.interval_s

    async def _follow(
        self,
        method: str,
        url: httpx.URL,
        headers: Mapping[str, str],
        body: Mapping[str, str] | None,
        as_form: bool,
    ) -> Answer:
        for _ in range(MOST_REDIRECTS + 1):
            request = self._client.build_request(
                method,
                url,
                headers={**headers, "Accept-Encoding": "identity"},
                data=dict(body) if body is not None and as_form else None,
                json=dict(body) if body is not None and not as_form else None,
            )
            response = await self._sent(request)
            try:
                if not response.has_redirect_location:
                    return await self._read(response)
                url = self._target(url, response)
            finally:
                await response.aclose()
        raise BadAnswer(f"It redirects more than {MOST_REDIRECTS} times.", str(response.status_code))

    async def _sent(self, request: httpx.Request) -> httpx.Response:
        basic = self._settings.basic
        auth = httpx.BasicAuth(basic[0].encode(), basic[1].encode()) if basic else None
        try:
            return await self._client.send(request, stream=True, auth=auth)
        except httpx.TimeoutException:
            raise TimedOut(f"No answer to {request.method} {request.url.path}.") from None
        except (httpx.TransportError, OSError) as exc:
            raise _words(exc, self._settings.endpoint) from None
        except (httpx.InvalidURL, ValueError) as exc:
            raise BadAnswer(f"The request cannot be made: {exc}.") from None

    def _target(self, url: httpx.URL, response: httpx.Response) -> httpx.URL:
        """Where a redirect leads: to the same host only, since credentials go along."""
        try:
            target = url.join(response.headers.get("Location", ""))
        except (httpx.InvalidURL, ValueError):
            raise BadAnswer("It redirects to what is no address.", str(response.status_code)) from None
        if _origin(url) != _origin(target):
            raise BadAnswer(
                f"It redirects to {target.scheme}://{target.host}, which gets no credentials of ours: enter that "
                "address if it is the right one.",
                str(response.status_code),
            )
        return target

    async def _read(self, response: httpx.Response) -> Answer:
        code = str(response.status_code)
        try:
            body = await _body(response)
        except httpx.TimeoutException:
            raise TimedOut("It stopped in the middle of its answer.") from None
        except (httpx.HTTPError, OSError) as exc:
            raise Unreachable(
                f"The connection broke in the middle of the answer: {exc or type(exc).__name__}."
            ) from None
        except zlib.error:
            raise BadAnswer("Its answer is said to be compressed, and is not.", code) from None
        if not response.is_success:
            raise refusal(response, body)
        return Answer(response.status_code, response.headers, _document(response, body, code))


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or SCHEMES.get(url.scheme)


def _words(error: BaseException, endpoint: Endpoint) -> ConnectorError:
    if isinstance(error, httpx.RemoteProtocolError):
        return BadAnswer(f"{endpoint.authority} does not speak HTTP as it should: {error}.")
    return unreachable(error, endpoint)


async def _body(response: httpx.Response) -> bytes:
    """The body, unpacked as far as it may be large: a few kilobytes can stand for gigabytes."""
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("", "identity", "gzip", "deflate"):
        raise BadAnswer(f"Its answer is compressed as {encoding[:_SHOWN]!r}, which nobody asked for.")
    unpack = zlib.decompressobj(47) if encoding in ("gzip", "deflate") else None
    body = bytearray()
    async for piece in response.aiter_raw():
        body += unpack.decompress(piece, MOST_BYTES + 1 - len(body)) if unpack else piece
        if len(body) > MOST_BYTES:
            raise BadAnswer(
                f"Its answer is larger than {MOST_BYTES // 1024 // 1024} MiB.", str(response.status_code)
            )
    return bytes(body)


def _document(response: httpx.Response, body: bytes, code: str) -> object:
    start = body[:256].lstrip(b" \t\r\n\0\xef\xbb\xbf")
    if start.startswith(b"<"):
        raise BadAnswer(
            "It answers with a web page instead of JSON: is that the address of its interface?", code
        )
    if not start:
        raise BadAnswer("Its answer is empty.", code)
    document = load_json(body)
    if isinstance(document, Unreadable):
        raise BadAnswer(document.message, code)
    return document


def refusal(response: httpx.Response, body: bytes) -> ConnectorError:
    """What an error status means for us."""
    status, code = response.status_code, str(response.status_code)
    if status == 401:
        return LoginRefused(
            "It does not accept the credentials (401): check user, password, token or key.", code
        )
    if status == 403:
        return LoginRefused(
            "The credentials are known, and may not do this (403): ask for the right to read.", code
        )
    if status in (429, 503):
        wait = retry_after(response.headers.get("Retry-After", ""))
        asked = f" for {wait:g} s" if wait is not None else ""
        return Busy(f"It wants to be left alone{asked} ({code}).", wait, code)
    if status == 404:
        return BadAnswer(f"There is nothing at {response.request.url.path} (404): check the path.", code)
    said = body[:_SHOWN].decode("utf-8", "replace").strip()
    detail = "" if not said or said.startswith("<") or not said.isprintable() else f": {said}"
    return BadAnswer(f"It answers with an error ({code}){detail}.", code)


def retry_after(text: str) -> float | None:
    """The seconds that a ``Retry-After`` header asks for: a number, or a date (RFC 9110, 10.2.3); an hour at most."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST_WAIT_S)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=timezone.utc)
    return min(max(0.0, (at - datetime.now(timezone.utc)).total_seconds()), LONGEST_WAIT_S)
