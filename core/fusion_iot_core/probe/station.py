"""The measuring part of a box: it runs beside the client, in threads of its own.

What it measures, keeps and sends is what the probe agent for a plain Raspberry Pi does; a box only says differently
where to and as whom.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Callable

from ..queue.answers import Reply
from ..queue.client import Client, NoAnswer
from ..queue.clock import Clock, SystemClock
from ..queue.sample import Sample
from ..queue.waiting import Waiting
from .agent import Agent
from .config import Config

_logger = logging.getLogger(__name__)

PATH = "/fp/iot/box/ingest"
AGAIN_S = 10.0


@dataclass(frozen=True)
class Pairing:
    """What a box knows of the server that it is paired with."""

    url: str
    token: str
    database: str
    identifier: str


class BoxClient:
    """Sends for a paired box. The address may change at any time, so that it is asked for before each request."""

    def __init__(self, pairing: Callable[[], Pairing | None], timeout: float) -> None:
        self._pairing = pairing
        self._timeout = timeout

    def post(self, batch: Sequence[Waiting]) -> Reply:
        """Send readings, signed. Raises `NoAnswer`."""
        return self._client().post(batch)

    def ask_time(self) -> Reply:
        """A request that does nothing, for the time in its answer. Raises `NoAnswer`."""
        return self._client().ask_time()

    def _client(self) -> Client:
        pairing = self._pairing()
        if pairing is None:
            raise NoAnswer("this box is not paired with a server")
        return Client(
            pairing.url,
            # All that the server has kept of the token, and a secret too.
            hashlib.sha256(pairing.token.encode()).hexdigest(),
            path=PATH,
            headers={"X-FP-IOT-Box": pairing.identifier},
            database=pairing.database,
            timeout=self._timeout,
        )


class Station:
    """Measures all probes, and has every reading brought to the server that the box is paired with."""

    def __init__(
        self,
        config: Config,
        pairing: Callable[[], Pairing | None],
        *,
        clock: Clock | None = None,
    ) -> None:
        self._config = config
        self._client = BoxClient(pairing, config.server_timeout)
        self._clock = clock or SystemClock()
        self._latest: dict[str, Sample] = {}
        self._agent: Agent | None = None
        self._stop = threading.Event()

    def start(self) -> None:
        """Begin; returns at once."""
        threading.Thread(target=self._run, name="probes", daemon=True).start()

    def stop(self) -> None:
        """End soon."""
        self._stop.set()
        if self._agent is not None:
            self._agent.stop()

    def latest(self, serial: str) -> tuple[float, float] | None:
        """The last value of a probe in °C, -127 where it could not be measured, and how many seconds ago that was."""
        sample = self._latest.get(serial)
        if sample is None:
            return None
        return sample.value, (self._clock.moment().up_ms - sample.taken.up_ms) / 1000

    def _run(self) -> None:
        while not self._stop.is_set():
            agent = None
            try:
                agent = self._agent = _Measuring(self._config, self._latest, self._client, self._clock)
                if not self._stop.is_set():
                    agent.run()
            except Exception:  # the client knows nothing of this thread: nobody else would start it again
                _logger.exception("Measuring failed; it begins again in %g s.", AGAIN_S)
            if agent is not None:
                agent.sender.stop()
            self._stop.wait(AGAIN_S)


class _Measuring(Agent):
    """The agent, which also shows what it has measured."""

    def __init__(self, config: Config, latest: dict[str, Sample], client: BoxClient, clock: Clock) -> None:
        super().__init__(config, client=client, clock=clock)
        self._latest = latest

    def keep(self, samples: list[Sample]) -> None:
        """Put what was measured into the backlog."""
        super().keep(samples)
        self._latest.update((sample.serial, sample) for sample in samples)
