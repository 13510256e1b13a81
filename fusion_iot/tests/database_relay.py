"""A Unix socket before PostgreSQL that can end like a server that crashes."""

import os
import socket
import struct
import tempfile
import threading
from contextlib import suppress

SOCKET_NAME = ".s.PGSQL.5432"


class DatabaseRelay:
    """Relays connections to the PostgreSQL of ``info``, as ``psycopg2`` is given it, until it crashes.

    :ivar info: how to connect through it
    """

    def __init__(self, info):
        self._target = info
        self._folder = tempfile.TemporaryDirectory(prefix="relay")
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(os.path.join(self._folder.name, SOCKET_NAME))
        self._listener.listen()
        self._ends = []
        self.info = {**info, "host": self._folder.name, "port": 5432}
        threading.Thread(target=self._accept, daemon=True).start()

    def crash(self):
        """End all connections the way PostgreSQL does when one of its processes crashed."""
        ends, self._ends = self._ends, []
        for client, server in ends:
            with suppress(OSError):
                client.sendall(_warning("57P02", "terminating connection because of another server process"))
            for end in (client, server):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()

    def close(self):
        self.crash()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._folder.cleanup()

    def _accept(self):
        while True:
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            server = self._connect()
            self._ends.append((client, server))
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=_pump, args=(source, sink), daemon=True).start()

    def _connect(self):
        host, port = self._target.get("host") or "/var/run/postgresql", int(self._target.get("port") or 5432)
        if not host.startswith("/"):
            return socket.create_connection((host, port))
        server = socket.socket(socket.AF_UNIX)
        server.connect(os.path.join(host, f".s.PGSQL.{port}"))
        return server


def _pump(source, sink):
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)


def _warning(code, text):
    fields = {"S": "WARNING", "V": "WARNING", "C": code, "M": text}
    body = b"".join(key.encode() + value.encode() + b"\0" for key, value in fields.items()) + b"\0"
    return b"N" + struct.pack("!I", len(body) + 4) + body
