"""From the power of machines to their sessions: the detector alone, and a shop of machines through a broker."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

from fusion_iot_core.detector import Sample, SessionConfig, SessionState, advance

from ..figure import Figure, within
from ..group import Bench, Group, Measure
from ..mqtt.publisher import Publisher
from ..processes import odoo_cpu_s, postgres_cpu_s
from ..sessions.database import Database
from ..sessions.machines import CHANGES_A_SECOND, MACHINES, Machines, messages

SIMULATED = 10_000
SIMULATED_S = 60
BATCHES = (1, 30)
"""Messages of a machine that are at hand at once: while it is followed, and after a while away."""
STARTED = datetime(2026, 3, 2, tzinfo=timezone.utc)
CYCLE = ((60, 0.6), (40, 50.0), (120, 400.0), (80, 50.0))
"""Seconds and W: off, standby, work, standby."""
CYCLE_S = sum(seconds for seconds, _watts in CYCLE)

PUBLISHED_S = 60
WARM_UP_S = 45
"""Longer than the engine goes without writing down what changes nothing."""
SHORTEST_S = 30
"""Within that, running sessions are written once."""
PREPARED_WITHIN_S = 10
BEHIND_S = 30
OURS = ("iot_power_journal", "iot_power_log", "iot_session_state", "mqtt_session")
CHANNELS = "iot_device_channel"


class Sessions(Group):
    """Steps of the detector, and share of a core, delay and rows of the server."""

    order = 40
    name = "sessions"

    def measures(self, bench: Bench) -> Iterator[Measure]:
        """The detector needs nothing; the server gets a connection with a thousand machines."""
        yield f"the detector with {SIMULATED:,} machines", lambda: detector(bench.share(SIMULATED))
        with bench.stack.report.step(f"Setting up {MACHINES:,} machines"):
            machines = Machines(bench.stack)
        yield f"{MACHINES:,} machines at a message a second", lambda: workshop(bench, machines)


def detector(machines: int) -> list[Figure]:
    """Messages that one core takes a second, in this process."""
    return [_steps(machines, batch) for batch in BATCHES]


def _steps(machines: int, batch: int) -> Figure:
    config = SessionConfig()
    states = [SessionState()] * machines
    spent = 0.0
    for second in range(0, SIMULATED_S, batch):
        work = [_said(number, second, batch) for number in range(machines)]
        began = time.process_time()
        for number, samples in enumerate(work):
            states[number], _events = advance(states[number], config, samples)
        spent += time.process_time() - began
    sessions = sum(state.session is not None for state in states)
    if not 0 < sessions < machines:
        raise AssertionError(f"{sessions} of {machines} machines have a session.")
    at_once = "1 message" if batch == 1 else f"{batch} messages"
    return Figure(
        f"steps of the detector, {at_once} at once", machines * SIMULATED_S / spent, "/s", goal=200_000
    )


def _said(number: int, second: int, count: int) -> list[Sample]:
    return [
        Sample(STARTED + timedelta(seconds=moment), _power(number, moment), None)
        for moment in range(second, second + count)
    ]


def _power(number: int, moment: int) -> float:
    rest = (moment + number * 7) % CYCLE_S
    for seconds, watts in CYCLE:
        if rest < seconds:
            return watts + (number + moment) % 5
        rest -= seconds
    raise AssertionError


def workshop(bench: Bench, machines: Machines) -> list[Figure]:
    """The server while every machine sends a message a second through the broker.

    All of them are on; each second a few come from standby to work, by which the delay to the session is seen.
    """
    seconds = bench.share(PUBLISHED_S, least=SHORTEST_S)
    warm_up = bench.share(WARM_UP_S, least=8)
    database = Database(bench.stack)
    begins = time.time() + PREPARED_WITHIN_S
    publisher = Publisher(machines.port, messages(begins, warm_up + seconds, warm_up), MACHINES)
    time.sleep(max(0.0, begins - time.time()))
    publisher.start()
    time.sleep(warm_up - 2)
    written = database.written()
    if (running := machines.running()) != MACHINES:
        raise AssertionError(f"{running} of {MACHINES} machines have a session.")
    odoo, postgres, began = odoo_cpu_s(bench.stack), postgres_cpu_s(bench.stack), time.monotonic()
    changing = machines.devices[: CHANGES_A_SECOND * (seconds - 1)]
    seen = database.follow_working(set(changing), began + seconds)
    time.sleep(max(0.0, began + seconds - time.monotonic()))
    elapsed = time.monotonic() - began
    odoo, postgres = odoo_cpu_s(bench.stack) - odoo, postgres_cpu_s(bench.stack) - postgres
    rows = database.written() - written
    sent = publisher.finish().sent
    seen |= database.follow_working(set(changing) - seen.keys(), time.monotonic() + BEHIND_S)
    return [
        *_cost(odoo / elapsed, postgres / elapsed),
        *_delays([seen[device] - _changed(sent, number, warm_up) for number, device in enumerate(changing)]),
        *_rows({table: count / (seconds * MACHINES) for table, count in rows.items()}),
        Figure("running sessions are written every", machines.flush_s(), "s"),
    ]


def _changed(sent: list[float], number: int, warm_up: int) -> float:
    """When a machine told that it works, see `machines.works`."""
    return sent[(warm_up + number // CHANGES_A_SECOND + 1) * MACHINES + number]


def _cost(odoo: float, postgres: float) -> list[Figure]:
    return [
        Figure("share of one core, server", odoo, goal=0.35, at_most=True),
        Figure("share of one core, PostgreSQL", postgres),
    ]


def _delays(delays: list[float]) -> list[Figure]:
    found = [1_000 * delay for delay in delays]
    return [
        Figure("publish to session, half within", within(0.5, found), "ms"),
        Figure("publish to session, 95 % within", within(0.95, found), "ms", goal=1_000, at_most=True),
        Figure("publish to session, longest", max(found), "ms"),
    ]


def _rows(by_table: dict[str, float]) -> list[Figure]:
    ours = sum(by_table.get(table, 0.0) for table in OURS)
    return [
        Figure("rows written for a message, sessions", ours, goal=0.2, at_most=True),
        Figure("rows written for a message, channels", by_table.get(CHANNELS, 0.0)),
        Figure("rows written for a message, all tables", sum(by_table.values())),
    ]


GROUP = Sessions()
