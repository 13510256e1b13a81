"""Power over MQTT becomes sessions, without any fault."""

from __future__ import annotations

import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path

from fusion_cli.simulator import known, workshop
from fusion_cli.simulator.settings import Settings
from fusion_iot_core.detector import SessionConfig
from tests.e2e.session_shop import COMPLETED, RUNNING, hours_ago, shape
from tests.unit.machine_days import cnc, compressor, washing_machine
from tests.waiting import until, within

pytest_plugins = ("tests.e2e.session_fixtures",)

QUICK = SessionConfig(start_debounce_s=1, stop_debounce_s=1)
SEEN_WITHIN_S = 2.0
VISIT = ((30, 0.5), (60, 50.0), (300, 400.0), (60, 50.0), (120, 0.5))
"""Off, standby, work, standby, off."""
WASHER = SessionConfig(
    standby_threshold_w=10,
    stop_threshold_w=4,
    working_threshold_w=100,
    start_debounce_s=15,
    min_off_gap_s=300,
    resume_debounce_s=30,
    false_zero_s=5,
)


def test_published_by_hand_it_opens_and_closes(stack, shop):
    """`mosquitto_pub`, at the pace of a person; the times are those of receipt."""
    machine = shop.machine(QUICK)
    program = Path(stack.env()["FUSION_MOSQUITTO_BIN"]) / "mosquitto_pub"

    def publish(watts: float) -> None:
        payload = f'{{"method": "NotifyStatus", "params": {{"switch:0": {{"id": 0, "apower": {watts}}}}}}}'
        target = ["-h", "127.0.0.1", "-p", str(stack.broker.port), "-q", "1"]
        subprocess.run([program, *target, "-t", f"{machine.name}/events/rpc", "-m", payload], check=True)

    began = datetime.now(timezone.utc).timestamp()
    publish(50)
    opened = machine.wait_for(RUNNING, "standby", 10)
    assert began - 1 <= opened.start <= datetime.now(timezone.utc).timestamp()
    with within(SEEN_WITHIN_S, "its work is seen"):
        publish(500)
        machine.wait_for(RUNNING, "working")
    with within(SEEN_WITHIN_S, "its rest is seen"):
        publish(50)
        machine.wait_for(RUNNING, "standby")
    publish(0)
    closed = machine.wait_for(COMPLETED, seconds=10)
    ended = datetime.now(timezone.utc).timestamp()
    assert closed.session_id == opened.session_id
    assert closed.end_reason == "normal"
    assert began - 1 <= closed.start < closed.end <= ended
    assert abs(closed.total_s - closed.standby_s - closed.working_s) < 0.01
    assert closed.total_s <= ended - began
    assert len(machine.rows()) == 1


def test_a_session_is_seen_before_the_next_flush(shop):
    machine = shop.machine(QUICK)
    now = datetime.now(timezone.utc)
    with within(SEEN_WITHIN_S, "the session is seen"):
        machine.says((now - timedelta(seconds=3), 50.0), (now - timedelta(seconds=1), 51.0))
        machine.wait_for(RUNNING, "standby")
    with within(SEEN_WITHIN_S, "its work is seen"):
        machine.says((datetime.now(timezone.utc), 500.0))
        machine.wait_for(RUNNING, "working")


def test_days_that_the_broker_kept_give_the_sessions_that_would_have_been(stack, shop):
    """A washing machine, a compressor and a mill tell a day each while the server is stopped."""
    days = {
        shop.machine(WASHER): washing_machine(),
        shop.machine(SessionConfig(standby_threshold_w=500, working_threshold_w=500)): compressor(),
        shop.machine(SessionConfig(standby_threshold_w=60, working_threshold_w=400)): cnc(),
    }
    stack.stop_odoo()
    for machine, said in days.items():
        machine.says(*said)
    shop.talker.flush()
    stack.start_odoo()
    shop.check(seconds=60)
    assert [len(machine.rows()) for machine in days] == [4, 49, 2]


def test_late_and_repeated_messages_change_nothing(shop):
    machine = shop.machine()
    said = list(shape(hours_ago(3), *VISIT, *VISIT))
    half = len(said) // 2
    machine.says(*said[:half])
    shop.talker.flush()
    machine.repeats(*said[:half:3])
    machine.says(*said[half:])
    machine.repeats(*said[::-1])
    shop.check()
    assert len(machine.rows()) == 2


def test_two_machines_do_not_disturb_each_other(shop):
    machines = [shop.machine(), shop.machine()]
    start = hours_ago(2)
    streams = [list(shape(start, *VISIT)), list(shape(start, (100, 0.0), (400, 800.0), (200, 0.0)))]
    for one, other in zip(*streams, strict=False):
        machines[0].says(one)
        machines[1].says(other)
    machines[0].says(*streams[0][len(streams[1]) :])
    machines[1].says(*streams[1][len(streams[0]) :])
    shop.check()


def test_the_simulated_workshop_has_sessions(stack, shop):
    """What the simulator's machines recall, told by machines with the settings of the demo data."""
    until_second = int(hours_ago(0).timestamp())
    settings = [
        "standby_threshold_w",
        "working_threshold_w",
        "stop_threshold_w",
        "start_debounce_s",
        "min_off_gap_s",
        "resume_debounce_s",
    ]
    demo = {
        row["device_id"]: {name: row[name] for name in settings if row[name]}
        for row in shop.line.admin.search_read("mqtt.device", [], ["device_id", *settings])
    }
    for simulated in workshop.machines():
        own = demo[simulated.name]
        machine = shop.machine(SessionConfig(**own))
        watts = [
            (second, simulated._program.power(second)) for second in range(until_second - 5400, until_second)
        ]
        machine.says(
            *((datetime.fromtimestamp(second, timezone.utc), round(power, 1)) for second, power in watts[::5])
        )
    shop.check(seconds=60)
    for machine in shop.machines:
        assert any(row.status == COMPLETED for row in machine.rows()), machine.name


def test_a_machine_without_a_strategy_has_no_sessions(stack, shop):
    silent = shop.machine(session_strategy="none")
    machine = shop.machine()
    for one in (silent, machine):
        one.says(*shape(hours_ago(1), *VISIT))
    shop.talker.flush()
    machine.wait_for(COMPLETED)
    assert silent.rows() == []
    until(
        lambda: stack.sql(f"SELECT 1 FROM iot_device_channel WHERE device_id = {silent.iot_id}"),
        5,
        "its channels are known",
    )


def test_the_simulator_learns_what_the_server_heard_last(stack, shop):
    machine = shop.machine()
    last = hours_ago(0.5)
    machine.says((last, 50.0))
    settings = Settings.read(stack.env())
    until(lambda: known.metered(settings)[machine.name], 10, "it was heard", every=0.2)
    found = known.metered(settings)
    assert found[machine.name] == last.timestamp() + 1  # Odoo cuts to seconds: no message is left out by that
    assert {simulated.name for simulated in workshop.machines()} <= found.keys()
