"""Whether a peer can be reached at all, step by step."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from .base import Step, within
from .endpoint import Endpoint
from .errors import ConnectorError, TimedOut, Unreachable

_T = TypeVar("_T")


async def step(
    steps: list[Step], name: str, awaited: Awaitable[_T], text: Callable[[_T], str] = lambda _: ""
) -> _T:
    """Do one step of a test and note how it went.

    :param text: what to say of what it gave
    """
    began = time.monotonic()
    try:
        found = await awaited
    except ConnectorError as exc:
        steps.append(Step(name, False, _ms(began), str(exc)))
        raise
    steps.append(Step(name, True, _ms(began), text(found)))
    return found


def _ms(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


async def reach(
    endpoint: Endpoint, timeout_s: float, steps: list[Step], tls: ssl.SSLContext | None = None
) -> None:
    """Look the name up, open a connection and, with ``tls``, shake hands; and close it again.

    :raise ConnectorError: what does not work, and what to do
    """
    addresses = await step(steps, "resolve", resolve(endpoint, timeout_s), ", ".join)
    await step(
        steps, "tcp", _open(endpoint, timeout_s, None), lambda _: f"{addresses[0]}, port {endpoint.port}"
    )
    if tls:
        await step(steps, "tls", _open(endpoint, timeout_s, tls))


async def resolve(endpoint: Endpoint, timeout_s: float) -> list[str]:
    """The addresses that a name stands for."""
    loop = asyncio.get_running_loop()
    looked_up = loop.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
    try:
        found = await within(timeout_s, looked_up, f"the question for {endpoint.host}")
    except (OSError, UnicodeError) as exc:
        raise unreachable(exc, endpoint) from None
    return list(dict.fromkeys(str(address[0]) for *_rest, address in found))


async def _open(endpoint: Endpoint, timeout_s: float, tls: ssl.SSLContext | None) -> None:
    opened = asyncio.open_connection(endpoint.host, endpoint.port, ssl=tls)
    try:
        _reader, writer = await within(timeout_s, opened, f"the connection to {endpoint.authority}")
    except (OSError, UnicodeError) as exc:
        raise unreachable(exc, endpoint) from None
    writer.close()
    with suppress(OSError, asyncio.TimeoutError):
        await asyncio.wait_for(writer.wait_closed(), 1.0)


def unreachable(error: BaseException, endpoint: Endpoint) -> ConnectorError:
    """An error of a socket in words that say what to do."""
    cause: BaseException | None = error
    while cause is not None:
        if text := _words(cause, endpoint):
            return Unreachable(text)
        if isinstance(cause, TimeoutError | asyncio.TimeoutError):
            return TimedOut(
                f"Nothing answers at {endpoint.authority}: is it switched on, and is a firewall between?"
            )
        cause = cause.__cause__ or cause.__context__
    detail = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return Unreachable(f"{endpoint.authority} cannot be reached: {detail}.")


def _words(error: BaseException, endpoint: Endpoint) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"The certificate of {endpoint.host} is not trusted ({error.verify_message}): check its date and name, or "
            "enter the certificate of its authority."
        )
    if isinstance(error, ssl.SSLError):
        return f"{endpoint.authority} does not speak TLS as it should ({error.reason or error}): is the port right?"
    if isinstance(error, socket.gaierror | UnicodeError):
        return f"The name {endpoint.host} is not known: check its spelling and the name server."
    if isinstance(error, ConnectionRefusedError):
        return f"Nothing accepts connections at {endpoint.authority}: check the port, and whether its service is on."
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return f"{endpoint.authority} has closed the connection."
    return ""
