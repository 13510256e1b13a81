"""Rounds of faults: servers are killed under load in an order that a seed decides, and the books are compared."""

from __future__ import annotations

import itertools
import random
import time
from contextlib import ExitStack
from dataclasses import dataclass

from ..broker.configuration import SETTINGS
from ..testing.waiting import until
from .entry import Entry
from .line import Line
from .probe import WITH_TIME, WITHOUT_TIME, Probe
from .sender import Load, Sender

ODOO, POSTGRESQL, BROKER = "Odoo", "PostgreSQL", "the broker"
SERVERS = (ODOO, POSTGRESQL, BROKER)
COMBINATIONS = [
    servers for count in range(1, len(SERVERS) + 1) for servers in itertools.combinations(SERVERS, count)
]
"""All servers that can be killed together: each round plays one, and as many rounds play them all."""
SAVES_WITHIN_S = float(SETTINGS["autosave_interval"]) + 1.0
"""A broker that is killed forgets what came in so many seconds at most: it counts whole seconds."""
ROUNDS_A_DECISION = 3
VERSIONS = ("3.1.1", "5")
PAUSE_S = 0.5


@dataclass
class Account:
    """What the rounds came to: messages by how they were sent, and what became of those.

    `forgotten` were acknowledged by a broker that was killed before it saved them and before the server had them;
    `oldest_s` is how long before the kill the first message came that it had not saved. `repeated` were stored twice,
    having no time of their own, since such a broker delivered them again.
    """

    rounds: int = 0
    http: int = 0
    mqtt: int = 0
    stored: int = 0
    forgotten: int = 0
    oldest_s: float = 0.0
    repeated: int = 0
    holds: int = 0


class Rounds:
    """Twelve probes of all makes over HTTP and MQTT, and what kills the servers of `stack` meanwhile.

    Over HTTP, and over MQTT where a message says when it was measured, it is sent until it is acknowledged; without a
    time it is published once. `rate` is how many messages a second all MQTT probes publish together.
    """

    def __init__(self, line: Line, seed: int, rate: float, http_rate: float) -> None:
        self.line, self.stack = line, line.stack
        self.account = Account()
        self._random = random.Random(seed)
        self._order: list[tuple[str, ...]] = []
        self._first = 0
        self._unsaved: list[Entry] = []
        connections = [line.connection(protocol_version=version) for version in VERSIONS]
        by_mqtt = {
            memory: [line.probe(connection, make) for connection in connections for make in makes]
            for memory, makes in ((True, WITH_TIME), (False, WITHOUT_TIME))
        }
        # The first one sends what closes the books too.
        publishers = {memory: line.publisher(memory=memory) for memory in by_mqtt}
        http = [line.http_probe() for _probe in range(len(by_mqtt[True]))]
        for memory, probes in by_mqtt.items():
            line.listening(publishers[memory], probes)
        shares: list[tuple[Sender, list[Probe], float]] = [
            (publishers[memory], probes, rate / len(by_mqtt)) for memory, probes in by_mqtt.items()
        ]
        self._shares = [*shares, (line.poster(), http, http_rate)]

    def play(self, rounds: int) -> Account:
        """Play so many rounds, compare after every third and at the end, and tell what they came to.

        Raises `AssertionError` where something acknowledged is lost, stored twice or judged otherwise than the model.
        """
        for left in range(rounds, 0, -ROUNDS_A_DECISION):
            with ExitStack() as loads:
                for number, (sender, probes, rate) in enumerate(self._shares):
                    loads.enter_context(
                        Load(sender, probes, rate, seed=self._random.randrange(1000) + number)
                    )
                for _round in range(min(left, ROUNDS_A_DECISION)):
                    self._round()
            self.line.settle(120)
            self.account.holds += self.line.decide()
            self._first = len(self.line.ledger.entries)
        return self._closed()

    def _round(self) -> None:
        """Kill the servers whose turn it is while readings come in, and start them again."""
        self.account.rounds += 1
        if not self._order:
            self._order = self._random.sample(COMBINATIONS, len(COMBINATIONS))
        victims = self._order.pop()
        known = self.line.stored()
        until(lambda: self.line.stored() > known >= 0, 60, "readings come in", every=0.05)
        time.sleep(self._random.uniform(0.0, 2.0))
        for name in self._random.sample(victims, len(victims)):
            self._kill(name)
            time.sleep(self._random.uniform(0.0, PAUSE_S))
        if POSTGRESQL in victims:
            self.stack.start_postgres()
        if BROKER in victims:
            self.stack.start_broker()
        if ODOO in victims:
            self.stack.start_odoo()

    def _kill(self, name: str) -> None:
        if name == ODOO:
            self.stack.kill_odoo()
        elif name == POSTGRESQL:
            self.stack.stop_postgres(crash=True)
        else:
            self._kill_broker()

    def _kill_broker(self) -> None:
        broker = self.stack.broker
        assert broker is not None
        self.stack.stop_broker(crash=True)
        gone = self.line.ledger.forget(broker.saved_at, self._first)
        self._unsaved += gone
        ages = [time.time() - entry.acknowledged_at for entry in gone]
        self.account.oldest_s = max([self.account.oldest_s, *ages])

    def _closed(self) -> Account:
        entries = [entry for entry in self.line.ledger.entries if entry.acknowledged]
        self.account.mqtt = sum(entry.probe.make.source == "mqtt" for entry in entries)
        self.account.http = len(entries) - self.account.mqtt
        self.account.stored = self.line.stored()
        there = self.line.stored_values()
        self.account.forgotten = sum((e.probe.sensor_id, e.value) not in there for e in self._unsaved)
        self.account.repeated = sum(count > 1 for count in there.values())
        return self.account
