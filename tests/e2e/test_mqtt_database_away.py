"""PostgreSQL goes away under a running connection: nothing is acknowledged that is not stored."""

from __future__ import annotations

import time

import pytest

from fusion_cli.ledger.probe import MAKES, WITHOUT_TIME
from fusion_cli.ledger.sender import Load
from fusion_cli.testing.pace import promised
from tests.waiting import until

THERE_WITHIN_S = 30.0


@pytest.mark.parametrize("crash", [False, True], ids=["restarted", "killed"])
def test_under_load(stack, line, crash):
    connection = line.connection()
    probes = [line.probe(connection, make) for make in (*MAKES, *WITHOUT_TIME)]
    publisher = line.publisher()
    line.listening(publisher, probes)
    with Load(publisher, probes, rate=300) as load:
        for _restart in range(3):
            known = line.stored()
            until(lambda: line.stored() > known, 30, "readings come in", every=0.02)  # noqa: B023
            stack.restart_postgres(crash=crash)
        load.wait_for(100)
    line.settle()
    connection.wait_for("connected")


def test_away_for_a_while(stack, line, odoo_log):
    """The broker keeps what comes meanwhile, and it is there soon after the database is."""
    connection = line.connection()
    probes = [line.probe(connection, make) for make in MAKES]
    publisher = line.publisher()
    line.listening(publisher, probes)
    with odoo_log.lines() as lines, Load(publisher, probes, rate=300):
        stack.stop_postgres()
        time.sleep(10)
        stack.start_postgres()
        back = time.monotonic()
        connection.wait_for("connected", 20)
    line.settle(THERE_WITHIN_S)
    assert time.monotonic() - back < promised(THERE_WITHIN_S)
    assert len(lines("odoo.addons.fusion_iot.runtime")) <= 12, lines("odoo.addons.fusion_iot.runtime")
