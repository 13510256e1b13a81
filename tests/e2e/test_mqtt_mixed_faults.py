"""One fault after the other, whatever comes, while a backlog of the one before is still being worked off."""

from __future__ import annotations

import random
import time

from fusion_cli.ledger.probe import MAKES
from fusion_cli.ledger.sender import Load
from tests.e2e.mqtt_proxy import Proxy
from tests.waiting import until

FAULTS = 12
SEED = 20261122


def test_faults_in_any_order(stack, line):
    with Proxy(stack.broker.port) as proxy:
        # Small batches of many messages: it takes a while until all is acknowledged.
        connections = [
            line.connection(port=proxy.port, protocol_version=version, batch_size=batch_size, keepalive=10)
            for version, batch_size in (("3.1.1", 20), ("5", 200))
        ]
        probes = [line.probe(connection, make) for connection in connections for make in MAKES]
        publisher = line.publisher()
        line.listening(publisher, probes)

        def restart(end) -> None:
            end()
            stack.start_odoo()

        def lose_acknowledgements() -> None:
            proxy.hold_back()
            time.sleep(0.5)
            proxy.drop()

        faults = [
            lambda: restart(stack.kill_odoo),
            lambda: restart(stack.stop_odoo),
            lambda: stack.restart_postgres(crash=True),
            stack.restart_postgres,
            proxy.drop,
            lose_acknowledgements,
        ]
        rng = random.Random(SEED)
        order = rng.sample(faults * (FAULTS // len(faults)), FAULTS)
        with Load(publisher, probes, rate=600):
            for fault in order:
                known = line.stored()
                until(lambda: line.stored() > known >= 0, 30, "readings come in", every=0.02)  # noqa: B023
                time.sleep(rng.uniform(0.0, 0.5))
                fault()
        line.settle(90)
