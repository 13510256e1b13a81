"""Publishing messages of the ledger over MQTT, each until the broker acknowledges it."""

from __future__ import annotations

import time
from collections import OrderedDict
from contextlib import suppress

from .entry import Entry, Ledger
from .sender import BEAT_S, RECONNECT_S, Sender
from .wire import KEEPALIVE_S, NOBODY_SUBSCRIBED, Wire

WINDOW = 50


class Publisher(Sender):
    """Publishes at QoS 1 to the broker at `port` of this machine.

    Without `memory` it is like a device that has none: what a lost connection left unacknowledged is not sent again.
    """

    def __init__(self, port: int, ledger: Ledger, name: str, *, memory: bool = True) -> None:
        super().__init__(ledger, name)
        self.port, self.memory = port, memory
        self.connects = 0
        self._under_way: OrderedDict[int, Entry] = OrderedDict()
        self._mid = 0
        self._thread.start()

    @property
    def idle(self) -> bool:
        """Whether the broker has acknowledged everything that it is still sent."""
        return not self._waiting and not self._under_way

    def _run(self) -> None:
        while not self._stop.is_set():
            wire = None
            with suppress(OSError):
                wire = Wire(self.port, f"{self.name}-{self.connects}")
                self.connects += 1
                self._serve(wire)
            if wire is not None:
                wire.close(goodbye=self._stop.is_set())
            if not self.memory:
                self._under_way.clear()
            self._stop.wait(RECONNECT_S)

    def _serve(self, wire: Wire) -> None:
        for mid, entry in self._under_way.items():
            self._send(wire, mid, entry)
        heard = time.monotonic()
        while not self._stop.is_set():
            while self._waiting and len(self._under_way) < WINDOW:
                self._mid = self._mid % 65_535 + 1
                entry = self._under_way[self._mid] = self._waiting.popleft()
                self._send(wire, self._mid, entry)
            if time.monotonic() - heard > KEEPALIVE_S / 3:
                wire.ping()
                heard = time.monotonic()
            for mid, reason in wire.acknowledgements(BEAT_S):
                entry = self._under_way.pop(mid)
                entry.unheard = reason == NOBODY_SUBSCRIBED
                if reason < 0x80:
                    entry.acknowledge()

    def _send(self, wire: Wire, mid: int, entry: Entry) -> None:
        wire.publish(mid, entry.topic, entry.payload, retain=entry.retain, duplicate=entry.sent > 0)
        entry.sent += 1
