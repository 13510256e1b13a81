"""A session ends when its meter falls silent, with or without a runtime, and at the last message."""

from __future__ import annotations

import math
import time
from datetime import datetime, timedelta, timezone

import pytest

from fusion_cli.testing.pace import promised
from fusion_iot_core.detector import SessionConfig
from tests.e2e.mqtt_servers import stays
from tests.e2e.session_shop import COMPLETED, RUNNING, shape
from tests.waiting import until

pytest_plugins = ("tests.e2e.session_fixtures", "tests.e2e.mqtt_server_fixtures")

TIMEOUT_S = math.ceil(promised(4))
SHORT = SessionConfig(start_debounce_s=1, stop_debounce_s=2, message_timeout_s=TIMEOUT_S)


@pytest.fixture
def no_wait_for_brokers(admin):
    """What a broker may have kept is not waited for."""
    setting = "fusion_session_detector.outage_hold_s"
    before = admin.call("ir.config_parameter", "get_param", setting)
    admin.call("ir.config_parameter", "set_param", setting, "0")
    yield
    admin.call("ir.config_parameter", "set_param", setting, before)


def works_now(machine, behind_s: float = 0.0) -> datetime:
    """Have a machine tell that it has been at work for a minute; the time of the last message.

    :param behind_s: by how much its clock is slow
    """
    now = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(seconds=behind_s)
    machine.says(*shape(now - timedelta(seconds=60), (60, 400.0), every=2), (now, 401.0))
    return now


@pytest.mark.parametrize("behind_s", [0.0, 7200.0])
def test_it_ends_without_a_message_at_the_last_one(shop, behind_s):
    """A clock that is two hours slow makes no silence of itself."""
    machine = shop.machine(SHORT)
    told = time.monotonic()
    last = works_now(machine, behind_s)
    machine.wait_for(RUNNING, "working", 5)
    ended = machine.wait_for(COMPLETED, seconds=TIMEOUT_S + 5)
    assert time.monotonic() - told > TIMEOUT_S - 1
    assert ended.end_reason == "timeout"
    assert ended.end == last.timestamp()
    machine.check(last + timedelta(hours=1))


def test_it_does_not_end_while_messages_come(shop):
    machine = shop.machine(SHORT)
    works_now(machine)
    machine.wait_for(RUNNING, "working", 5)

    def goes_on() -> bool:
        machine.says((datetime.now(timezone.utc), 400.0))
        time.sleep(0.5)
        return machine.rows()[-1].status == RUNNING

    stays(goes_on, 2.5 * TIMEOUT_S, "the session runs")


def test_the_end_of_the_debounce_needs_no_message(shop):
    machine = shop.machine(SHORT)
    last = works_now(machine)
    machine.wait_for(RUNNING, "working", 5)
    machine.says((last + timedelta(seconds=1), 0.0))
    ended = machine.wait_for(COMPLETED, seconds=TIMEOUT_S + 5)
    assert ended.end_reason == "power_drop"
    assert ended.end == last.timestamp() + 1


def test_silence_that_began_before_the_server_was_killed(stack, shop):
    machine = shop.machine(SHORT)
    last = works_now(machine)
    machine.wait_for(RUNNING, "working", 5)
    stack.kill_odoo()
    time.sleep(TIMEOUT_S)
    stack.start_odoo()
    ended = machine.wait_for(COMPLETED, seconds=TIMEOUT_S + 10)
    assert (ended.end, ended.end_reason) == (last.timestamp(), "timeout")
    machine.check(last + timedelta(hours=1))


def test_a_message_from_before_the_kill_still_counts(stack, shop):
    """The machine went on while the server was away, and its broker kept what it told."""
    machine = shop.machine(SHORT)
    last = works_now(machine)
    machine.wait_for(RUNNING, "working", 5)
    stack.kill_odoo()
    for second in range(1, 13):
        machine.says((last + timedelta(seconds=second), 400.0))
    machine.says((last + timedelta(seconds=13), 0.0), (last + timedelta(seconds=16), 0.0))
    shop.talker.flush()
    time.sleep(TIMEOUT_S)
    stack.start_odoo()
    ended = machine.wait_for(COMPLETED, seconds=TIMEOUT_S + 10)
    assert (ended.end, ended.end_reason) == (last.timestamp() + 13, "power_drop")
    machine.check(last + timedelta(hours=1))


def test_the_scheduled_action_ends_it_where_no_runtime_is(request, line, shop, no_wait_for_brokers):
    """A server without a runtime: its scheduled action ends the session that another server has left open."""
    machine = shop.machine(SHORT)
    last = works_now(machine)
    machine.wait_for(RUNNING, "working", 5)
    request.getfixturevalue("bystander")
    engine = ["model_id.model", "=", "iot.session.engine"]
    (job,) = line.admin.search_read("ir.cron", [engine, ["code", "=", "model._backstop()"]], ["id"])

    def ended() -> bool:
        line.admin.call("ir.cron", "method_direct_trigger", [job["id"]])
        return machine.rows()[-1].status == COMPLETED

    until(ended, TIMEOUT_S + 15, "the scheduled action ends it", every=1.0)
    (row,) = machine.rows()
    assert (row.end, row.end_reason) == (last.timestamp(), "timeout")
    machine.check(last + timedelta(hours=1))
