"""Routes for devices and programs: plain JSON in, plain JSON out, real status codes, never HTML.

::

    @plain_json.route("/api/ovens/<int:oven_id>", methods=["GET"], auth="bearer")
    def oven(self, oven_id, limit="10"): ...

What the endpoint names as parameters it gets: the parts of the path, keys of the query string, and as ``body`` the raw
body, where there is one. Where it names ``sender``, only devices that have proved who they are get there: that is the
`Sender`. It returns a payload, or ``(status, payload)``. Whatever goes wrong on the way, also a database that is away,
is answered in the same form: ``{"ok": false, "error": "<word>", "message": "<sentence>"}``, or what ``error_body``
makes of it. An endpoint raises `PlainJsonError`, or what Odoo's models raise (see `problems`).

A route whose senders prove in another way who they are names a function ``knows``: of the database and Odoo's
`HTTPRequest`, whether that is somebody whom this process knows. Its endpoint counts strangers (`rate_limits`), and once
they are too many at an address, only what is known gets to the database.

The body is read within limits of size and time before the request has a connection to the database; routes of
``type="http"`` have that with ``early_body=True``.
"""

import json
from functools import lru_cache
from inspect import Parameter, signature

from odoo import SUPERUSER_ID, http
from odoo.http import Dispatcher, Response
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from .problems import PlainJsonError, Problem, problem_of, too_large
from .route_table import routes
from .transactions import read_committed

NO_DATABASE = "There is no database for this request. Of several, name one in the header X-Odoo-Database."
MAX_BODY_BYTES = 64 * 1024
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
# What an endpoint gets of the request itself, whatever the query says.
_GIVEN = ("body", "sender")


def error_body(problem: Problem) -> dict:
    """The body of an answer that is not a success, unless a route has a form of its own."""
    return {"ok": False, "error": problem.error, "message": problem.message, **problem.details}


def route(
    path,
    *,
    methods=("POST",),
    max_body=MAX_BODY_BYTES,
    auth="none",
    readonly=False,
    error_body=error_body,
    **routing,
):
    """Declare an endpoint of a controller.

    :param path: address, or a list of several
    :param methods: HTTP methods; several endpoints may share an address
    :param max_body: bytes that a body may have
    :param auth: one of Odoo's; ``none``: the endpoint itself looks at who asks
    :param readonly: the endpoint writes nothing
    :param error_body: makes the body of an answer of a `Problem`
    """
    return http.route(
        path,
        type="plain_json",
        methods=list(methods),
        auth=auth,
        csrf=False,
        save_session=False,
        readonly=readonly,
        max_content_length=max_body,
        error_body=error_body,
        **routing,
    )


class PlainJsonDispatcher(Dispatcher):
    """Dispatches routes of ``type="plain_json"``."""

    routing_type = "plain_json"
    mimetypes = ("application/json",)

    @classmethod
    def is_compatible_with(cls, request):
        return True  # a wrong media type is answered by dispatch, in JSON

    def pre_dispatch(self, rule, args):
        super().pre_dispatch(rule, args)
        read_committed(self.request.env.cr)

    def dispatch(self, endpoint, args):
        request, routing = self.request, endpoint.routing
        if request.httprequest.method == "OPTIONS" and "OPTIONS" not in routing["methods"]:
            raise MethodNotAllowed  # Odoo lets it through to every route
        request.params = self._params(endpoint, args)
        result = request.registry["ir.http"]._dispatch(endpoint)
        if isinstance(result, Response):
            return result
        status, payload = result if isinstance(result, tuple) else (200, result)
        return _response(status, payload)

    def handle_error(self, exc):
        problem = problem_of(exc)
        if isinstance(exc, MethodNotAllowed):
            problem = self._wrong_method()
        return _response(problem.status, self._error_body()(problem), problem.headers)

    def _wrong_method(self):
        allowed = ", ".join(routes.methods(self.request.httprequest.path))
        return Problem(
            405,
            "method_not_allowed",
            f"This address takes {allowed} only.",
            {"Allow": allowed} if allowed else {},
        )

    def _error_body(self):
        """The form of errors of the route that is asked for, which may not have been matched yet, or never be."""
        request = self.request and self.request.httprequest
        endpoint = request and routes.find(request.path, request.method)
        return endpoint.routing.get("error_body", error_body) if endpoint else error_body

    def _params(self, endpoint, args):
        """What the endpoint asks for by name. The path counts before the query."""
        named = parameters(endpoint)
        query = self.request.httprequest.args
        params = {name: query[name] for name in named if name in query and name not in _GIVEN} | args
        body = self._body(endpoint.routing)
        if "body" in named:
            params["body"] = body
        if "sender" in named:
            senders = self.request.env(user=SUPERUSER_ID)["iot.sender"]
            proof = getattr(self.request, "fusion_proof", None)
            params["sender"] = senders._of_request(self.request.httprequest, body, proof)
        if missing := [name for name, needed in named.items() if needed and name not in params]:
            raise PlainJsonError(
                400, "missing_parameter", f"Give the address the parameters {', '.join(missing)}."
            )
        return params

    def _body(self, routing):
        request, limit = self.request.httprequest, routing.get("max_content_length")
        try:
            body = request.get_data()  # kept: it was read before, and Odoo may dispatch again
        except HTTPException as exc:
            if exc.code != 413:
                raise
            raise too_large(limit) from None
        if not body and not request.content_length and _needs_none(request, routing):
            return body
        if (
            request.mimetype not in self.mimetypes
            or request.headers.get("Content-Encoding", "identity") != "identity"
        ):
            raise PlainJsonError(
                415,
                "unsupported_media_type",
                "Send the body as uncompressed JSON with the header Content-Type: application/json.",
                {"Accept": ", ".join(self.mimetypes)},
            )
        length = request.content_length
        if length is None and limit and len(body) >= limit:
            raise too_large(limit)  # sent in chunks: werkzeug cuts it off there
        if length and len(body) < length:
            raise PlainJsonError(400, "invalid_body", "The body is shorter than its Content-Length.")
        return body


def _needs_none(request, routing):
    """Whether a request without a body may have no media type.

    Where a cookie says who asks, a page of another site could send such a request as a form. JSON it cannot.
    """
    return request.method in SAFE_METHODS or routing["auth"] in ("none", "bearer")


def parameters(endpoint):
    """Whether each parameter of an endpoint has to be given, by name."""
    return _parameters(endpoint.original_endpoint)


@lru_cache(maxsize=1024)
def _parameters(function):
    _self, *named = signature(function).parameters.values()
    return {
        item.name: item.default is Parameter.empty and item.name not in _GIVEN
        for item in named
        if item.kind in (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
    }


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
    raise PlainJsonError(400, "invalid_json", message)


def _unique_keys(pairs):
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("an object names a key twice")
    return result


def _response(status, payload, headers=None):
    return Response(
        json.dumps(payload, allow_nan=False),
        status=int(status),
        headers={"Content-Type": "application/json; charset=utf-8", **(headers or {})},
    )
