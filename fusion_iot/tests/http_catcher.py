"""A receiver of webhooks and of web push on this machine, that keeps what it gets and answers as it is told to."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class HttpCatcher:
    """:ivar requests: method, path, headers and body of each request, the first one first
    :ivar answers: status, headers and body of the next ones; then it is 200 for all
    """

    def __init__(self):
        self.requests, self.answers = [], []
        self.let_go = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self):
        self.let_go.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def _handler(self):
        catcher = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                catcher.requests.append((self.command, self.path, dict(self.headers), body))
                status, headers, answer = catcher.answers.pop(0) if catcher.answers else (200, {}, b"")
                if status == "slow":
                    catcher.slow(self)
                    return
                self.send_response(status)
                for name, value in {"Content-Length": str(len(answer)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_POST

            def log_message(self, *_args):
                pass

        return Handler

    def slow(self, handler):
        """Answer drop by drop, for as long as somebody listens."""
        try:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Never-Ends: ")
            while not self.let_go.wait(0.05):
                handler.wfile.write(b".")
                handler.wfile.flush()
        except OSError:
            handler.close_connection = True
