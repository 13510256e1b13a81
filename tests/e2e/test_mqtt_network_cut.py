"""The network between server and broker goes away without a word: no end of a connection tells of it."""

from __future__ import annotations

from fusion_cli.ledger.probe import MAKES
from fusion_cli.ledger.sender import Load
from tests.e2e.mqtt_proxy import Proxy
from tests.waiting import until, within

KEEPALIVE_S = 5
NOTICED_WITHIN_S = 3 * KEEPALIVE_S
BACK_WITHIN_S = 20


def test_a_line_that_fell_silent_is_noticed_and_made_anew(stack, line, odoo_log):
    with Proxy(stack.broker.port) as proxy:
        connections = [
            line.connection(port=proxy.port, keepalive=KEEPALIVE_S, protocol_version=version)
            for version in ("3.1.1", "5")
        ]
        probes = [line.probe(connection, make) for connection in connections for make in MAKES]
        publisher = line.publisher()
        line.listening(publisher, probes)
        with odoo_log.lines() as lines, Load(publisher, probes, rate=200) as load:
            load.wait_for(100)
            with within(NOTICED_WITHIN_S, "the silence is noticed"):
                proxy.cut()
                before = proxy.clients
                until(lambda: proxy.clients >= before + 2, NOTICED_WITHIN_S, "the silence is noticed")
            known = line.stored()
            with within(BACK_WITHIN_S, "readings come in again"):
                proxy.mend()
                until(lambda: line.stored() > known, BACK_WITHIN_S, "readings come in again")
            load.wait_for(100)
            told = lines("the broker said nothing for 5 s")
        line.settle()
        assert len(told) == len(connections), lines("runtime.mqtt")
        for connection in connections:
            assert len(lines(connection.name)) <= 5, lines(connection.name)
