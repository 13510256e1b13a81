"""An HTTP POST that cannot take long, follows nobody, and reads little of what comes back; and what became of it."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from fusion_iot_core.notify.destination import Unusable, check_address, checked_url
from fusion_iot_core.notify.formats import Post

CONNECT_S, TOTAL_S = 5.0, 15.0
MOST_READ, MOST_SHOWN = 4096, 200
# What may be answered otherwise the next time: not yet, too many, a conflict with an attempt that is still worked on.
_PASSING = {408, 409, 425, 429}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt.

    :ivar reason: why it failed, for `iot.alert.delivery._in_words`; empty where it did not
    :ivar detail: what the other side, or the system, says of it
    :ivar is_final: another attempt would end the same way
    :ivar asked: seconds that the other side wants to be left alone
    :ivar gone: ids of `mail.push.device` that do not exist any more
    """

    reason: str = ""
    detail: str = ""
    is_final: bool = False
    asked: float = 0.0
    gone: tuple[int, ...] = ()


def send(
    post: Post,
    allow_http: bool = False,
    total_s: float = TOTAL_S,
    read: Callable[[http.client.HTTPResponse], Outcome] | None = None,
) -> Outcome:
    """Send it. Whatever goes wrong is told in the outcome.

    :param total_s: after this the connection is cut, however slowly the answer comes
    :param read: what the answer means, where that is another thing than what its status says
    """
    limit = _Limit()
    try:
        parts = checked_url(post.url, allow_http)
        connection = _connection(parts, limit)
    except Unusable as error:
        return Outcome(f"url_{error.reason}", is_final=True)
    timer = threading.Timer(total_s, limit.reach)
    timer.daemon = True
    timer.start()
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, post.body, dict(post.headers))
        with connection.getresponse() as response:
            outcome = (read or _outcome)(response)
        return Outcome("timeout") if limit.reached else _without(post.secrets, outcome)
    except Unusable as error:
        return Outcome(f"url_{error.reason}", is_final=True)
    except (OSError, http.client.HTTPException, ValueError) as error:
        if limit.reached or isinstance(error, TimeoutError):
            return Outcome("timeout")
        return Outcome("unreachable", _words(error))
    finally:
        timer.cancel()
        connection.close()
        limit.forget()


class _Limit:
    """Ends a connection when its time is up, whatever it is at then: also where there is none before that.

    :ivar reached: whether it is up
    """

    def __init__(self) -> None:
        self.reached = False
        self._lock = threading.Lock()
        self._end: socket.socket | None = None

    def watch(self, made: socket.socket) -> None:
        """This is the connection. Raises ``TimeoutError`` where it comes too late."""
        with self._lock:
            if self.reached:
                made.close()
                raise TimeoutError
            # Of its own, as TLS takes the descriptor away from the one that it is given.
            self._end = made.dup()

    def reach(self) -> None:
        """The time is up."""
        with self._lock:
            self.reached = True
            if self._end:
                with suppress(OSError):
                    self._end.shutdown(socket.SHUT_RDWR)

    def forget(self) -> None:
        """It is over."""
        with self._lock:
            if self._end:
                self._end.close()
            self._end = None


def _connection(parts, limit: _Limit) -> http.client.HTTPConnection:
    # With a port: without one, http.client looks for it in what is an IPv6 address.
    host, port = parts.hostname, parts.port or (80 if parts.scheme == "http" else 443)
    if parts.scheme == "http":
        connection = http.client.HTTPConnection(host, port, timeout=CONNECT_S)
    else:
        connection = http.client.HTTPSConnection(
            host, port, timeout=CONNECT_S, context=ssl.create_default_context()
        )
    # What the name stands for is looked at once, and that is where the connection goes.
    connection._create_connection = partial(_connect, limit)
    return connection


def _connect(limit: _Limit, address, timeout, *_args) -> socket.socket:
    host, port = address
    last: OSError = OSError("no address")
    for *_kind, found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        check_address(str(found[0]))
        try:
            made = socket.create_connection(found[:2], timeout)
        except OSError as error:
            last = error
        else:
            limit.watch(made)
            return made
    raise last


def _outcome(response: http.client.HTTPResponse) -> Outcome:
    status = response.status
    if 200 <= status < 300:
        return Outcome()
    if 300 <= status < 400:
        return Outcome("redirect", str(status), is_final=True)
    text = " ".join(response.read(MOST_READ).decode(errors="replace").split())[:MOST_SHOWN]
    detail = f"{status} {text or response.reason}".replace("\0", "").strip()
    is_final = 400 <= status < 500 and status not in _PASSING
    return Outcome("refused" if is_final else "answer", detail, is_final, _retry_after(response))


def _retry_after(response: http.client.HTTPResponse) -> float:
    try:
        return max(0.0, float(response.headers.get("Retry-After", 0)))
    except ValueError:
        return 0.0


def _without(secrets: tuple[str, ...], outcome: Outcome) -> Outcome:
    """The outcome, without what a receiver repeats of what it was sent."""
    detail = outcome.detail
    for secret in secrets:
        detail = detail.replace(secret, "***")
    return replace(outcome, detail=detail)


def _words(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, (ValueError, http.client.InvalidURL)):
        return type(error).__name__  # their words repeat what cannot be sent, and that may be a secret
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__)[:MOST_SHOWN]
