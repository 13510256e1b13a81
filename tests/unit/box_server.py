"""A server to which a box posts: checks the signature and keeps every reading once."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from fusion_iot_core.protocol import read_json_readings, signature_valid


class BoxServer:
    """For the box `identifier`, whose requests are signed with `key`. While it is `away` it closes connections.

    :ivar stored: serial, time and value, in the order of their arrival
    """

    def __init__(self, identifier, key):
        outer = self
        self.identifier, self.key = identifier, key
        self.away = False
        self.stored = []
        self.refused = 0
        self.paths = []
        self.databases = set()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                content = self.rfile.read(int(self.headers["Content-Length"]))
                if outer.away:
                    self.close_connection = True
                    return
                outer.databases.add(self.headers["X-Odoo-Database"])
                self._reply(*outer.take(self.headers, content))

            def do_GET(self):
                outer.paths.append(self.path)
                self._reply(405, {"ok": False})

            def _reply(self, status, document):
                text = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *arguments):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *exc):
        self._server.shutdown()
        self._server.server_close()

    def take(self, headers, content):
        """(status, document)"""
        signed = signature_valid(
            self.key, headers["X-FP-IOT-Timestamp"], headers["X-FP-IOT-Signature"], content, time.time()
        )
        if headers["X-FP-IOT-Box"] != self.identifier or not signed:
            self.refused += 1
            return 401, {"ok": False, "error": "unknown_box", "message": "no"}
        rows = [
            (item.serial, item.at, item.value)
            for item in read_json_readings(json.loads(content)).measurements
        ]
        fresh = [row for row in rows if row not in self.stored]
        self.stored += fresh
        return 200, {"ok": True, "accepted": len(fresh)}

    def values(self):
        """Serial and value of what has arrived."""
        return [(serial, value) for serial, _at, value in list(self.stored)]
