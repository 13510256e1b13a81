"""What happens to a request for a device route before Odoo has found its database.

Until Odoo has found the route it takes every request for a browser's: a connection that breaks at that moment would
become an HTML page with status 500, and without a database every address would be unknown.
"""

from dataclasses import replace

from odoo.http import Request
from werkzeug.exceptions import RequestEntityTooLarge

from . import rate_limits
from .bodies import BODY_WITHIN_S, TooSlow, read_body
from .networks import early_address, place_of
from .plain_json import NO_DATABASE, PlainJsonDispatcher, parameters
from .problems import PlainJsonError, too_large, unavailable
from .rate_limits import too_many
from .recognition import recognition
from .refusals import refusals, write_due
from .route_table import routes
from .sender import read_proof
from .shared_token import shared_owner

_post_init = Request._post_init
_serve_db = Request._serve_db
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
    _post_init(self)
    if endpoint and self.db:
        if "sender" in parameters(endpoint):
            self.fusion_proof = _admit(self.db, self.httprequest)
        elif knows := endpoint.routing.get("knows"):
            place = place_of(early_address(self.db, self.httprequest))
            _refuse_strangers(place, lambda: knows(self.db, self.httprequest))


def _admit(dbname, request):
    """The `Proof` of a request that the database may be asked about. Raises :class:`PlainJsonError` (401, 413, 429).

    A token that was right is known. Of others an address may send so many; beyond that, only those that this process
    recognises: an honest sender must not suffer from a neighbour behind the same address.
    """
    limits = rate_limits.limits
    address = early_address(dbname, request)
    proof = replace(read_proof(request, request.get_data()), place=place_of(address))
    account = limits.known(proof.token, proof.place) if proof.token else None
    if account is None:
        offered = proof.token or proof.signature
        _refuse_strangers(proof.place, lambda: offered and recognition.knows(dbname, proof))
        if proof.signature:
            limits.check_owner(shared_owner(dbname))  # counted once the signature is seen to be right
        return proof
    try:
        limits.count(account)
    except PlainJsonError as exc:
        refusals.note(account.owner, exc.problem.error, str(address or ""))
        write_due(dbname)
        raise
    return replace(proof, counted=True)


def _refuse_strangers(place, knows):
    """Raise :class:`PlainJsonError` (429) where too many strangers were at a place, and who asks now may be another.

    :param knows: whether it is none, as far as this process knows
    """
    wait = rate_limits.limits.stranger_waits(place)
    if wait and not knows():
        raise too_many(
            wait,
            "Too many requests with a wrong token or signature came from this address. Wait %(seconds)d seconds.",
        )


def _serve_db_noting(self):
    try:
        return _serve_db(self)
    finally:
        if hasattr(self, "fusion_proof"):
            write_due(self.db)


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
Request._serve_db = _serve_db_noting
Request._serve_nodb = _serve_nodb_early
