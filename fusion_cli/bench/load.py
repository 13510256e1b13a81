"""A closed-loop HTTP load: so many clients, each posting again as soon as it has its answer.

The clients are processes, because one Python process cannot keep a server busy and be fair to it.
"""

from __future__ import annotations

import multiprocessing
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing import Queue
from multiprocessing.synchronize import Event
from urllib.parse import urlsplit

from .child import leave_stopping_to_parent


@dataclass(frozen=True)
class Outcome:
    """What a load run saw. Latencies in seconds, ascending."""

    requests: int
    failures: int
    seconds: float
    latencies: list[float]

    @property
    def per_second(self) -> float:
        """Successful requests a second."""
        return (self.requests - self.failures) / self.seconds

    def latency(self, share: float) -> float:
        """The latency that this share of the requests stayed within."""
        return self.latencies[min(len(self.latencies) - 1, int(share * len(self.latencies)))]


def request_bytes(url: str, body: bytes, headers: dict[str, str]) -> tuple[tuple[str, int], bytes]:
    """Address and raw bytes of a POST, made once so that the load itself costs little."""
    parts = urlsplit(url)
    lines = [
        f"POST {parts.path} HTTP/1.1",
        f"Host: {parts.netloc}",
        "Connection: close",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return (parts.hostname or "127.0.0.1", parts.port or 80), "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def send(address: tuple[str, int], data: bytes, timeout: float = 120.0) -> int:
    """Send raw bytes and return the status of the answer; 0 when there was none."""
    with socket.create_connection(address, timeout) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(data)
        answer = bytearray()
        while not _complete(answer) and (chunk := connection.recv(65536)):
            answer += chunk
    return int(answer[9:12]) if answer.startswith(b"HTTP/1.") else 0


def _complete(answer: bytearray) -> bool:
    """Whether all of an answer with a Content-Length is there; the server closes a little later."""
    head, end, body = answer.partition(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if end and line.startswith(b"content-length:"):
            return len(body) >= int(line.partition(b":")[2])
    return False


Bodies = Callable[[int], Iterator[tuple[str, bytes, dict[str, str]]]]


def run(bodies: Bodies, clients: int, seconds: float) -> Outcome:
    """Let ``clients`` processes post for ``seconds``.

    :param bodies: from the number of a client, its endless requests as ``(url, body, headers)``
    """
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    start = context.Event()
    workers = [
        context.Process(target=_client, args=(bodies(number), start, seconds, queue), daemon=True)
        for number in range(clients)
    ]
    for worker in workers:
        worker.start()
    time.sleep(0.2)
    start.set()
    results = [queue.get(timeout=seconds + 180) for _worker in workers]
    for worker in workers:
        worker.join()
    latencies = sorted(latency for _failures, _elapsed, own in results for latency in own)
    return Outcome(
        requests=len(latencies),
        failures=sum(failures for failures, _elapsed, _own in results),
        seconds=max(elapsed for _failures, elapsed, _own in results),
        latencies=latencies,
    )


def _client(
    requests: Iterator[tuple[str, bytes, dict[str, str]]],
    start: Event,
    seconds: float,
    queue: Queue[tuple[int, float, list[float]]],
) -> None:
    leave_stopping_to_parent()
    start.wait()
    begin = time.monotonic()
    failures, latencies = 0, []
    for url, body, headers in requests:
        before = time.monotonic()
        if before - begin >= seconds:
            break
        try:
            status = send(*request_bytes(url, body, headers))
        except OSError:
            status = 0
        failures += status != 200
        latencies.append(time.monotonic() - before)
    queue.put((failures, time.monotonic() - begin, latencies))
