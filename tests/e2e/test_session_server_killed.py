"""The server is killed in the middle of sessions: they end as if nothing had happened, and there is none twice."""

from __future__ import annotations

import random
import threading
import time
from datetime import timedelta

from fusion_cli.testing.pace import patient
from fusion_iot_core.detector import SessionConfig
from tests.e2e.mqtt_proxy import Proxy
from tests.e2e.session_shop import RUNNING, Shop, hours_ago, shape
from tests.unit.machine_days import cnc
from tests.waiting import until

pytest_plugins = ("tests.e2e.session_fixtures",)

KILLS = 4
CUT = ((20, 50.0), (90, 400.0), (15, 50.0))
PART = (*CUT, *CUT, (45, 0.5))


class Running:
    """Has machines tell what they have to tell, so many messages a second, for as long as the block runs."""

    def __init__(self, streams, rate: float) -> None:
        self._streams = {machine: iter(said) for machine, said in streams.items()}
        self._rate = rate
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.told = 0

    def __enter__(self) -> Running:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join(patient(10))
        for machine, said in self._streams.items():
            machine.says(*said)

    def _run(self) -> None:
        began = time.monotonic()
        while not self._stop.wait(0.05):
            while self.told < (time.monotonic() - began) * self._rate:
                for machine, said in self._streams.items():
                    if sample := next(said, None):
                        machine.says(sample)
                    self.told += 1


def test_killed_in_the_middle_of_a_session(stack, shop):
    machine = shop.machine()
    said = list(shape(hours_ago(1), *CUT, *PART, every=5))
    half = len(said) // 2
    machine.says(*said[:half])
    opened = machine.wait_for(RUNNING)
    stack.kill_odoo()
    stack.start_odoo()
    machine.says(*said[half:], (said[-1].at + timedelta(seconds=30), 0.0))
    shop.check()
    (row,) = machine.rows()
    assert row.session_id == opened.session_id


def test_killed_again_and_again_under_load(stack, shop):
    """At any moment: before and after the commit of messages, of sessions and of what is flushed."""
    moments = random.Random(20261121)
    start = hours_ago(12)
    configs = [
        SessionConfig(),
        SessionConfig(start_debounce_s=30, stop_debounce_s=60),
        SessionConfig(false_zero_s=5),
    ]
    streams = {
        shop.machine(config): list(shape(start, *(PART * 40), (60, 0.5), every=5)) for config in configs
    }
    with Running(streams, rate=150):
        for _kill in range(KILLS):
            time.sleep(moments.uniform(1.0, 4.0))
            stack.kill_odoo()
            stack.start_odoo()
    shop.check(seconds=60)
    assert [len(machine.rows()) for machine in streams][::2] == [40, 40]


def test_messages_that_come_again_change_nothing(stack, line):
    """Killed after the commit and before the acknowledgement, so that the broker delivers all of it again."""
    with Proxy(stack.broker.port) as proxy, Shop(line, port=proxy.port) as shop:
        machine = shop.machine()
        said = list(shape(hours_ago(2), *PART, *PART, (60, 0.5), every=5))
        half = len(said) // 2
        proxy.hold_back()
        machine.says(*said[:half])
        shop.talker.flush()
        until(lambda: machine.rows(), 20, "a session is stored")
        until(lambda: proxy.held_back >= 4 * half, 10, "the acknowledgements are on their way")
        stack.kill_odoo()
        proxy.drop()
        stack.start_odoo()
        until(lambda: proxy.clients, 20, "the runtime is back")
        machine.says(*said[half:])
        shop.check()
        assert len(machine.rows()) == 2


def test_postgresql_is_restarted_in_the_middle(stack, shop):
    machine = shop.machine(SessionConfig(standby_threshold_w=60, working_threshold_w=400))
    said = cnc()
    with Running({machine: said}, rate=300) as running:
        until(lambda: running.told > 600, 20, "it has told something")
        stack.restart_postgres(crash=True)
        until(lambda: running.told > 1500, 20, "it has told more")
        stack.restart_postgres()
    shop.check(seconds=60)


def test_a_clean_restart_goes_on_where_it_was(stack, shop):
    machine = shop.machine()
    said = list(shape(hours_ago(1), *PART, *PART, (60, 0.5), every=5))
    with Running({machine: said}, rate=20) as running:
        until(lambda: running.told > 12, 10, "it is on")
        opened = machine.wait_for(RUNNING)
        stack.stop_odoo()
        stack.start_odoo()
    shop.check()
    assert opened.session_id in {row.session_id for row in machine.rows()}
