"""Routes for devices: plain JSON in, plain JSON out, real status codes, never HTML.

``@http.route(type="plain_json", auth="none", verbs=("POST",), max_content_length=…)`` hands the raw body to
the endpoint as ``body`` and turns what it returns, a payload or ``(status, payload)``, into a response.
Whatever goes wrong on the way, also a database that is away, is answered in the same form:
``{"ok": false, "error": "<word>", "message": "<sentence>"}``.

The body is read within limits of size and time before the request has a connection to the database; routes of
``type="http"`` have that with ``early_body=True``.
"""

import json
import logging
from http import HTTPStatus

from odoo.http import Dispatcher, Request, Response
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from .bodies import BODY_WITHIN_S, TooSlow, read_body
from .transactions import database_unavailable, read_committed

_logger = logging.getLogger(__name__)

RETRY_AFTER_S = 5
NO_DATABASE = "There is no database for this request. Of several, name one in the header X-Odoo-Database."
_WORDS = {
    HTTPStatus.BAD_REQUEST: "invalid_body",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too_large",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "unsupported_media_type",
}


class PlainJsonError(Exception):
    """An answer that is not a success.

    :param status: HTTP status
    :param error: machine-readable word
    :param message: what is wrong and what to do about it
    :param headers: further response headers
    :param details: further keys of the body
    """

    def __init__(self, status, error, message, headers=None, **details):
        super().__init__(message)
        self.status = status
        self.payload = {"ok": False, "error": error, "message": message, **details}
        self.headers = headers or {}
        self.loglevel = logging.DEBUG


class PlainJsonDispatcher(Dispatcher):
    """Dispatches routes of ``type="plain_json"``."""

    routing_type = "plain_json"
    mimetypes = ("application/json",)

    @classmethod
    def is_compatible_with(cls, request):
        return True  # a wrong media type is answered by dispatch, in JSON

    def pre_dispatch(self, rule, args):
        super().pre_dispatch(rule, args)
        if self.request.db:
            read_committed(self.request.env.cr)

    def dispatch(self, endpoint, args):
        if not self.request.db:
            raise _unavailable(NO_DATABASE)
        routing = endpoint.routing
        self._check_method(routing.get("verbs", ("POST",)))
        self.request.params = dict(args, body=self._body(routing.get("max_content_length")))
        result = self.request.registry["ir.http"]._dispatch(endpoint)
        if isinstance(result, Response):
            return result
        status, payload = result if isinstance(result, tuple) else (HTTPStatus.OK, result)
        return _response(status, payload)

    def handle_error(self, exc):
        if isinstance(exc, PlainJsonError):
            return _response(exc.status, exc.payload, exc.headers)
        if isinstance(exc, HTTPException) and exc.code:
            status = HTTPStatus(exc.code)
            word = _WORDS.get(status, status.name.lower())
            return _response(
                status, {"ok": False, "error": word, "message": status.description or status.phrase}
            )
        if database_unavailable(exc):
            exc.loglevel = logging.WARNING
        error = _unavailable()
        return _response(error.status, error.payload, error.headers)

    def _check_method(self, verbs):
        if self.request.httprequest.method not in verbs:
            allowed = ", ".join(verbs)
            raise PlainJsonError(
                HTTPStatus.METHOD_NOT_ALLOWED,
                "method_not_allowed",
                f"This address takes {allowed} only.",
                {"Allow": allowed},
            )

    def _body(self, limit):
        request = self.request.httprequest
        if (
            request.mimetype not in self.mimetypes
            or request.headers.get("Content-Encoding", "identity") != "identity"
        ):
            raise PlainJsonError(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "Send the body as uncompressed JSON with the header Content-Type: application/json.",
                {"Accept": ", ".join(self.mimetypes)},
            )
        try:
            body = request.get_data()  # kept: it was read before, and Odoo may dispatch again
        except HTTPException as exc:
            if exc.code != HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
                raise
            raise _too_large(limit) from None
        length = request.content_length
        if length is None and limit and len(body) >= limit:
            raise _too_large(limit)  # sent in chunks: werkzeug cuts it off there
        if length and len(body) < length:
            raise PlainJsonError(
                HTTPStatus.BAD_REQUEST, "invalid_body", "The body is shorter than its Content-Length."
            )
        return body


def _too_large(limit):
    return PlainJsonError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "too_large",
        f"The body is larger than {limit} bytes. Send it in smaller batches.",
    )


def keep_answering(limits):
    """Answer these paths in JSON also when a request fails before Odoo has found its route.

    Until then Odoo takes every request for a browser's, and a connection that breaks at that moment would
    become an HTML page with status 500. Their bodies are read at that moment, too.

    :param limits: bytes that a body may have, by path; ``None``: what Odoo allows
    """
    _limits.update(limits)


_limits: dict[str, int | None] = {}
_post_init = Request._post_init


def _post_init_plain_json(self):
    path = self.httprequest.path
    if "\0" in path and _is_below_ours(path):
        # PostgreSQL has no such character: what Odoo looks for where it finds no route would end with a traceback.
        self.dispatcher = PlainJsonDispatcher(self)
        raise PlainJsonError(
            HTTPStatus.BAD_REQUEST, "invalid_path", "The address has a character that is none."
        )
    path = path.removesuffix("/")  # to Odoo it is the same address
    if path in _limits:
        self.dispatcher = PlainJsonDispatcher(self)
        if "HTTP_HOST" not in self.httprequest.environ:
            raise PlainJsonError(
                HTTPStatus.BAD_REQUEST, "missing_host", "Say in the header Host whom you ask."
            )
        if self.httprequest.method not in ("GET", "HEAD", "OPTIONS"):
            _read_early(self.httprequest, _limits[path])
    _post_init(self)


def _is_below_ours(path):
    folders = {limited.rpartition("/")[0] + "/" for limited in _limits}
    return any(path.replace("\0", "").startswith(folder) for folder in folders)


def _read_early(request, limit):
    if limit:
        request.max_content_length = limit
    try:
        read_body(request)
    except TooSlow:
        raise PlainJsonError(
            HTTPStatus.REQUEST_TIMEOUT,
            "too_slow",
            f"The body was not here within {BODY_WITHIN_S:.0f} seconds. Send it in smaller batches.",
            {"Connection": "close"},
        ) from None
    except RequestEntityTooLarge:
        raise _too_large(limit) from None


Request._post_init = _post_init_plain_json


def load_json(body: bytes):
    """Parse a JSON body. Raises :class:`PlainJsonError` (400) for anything that is not one JSON value.

    UTF-8 only, and no object may name a key twice, since it would be anyone's guess which one counts.
    NaN and Infinity pass, so that one of them in a batch is the fault of one reading only.
    """
    try:
        return json.loads(body.decode("utf-8-sig"), object_pairs_hook=_unique_keys)
    except RecursionError:
        message = "The JSON is nested too deeply."
    except UnicodeDecodeError:
        message = "The body is not UTF-8."
    except ValueError as exc:
        message = f"The body is not valid JSON: {exc}."
    raise PlainJsonError(HTTPStatus.BAD_REQUEST, "invalid_json", message)


def _unique_keys(pairs):
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("an object names a key twice")
    return result


def _unavailable(message="The database cannot take this now. Nothing of it was stored; send it again."):
    return PlainJsonError(
        HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", message, {"Retry-After": str(RETRY_AFTER_S)}
    )


def _response(status, payload, headers=None):
    return Response(
        json.dumps(payload, allow_nan=False),
        status=int(status),
        headers={"Content-Type": "application/json; charset=utf-8", **(headers or {})},
    )
