"""One connection of the library's client, kept within bounds and taken down whatever its state."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from asyncua import Client, ua
from asyncua.client.ua_client import UaClientState, UASocketProtocol
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import nodeid_from_binary, struct_from_binary

from ..base import within
from ..errors import BadAnswer, ConnectorError, TimedOut
from .nodes import node_id

MOST_BYTES = 16 * 1024 * 1024
"""Of one answer. The library itself sets no limit."""
GOODBYE_S = 0.4
_GREETINGS = (b"ACKF", b"ERRF")

_FAULT = node_id(ua.ObjectIds.ServiceFault_Encoding_DefaultBinary)
_SILENT = logging.CRITICAL + 1
# What it would log of a peer's faults, our errors say; and on debug level it logs passwords.
logging.getLogger("asyncua").setLevel(_SILENT)


class Line:
    """A socket with a secure channel on it.

    :ivar client: of the library; one that was never connected before
    """

    def __init__(self, client: Client) -> None:
        self.client = client
        self._guard: _Guard | None = None

    @property
    def up(self) -> bool:
        """Whether it can be used."""
        return bool(self._guard and not self._guard.lost.is_set()) and self.client.state in (
            UaClientState.CHANNEL_OPEN,
            UaClientState.CONNECTED,
        )

    @property
    def connected(self) -> bool:
        """Whether a TCP connection was established."""
        return self._guard is not None

    @property
    def greeted(self) -> bool:
        """Whether anything has come from the peer."""
        return bool(self._guard and self._guard.greeted)

    def cause(self, error: Exception) -> Exception:
        """What lies behind an error of the library: what it only logged, or why we hung up."""
        if self._guard is None:
            return error
        if self._guard.fault:
            return self._guard.fault
        noted = self._guard.notes.noted
        return noted if noted and isinstance(error, AssertionError | ConnectionError) else error

    async def open(self) -> None:
        """Connect, greet, and open the secure channel."""
        await self.client.connect_socket()
        protocol = self.client.uaclient.protocol
        if protocol is None or protocol.transport is None:
            raise ConnectionResetError("closed at once")
        self._guard = _Guard(protocol, protocol.transport)
        protocol.transport.set_protocol(self._guard)
        await self.client.send_hello()
        with self._guard.listening():
            await self.client.open_secure_channel()

    def expect(self) -> None:
        """An answer to a new request may be as long as any."""
        if self._guard:
            self._guard.received = 0

    async def hang_up(self) -> None:
        """Close the channel, if that goes quickly, and the socket. Does not raise, and may be called more than once."""
        guard, self._guard = self._guard, None
        protocol = self.client.uaclient.protocol
        transport = guard.transport if guard else protocol.transport if protocol else None
        try:
            if transport and guard and not guard.lost.is_set():
                with suppress(Exception):
                    await self.client.close_secure_channel()
                transport.close()
                with suppress(TimedOut):
                    await within(GOODBYE_S, guard.lost.wait(), "the goodbye")
        finally:
            with suppress(Exception):
                self.client.disconnect_socket()
            if transport:
                transport.abort()
        if guard and not guard.lost.is_set():
            with suppress(TimedOut):
                await within(GOODBYE_S, guard.lost.wait(), "the goodbye")


class _Guard(asyncio.Protocol):
    """Stands between the socket and the library: hangs up where a peer does not speak OPC UA, or does not stop."""

    def __init__(self, inner: UASocketProtocol, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.lost = asyncio.Event()
        self.fault: ConnectorError | None = None
        self.received = 0
        self.greeted = False
        self.notes = _Notes("asyncua")
        self._inner = inner
        self._inner.logger = self.notes
        self._start = b""

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take note of a refusal of the channel: the library parses it as the answer that it is not, and its status is
        lost."""
        pass_on = self._inner._call_callback

        def answered(request_id: int, body: Buffer | ua.Acknowledge) -> None:
            if isinstance(body, Buffer):
                with suppress(Exception):
                    start = body.copy()
                    if nodeid_from_binary(start) == _FAULT:
                        header = struct_from_binary(ua.ResponseHeader, start)
                        self.notes.noted = _error(header.ServiceResult)
            pass_on(request_id, body)

        self._inner._call_callback = answered  # type: ignore[method-assign]
        try:
            yield
        finally:
            self._inner._call_callback = pass_on  # type: ignore[method-assign]

    def data_received(self, data: bytes) -> None:
        self.received += len(data)
        self.greeted = True
        if len(self._start) < 4:
            self._start += data[:4]
            if not any(each.startswith(self._start[:4]) for each in _GREETINGS):
                self._stop(BadAnswer("It does not speak OPC UA: is the port right?"))
                return
        if self.received > MOST_BYTES:
            self._stop(BadAnswer(f"Its answer is larger than {MOST_BYTES // 1024 // 1024} MiB."))
            return
        self._inner.data_received(data)

    def _stop(self, fault: ConnectorError) -> None:
        self.fault = self.fault or fault
        self.transport.abort()

    def eof_received(self) -> bool | None:
        return self._inner.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set()
        self._inner.connection_lost(exc)


class _Notes(logging.Logger):
    """The library says only to its logger why a server refuses a channel, and that an answer could not be parsed."""

    noted: Exception | None = None

    def __init__(self, name: str) -> None:
        super().__init__(name, _SILENT)

    def error(self, msg: object, *args: object, **kwargs: Any) -> None:
        self.noted = next((each for each in args if isinstance(each, ua.UaStatusCodeError)), self.noted)

    def exception(self, msg: object, *args: object, **kwargs: Any) -> None:
        caught = sys.exc_info()[1]
        if isinstance(caught, Exception) and not isinstance(self.noted, ua.UaStatusCodeError):
            self.noted = caught


def _error(status: ua.StatusCode) -> Exception | None:
    try:
        status.check()
    except ua.UaStatusCodeError as exc:
        return exc
    return None
