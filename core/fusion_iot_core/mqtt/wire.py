"""A socket that reads ahead, and sends what was written in one go.

The client library asks the system for every byte of a packet's head, and hands it every acknowledgement by itself.
At thousands of small messages a second these calls are a good part of the cost of a message. So what was received is
read here in large pieces, messages are taken out of them as they lie there, and the library is given what is not a
message, a whole packet at a time.
"""

from __future__ import annotations

import ssl
from typing import Protocol

AHEAD = 256 * 1024
_NOTHING_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Socket(Protocol):
    """What the client library uses of a socket."""

    def recv(self, size: int, /) -> bytes: ...
    def send(self, data: bytes, /) -> int: ...
    def fileno(self) -> int: ...
    def setblocking(self, flag: bool, /) -> None: ...
    def close(self) -> None: ...


class Wire:
    """Stands in the place of a non-blocking socket.

    ``send`` takes everything, for :meth:`flush` to send; only acknowledgements and requests are sent this way, which
    are bounded by what was received.

    :ivar data: what was received, in order
    :ivar start: how much of it has been taken
    """

    def __init__(self, sock: Socket) -> None:
        self._sock = sock
        self.data = b""
        self.start = 0
        self._parts: list[bytes] = []
        self._missing = 0
        self._granted = 0
        self._end: OSError | None = None
        self._ended = False
        self._unsent = bytearray()

    @property
    def readable(self) -> bool:
        """Whether there is something to take that a poll of the socket does not tell of."""
        if self.start < len(self.data) and not self._missing:
            return True
        return isinstance(self._sock, ssl.SSLSocket) and self._sock.pending() > 0

    @property
    def lacking(self) -> bool:
        """Whether the next packet is not here whole."""
        return self._missing > 0

    @property
    def unsent(self) -> bool:
        """Whether something is left to :meth:`flush`."""
        return bool(self._unsent)

    @property
    def ended(self) -> bool:
        """Whether nothing more will come; ``recv`` says why."""
        return self._ended

    def fill(self) -> bool:
        """Receive what is there; ``False`` when that is nothing."""
        try:
            received = self._sock.recv(AHEAD)
        except _NOTHING_NOW:
            return False
        except OSError as exc:
            self._end, self._ended = exc, True
            return False
        if not received:
            self._ended = True
            return False
        self._parts.append(received)
        self._missing -= len(received)
        if self._missing > 0:
            return True
        self._missing = 0
        rest = self.data[self.start :] if self.start < len(self.data) else b""
        self.data = b"".join((rest, *self._parts)) if rest or len(self._parts) > 1 else received
        self.start = 0
        self._parts.clear()
        return True

    def lack(self, count: int) -> None:
        """The next packet needs so many bytes more: until then there is nothing to take."""
        self._missing = count

    def grant(self, count: int) -> None:
        """Let ``recv`` give the next ``count`` bytes of what was received."""
        self._granted = count

    def recv(self, size: int) -> bytes:
        """At most ``size`` of the bytes granted; none at the end of the connection, which may be an ``OSError``."""
        if not self._granted:
            if self._end is not None:
                raise self._end
            if self._ended:
                return b""
            raise BlockingIOError
        size = min(size, self._granted)
        self._granted -= size
        start = self.start
        self.start = start + size
        return self.data[start : start + size]

    def send(self, data: bytes | bytearray) -> int:
        """Take ``data`` for the next :meth:`flush`."""
        self._unsent += data
        return len(data)

    def flush(self) -> None:
        """Send as much as the network takes now. Raises ``OSError`` when the connection is broken."""
        while self._unsent:
            try:
                sent = self._sock.send(bytes(self._unsent))
            except _NOTHING_NOW:
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
