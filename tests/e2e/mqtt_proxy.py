"""A TCP relay on the loopback address that can lose what passes, as a network does, without closing anything.

It takes the place of a firewall or a network namespace, for which a test would have to be root.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType


class Proxy:
    """Relays to `target`, a port of the loopback address; listens on `port` from the constructor on."""

    def __init__(self, target: int) -> None:
        self.target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._pairs: list[_Pair] = []
        self._silent = False
        threading.Thread(target=self._accept, name="proxy", daemon=True).start()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # shutdown() ends the accept() of the other thread, which close() alone does not.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.drop()

    def cut(self) -> None:
        """From now on nothing gets through and nobody is told, neither who is connected nor who tries."""
        self._silent = True
        for pair in self._pairs:
            pair.up.lose()
            pair.down.lose()

    def mend(self) -> None:
        """New connections get through again; those that were cut stay dead, on both sides."""
        self._silent = False

    def hold_back(self) -> None:
        """Keep what the present clients send; what they are sent gets through. :meth:`drop` loses it."""
        for pair in self._pairs:
            pair.up.lose()

    def drop(self) -> None:
        """Close all present connections. What was held back never arrives."""
        pairs, self._pairs = self._pairs, []
        for pair in pairs:
            pair.close()

    @property
    def held_back(self) -> int:
        """How many bytes of the present clients were kept from the broker."""
        return sum(pair.up.lost for pair in self._pairs)

    @property
    def clients(self) -> int:
        """How many connections it has, those that were cut included."""
        return len(self._pairs)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _address = self._listener.accept()
                pair = _Pair(client, socket.create_connection(("127.0.0.1", self.target)))
                self._pairs.append(pair)
                if self._silent:
                    pair.up.lose()
                    pair.down.lose()
                pair.start()


class _Pair:
    """A client's connection and ours to the broker."""

    def __init__(self, client: socket.socket, broker: socket.socket) -> None:
        self._sockets = (client, broker)
        self.up = _Direction(client, broker, self.close)
        self.down = _Direction(broker, client, self.close)

    def start(self) -> None:
        for direction in (self.up, self.down):
            threading.Thread(target=direction.run, name="proxy", daemon=True).start()

    def close(self) -> None:
        for end in self._sockets:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


class _Direction:
    """What goes from one socket to the other. Once it loses data, an end of the connection is lost with it."""

    def __init__(self, source: socket.socket, target: socket.socket, ended: Callable[[], None]) -> None:
        self._source, self._target, self._ended = source, target, ended
        self._losing = False
        self.lost = 0

    def lose(self) -> None:
        self._losing = True

    def run(self) -> None:
        with suppress(OSError):
            while data := self._source.recv(65536):
                if self._losing:
                    self.lost += len(data)
                else:
                    self._target.sendall(data)
        if not self._losing:
            self._ended()
