"""A kiln as its controller answers: a line for a line, over TCP."""

from __future__ import annotations

import socket
import socketserver
import threading
from contextlib import suppress


class Kiln:
    """Heats to its setpoint at once. Use it as a context manager.

    :ivar setpoint: what it was told last, in °C
    :ivar temperature: what it answers, in °C
    :ivar refuses: whether it answers a setpoint with an error
    """

    def __init__(self) -> None:
        kiln = self
        self.setpoint = self.temperature = 20.0
        self.refuses = False
        self.asked = 0
        self._connections: list[socket.socket] = []

        class Connection(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                kiln._connections.append(self.connection)
                for line in self.rfile:
                    self.wfile.write(kiln.answer(line.decode("ascii").strip()).encode() + b"\n")

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Connection)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def __enter__(self) -> Kiln:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def answer(self, line: str) -> str:
        """What it says to one line."""
        word, _space, value = line.partition(" ")
        if word == "SET":
            if self.refuses:
                return "ERR 7"
            self.setpoint = self.temperature = float(value)
            return "OK"
        self.asked += 1
        return str(self.temperature)
