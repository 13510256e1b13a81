"""Odoo, PostgreSQL and the broker are killed in any order and together, while readings come in by HTTP and MQTT.

`./fusion bench -- --only ledger` does the same for longer.
"""

from __future__ import annotations

import os

from fusion_cli.ledger.faults import COMBINATIONS, SAVES_WITHIN_S, VERSIONS, Rounds
from fusion_cli.testing.pace import promised

SEED = "FUSION_LEDGER_SEED"
"""Environment variable with another order of the faults."""
RATE, HTTP_RATE = 200.0, 20.0
UNTOLD = 2 * len(VERSIONS)
"""What a killed broker may repeat unnoticed: two messages a connection cannot be told from new ones."""


def test_what_was_acknowledged_is_stored_once_whatever_is_killed(line):
    seed = int(os.environ.get(SEED, "20261130"))
    print(f"{SEED}={seed}")  # noqa: T201 - pytest shows it where the test fails
    account = Rounds(line, seed, RATE, HTTP_RATE).play(len(COMBINATIONS))
    print(account)  # noqa: T201
    assert account.rounds == len(COMBINATIONS)
    assert account.http > 100
    assert account.mqtt > 1000
    assert account.holds >= 12
    assert account.oldest_s <= promised(SAVES_WITHIN_S)
    assert account.repeated <= UNTOLD * account.rounds
