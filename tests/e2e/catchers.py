"""A mail server and a receiver of webhooks on this machine. They keep what they get."""

from __future__ import annotations

import email
import email.policy
import socketserver
import threading
from contextlib import contextmanager
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class MailCatcher(socketserver.ThreadingTCPServer):
    """A mail server as far as Odoo talks to one.

    :ivar mails: what came, the first one first
    :ivar refuses: it hangs up on everybody
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        self.mails: list[EmailMessage] = []
        self.refuses = False
        super().__init__(("127.0.0.1", port), _Smtp)

    @property
    def port(self) -> int:
        return self.server_address[1]

    def to(self, address: str, words: str = "") -> list[EmailMessage]:
        """The mails to somebody, in which these words stand."""
        return [mail for mail in self.mails if address in mail["To"] and words in _read(mail)]


def _read(mail: EmailMessage) -> str:
    """Subject and text of a mail."""
    body = mail.get_body(("plain", "html"))
    return f"{mail['Subject']}\n{body.get_content() if body else ''}"


class _Smtp(socketserver.StreamRequestHandler):
    server: MailCatcher

    def handle(self) -> None:
        if self.server.refuses:
            return
        self._say("220 catcher")
        while line := self.rfile.readline():
            verb = line.strip().upper().decode("ascii", "replace").split(" ")[0]
            if verb == "DATA":
                self._say("354 go on")
                self._take()
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 catcher" if verb in ("EHLO", "HELO") else "250 ok")

    def _take(self) -> None:
        lines = []
        while (line := self.rfile.readline()) and line != b".\r\n":
            lines.append(line[1:] if line.startswith(b"..") else line)
        self.server.mails.append(email.message_from_bytes(b"".join(lines), policy=email.policy.default))
        self._say("250 taken")

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")


class HookCatcher(ThreadingHTTPServer):
    """:ivar posts: headers and body of what came, the first one first
    :ivar hold: while it is set, nobody gets an answer
    """

    daemon_threads = True

    def __init__(self) -> None:
        self.posts: list[tuple[dict[str, str], bytes]] = []
        self.hold = threading.Event()
        self.let_go = threading.Event()
        super().__init__(("127.0.0.1", 0), _Hook)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook"


class _Hook(BaseHTTPRequestHandler):
    server: HookCatcher

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posts.append((dict(self.headers), body))
        if self.server.hold.is_set():
            self.server.let_go.wait(60)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def serving(server):
    """Have it serve in a thread of its own."""
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        if isinstance(server, HookCatcher):
            server.let_go.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
