"""A socket that reads ahead, and sends what was written in one go.

The client library asks the system for every byte of a packet's head, and hands it every acknowledgement by itself.
At thousands of small messages a second these calls are a good part of the cost of a message.
"""

from __future__ import annotations

import ssl
from typing import Protocol

AHEAD = 64 * 1024


class Socket(Protocol):
    """What the client library uses of a socket."""

    def recv(self, size: int, /) -> bytes: ...
    def send(self, data: bytes, /) -> int: ...
    def fileno(self) -> int: ...
    def setblocking(self, flag: bool, /) -> None: ...
    def close(self) -> None: ...


class Wire:
    """Stands in the place of a non-blocking socket.

    ``recv`` raises what the socket raises when nothing is there. ``send`` takes everything, for :meth:`flush` to
    send; only acknowledgements and requests are sent this way, which are bounded by what was received.
    """

    def __init__(self, sock: Socket) -> None:
        self._sock = sock
        self._ahead = b""
        self._taken = 0
        self._unsent = bytearray()

    @property
    def readable(self) -> bool:
        """Whether something was received that ``recv`` has not given yet; a poll of the socket does not tell."""
        if self._taken < len(self._ahead):
            return True
        return isinstance(self._sock, ssl.SSLSocket) and self._sock.pending() > 0

    @property
    def unsent(self) -> bool:
        """Whether something is left to :meth:`flush`."""
        return bool(self._unsent)

    def recv(self, size: int) -> bytes:
        """At most ``size`` bytes; none at the end of the connection."""
        taken = self._taken
        if taken >= len(self._ahead):
            self._ahead = self._sock.recv(AHEAD)
            taken = 0
        self._taken = taken + size
        return self._ahead[taken : taken + size]

    def send(self, data: bytes) -> int:
        """Take ``data`` for the next :meth:`flush`."""
        self._unsent += data
        return len(data)

    def flush(self) -> None:
        """Send as much as the network takes now. Raises ``OSError`` when the connection is broken."""
        while self._unsent:
            try:
                sent = self._sock.send(bytes(self._unsent))
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return
            del self._unsent[:sent]

    def fileno(self) -> int:
        """The socket's, to poll."""
        return self._sock.fileno()

    def setblocking(self, flag: bool) -> None:
        """Whether the socket waits."""
        self._sock.setblocking(flag)

    def close(self) -> None:
        """Send what can still be sent, and close."""
        try:
            self.flush()
        except OSError:
            self._unsent.clear()
        self._sock.close()
