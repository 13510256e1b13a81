"""What becomes of acknowledged readings while Odoo, PostgreSQL and the broker are killed again and again."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from ...ledger.faults import COMBINATIONS, SAVES_WITHIN_S, Rounds
from ...ledger.line import Line
from ..figure import Figure
from ..group import Bench, Group, Measure
from ..records import Records

RATE, HTTP_RATE = 150.0, 30.0


class Ledger(Group):
    """Rounds of faults; it ends with an error where something is lost, stored twice or wrongly judged."""

    order = 90
    name = "ledger"
    on_request = True

    def measures(self, bench: Bench) -> Iterator[Measure]:
        """All rounds in one."""
        seed = secrets.randbelow(1_000_000) if bench.seed is None else bench.seed
        rounds = bench.share(bench.rounds, len(COMBINATIONS))
        yield (
            f"what survives {rounds} rounds of kill -9 (--rounds {rounds} --seed {seed})",
            lambda: _account(bench, rounds, seed),
        )


def _account(bench: Bench, rounds: int, seed: int) -> list[Figure]:
    with Line(bench.stack, Records(bench.stack)) as line:
        account = Rounds(line, seed, RATE, HTTP_RATE).play(rounds)
    # The rounds have raised an error where one of the noughts is not true.
    return [
        Figure("rounds of kill -9", account.rounds),
        Figure("acknowledged by HTTP", account.http, "readings"),
        Figure("acknowledged by MQTT", account.mqtt, "readings"),
        Figure("acknowledged and lost", 0, "readings", goal=0, at_most=True),
        Figure("forgotten by the killed broker", account.forgotten, "readings"),
        Figure("the oldest of those, before the kill", account.oldest_s, "s", SAVES_WITHIN_S, at_most=True),
        Figure("stored twice with a time of their own", 0, "readings", goal=0, at_most=True),
        Figure("delivered twice by the killed broker, without a time", account.repeated, "readings"),
        Figure("holds, all as the model has them", account.holds),
    ]


GROUP = Ledger()
