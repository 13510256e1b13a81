"""What happens to a request for a device route before Odoo has found its database.

Until Odoo has found the route it takes every request for a browser's: a connection that breaks at that moment would
become an HTML page with status 500, and without a database every address would be unknown.
"""

from odoo.http import Request
from werkzeug.exceptions import RequestEntityTooLarge

from .bodies import BODY_WITHIN_S, TooSlow, read_body
from .plain_json import NO_DATABASE, PlainJsonDispatcher, parameters
from .problems import PlainJsonError, too_large, unavailable
from .rate_limits import limits
from .route_table import routes
from .sender import header_token

_post_init = Request._post_init
_serve_nodb = Request._serve_nodb


def _post_init_early(self):
    path, method = self.httprequest.path, self.httprequest.method
    if "\0" in path and routes.is_near(path.replace("\0", "")):
        # PostgreSQL has no such character: what Odoo looks for where it finds no route would end with a traceback.
        self.dispatcher = PlainJsonDispatcher(self)
        raise PlainJsonError(400, "invalid_path", "The address has a character that is none.")
    if endpoint := routes.find(path, method):
        self.dispatcher = PlainJsonDispatcher(self)
        if "HTTP_HOST" not in self.httprequest.environ:
            raise PlainJsonError(400, "missing_host", "Say in the header Host whom you ask.")
        _read_early(self.httprequest, endpoint.routing.get("max_content_length"))
        if "sender" in parameters(endpoint):
            limits.check(header_token(self.httprequest.headers) or "")
    _post_init(self)


def _serve_nodb_early(self):
    endpoint = routes.find(self.httprequest.path, self.httprequest.method)
    if endpoint and endpoint.routing["type"] == PlainJsonDispatcher.routing_type:
        raise unavailable(NO_DATABASE)
    return _serve_nodb(self)


def _read_early(request, limit):
    if limit:
        request.max_content_length = limit
    try:
        read_body(request)
    except TooSlow:
        raise PlainJsonError(
            408,
            "too_slow",
            f"The body was not here within {BODY_WITHIN_S:.0f} seconds. Send it in smaller batches.",
            {"Connection": "close"},
        ) from None
    except RequestEntityTooLarge:
        raise too_large(limit) from None


Request._post_init = _post_init_early
Request._serve_nodb = _serve_nodb_early
