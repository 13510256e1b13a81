"""One publisher that sends as fast as it can at QoS 0, and two that go on as before."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing import Queue

from ..child import leave_stopping_to_parent
from .publisher import Sent, connected, packet

CHUNK_BYTES = 256 * 1024
AT_ONCE = 256
CLIENT = "fusion-bench-flood"


class Flood:
    """Sends its messages again and again at QoS 0, from a process of its own, until it was long or many enough.

    :param delay: seconds before it begins
    """

    def __init__(self, port: int, messages: Sequence[Sent], delay: float, seconds: float, most: int) -> None:
        context = multiprocessing.get_context("fork")
        self._queue: Queue[int | OSError] = context.Queue()
        packets = [packet(topic, payload, 0, qos=0) for topic, payload in messages]
        self._process = context.Process(
            target=self._run, args=(port, packets, delay, seconds, most), daemon=True
        )
        self._process.start()

    def finish(self, timeout: float = 120.0) -> int:
        """Wait for its end: how many messages it sent."""
        sent = self._queue.get(timeout=timeout)
        self._process.join()
        if isinstance(sent, OSError):
            raise sent
        return sent

    def _run(self, port: int, packets: list[bytes], delay: float, seconds: float, most: int) -> None:
        leave_stopping_to_parent()
        sent = 0
        each = max(1, min(AT_ONCE, CHUNK_BYTES // len(packets[0])))
        chunks = [packets[start : start + each] for start in range(0, len(packets), each)]
        joined = [
            (b"".join(chunk * (each // len(chunk))), len(chunk) * (each // len(chunk))) for chunk in chunks
        ]
        try:
            with connected(port, CLIENT) as connection:
                time.sleep(delay)
                until = time.monotonic() + seconds
                while time.monotonic() < until and sent < most:
                    for data, count in joined:
                        connection.sendall(data)
                        sent += count
                        if time.monotonic() >= until or sent >= most:
                            break
        except OSError as error:
            self._queue.put(error)
        else:
            self._queue.put(sent)


@dataclass
class Honest:
    """A device that publishes at a pace, in a thread of its own.

    :ivar sent: when each message was sent, on the clock of `time.monotonic`
    """

    port: int
    messages: Sequence[Sent]
    pace: float
    qos: int
    sent: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._connection = connected(self.port, f"fusion-bench-honest-{self.qos}")
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def finish(self) -> list[float]:
        """Wait until all is published: when each message was."""
        self._thread.join()
        self._connection.close()
        return self.sent

    def _run(self) -> None:
        began = time.monotonic()
        for number, (topic, payload) in enumerate(self.messages):
            time.sleep(max(0.0, began + number / self.pace - time.monotonic()))
            self.sent.append(time.monotonic())
            self._connection.sendall(packet(topic, payload, number, qos=self.qos))
        if self.qos:
            self._connection.settimeout(1.0)
            acknowledged = 0
            while acknowledged < 4 * len(self.messages):
                try:
                    acknowledged += len(self._connection.recv(65_536))
                except TimeoutError:
                    return
