"""What went wrong with a request, as a status, a word and a sentence: one map for all routes that speak plain JSON."""

import logging
from http import HTTPStatus
from typing import Any, NamedTuple

import psycopg2.errors
from odoo.exceptions import (
    AccessDenied,
    AccessError,
    ConcurrencyError,
    LockError,
    MissingError,
    RedirectWarning,
    UserError,
)
from odoo.http import SessionExpiredException
from werkzeug.exceptions import HTTPException

from fusion_iot_core.protocol import BadBody

from .transactions import database_unavailable

RETRY_AFTER_S = 5
_WORDS = {
    HTTPStatus.BAD_REQUEST: "invalid_body",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too_large",
}
# The first that fits counts. Where there is no sentence, the exception's own is meant for people.
_STATUSES = (
    (SessionExpiredException, 401, "unauthorized", "Log in, or send a valid key."),
    (AccessDenied, 401, "unauthorized", "Log in, or send a valid key."),
    (AccessError, 403, "forbidden", ""),
    (MissingError, 404, "not_found", ""),
    (LockError, 409, "conflict", ""),
    (UserError, 422, "refused", ""),
    (RedirectWarning, 422, "refused", ""),
)


class Problem(NamedTuple):
    """An answer that is not a success.

    :ivar status: HTTP status
    :ivar error: machine-readable word
    :ivar message: what is wrong and what to do about it
    :ivar headers: further response headers
    :ivar details: further keys of the body
    """

    status: int
    error: str
    message: str
    headers: dict[str, str] = {}
    details: dict[str, Any] = {}


class PlainJsonError(Exception):
    """Raised to answer with a problem."""

    loglevel = logging.DEBUG

    def __init__(self, status, error, message, headers=None, **details):
        super().__init__(message)
        self.status = status
        self.problem = Problem(status, error, message, headers or {}, details)


def unavailable(message="The database cannot take this now. Nothing of it was stored; send it again."):
    """The error for a request that will be taken later."""
    return PlainJsonError(503, "unavailable", message, {"Retry-After": str(RETRY_AFTER_S)})


def too_large(limit):
    """The error for a body of more than ``limit`` bytes."""
    return PlainJsonError(
        413, "too_large", f"The body is larger than {limit} bytes. Send it in smaller batches."
    )


def problem_of(exc: BaseException) -> Problem:
    """The answer to an exception. It decides as well how loud the exception is in the log."""
    if isinstance(exc, PlainJsonError):
        return exc.problem
    if isinstance(exc, HTTPException) and exc.code:
        return _of_http(exc)
    if isinstance(exc, BadBody):
        exc.loglevel = logging.DEBUG
        return Problem(exc.status, exc.error, str(exc))
    if isinstance(exc.__cause__, psycopg2.errors.UniqueViolation):
        exc.loglevel = logging.INFO
        return Problem(409, "conflict", str(exc))
    for kind, status, word, sentence in _STATUSES:
        if isinstance(exc, kind):
            exc.loglevel = logging.INFO
            return Problem(status, word, sentence or str(exc.args[0]))
    # A lock that is not free is an error of the database, too: Odoo's own words for it came first.
    if isinstance(exc, ConcurrencyError) or any(map(database_unavailable, _chain(exc))):
        exc.loglevel = logging.WARNING
        return unavailable().problem
    return Problem(
        500, "internal_error", "The server has failed at this, and its log says why. Nothing was stored."
    )


def _of_http(exc: HTTPException) -> Problem:
    status = HTTPStatus(exc.code)
    word = _WORDS.get(status, status.name.lower())
    headers = {name: value for name, value in exc.get_headers() if name not in ("Content-Type", "Allow")}
    return Problem(status, word, status.description or status.phrase, headers)


def _chain(exc):
    """An exception, and those that led to it: whatever fails on the way when the database goes away is its fault."""
    while exc is not None:
        yield exc
        exc = exc.__cause__ or exc.__context__
