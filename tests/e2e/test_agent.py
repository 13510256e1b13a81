"""An hour of ten probes, in a minute: everything happens to the probe agent, and every reading is there once."""

from __future__ import annotations

from itertools import count, pairwise

import pytest

from fusion_cli.testing.pace import patient, promised
from tests.e2e.agent_device import Device
from tests.waiting import until

PROBES = 10
HOUR = 3600
"""Readings that ten probes make in an hour, one every ten seconds each."""
DAY_S = 86_400.0
BACK_S = 40.0
STRANGER = "28-a9e0ffffffff"

_numbers = count(1)


@pytest.fixture
def device(stack, make_sensor, tmp_path):
    serials = [f"28-a9e0{next(_numbers):08x}" for _ in range(PROBES)]
    for serial in serials:
        make_sensor(device_serial=serial, name=serial, device_kind="ds18b20")
    made = Device(tmp_path, stack.url, stack.token, serials)
    yield made
    made.close()


def stored(stack, device) -> list[tuple[str, float, float, int]]:
    """Serial, value, time (seconds since 1970) and how often, of all that the server has."""
    serials = ", ".join(f"'{serial}'" for serial in device.serials)
    rows = stack.sql(
        "SELECT device_serial, raw_value, extract(epoch FROM read_at), count(*) FROM fp_tank_reading reading "
        f"JOIN fp_tank_sensor sensor ON sensor.id = sensor_id WHERE device_serial IN ({serials}) "
        "GROUP BY 1, 2, 3 ORDER BY 1, 2"
    )
    return [(serial, float(value), float(at), int(times)) for serial, value, at, times in rows]


def arrived(stack, device) -> int:
    return len(stored(stack, device))


def test_an_hour_with_everything_that_can_happen(stack, device):
    device.switch_on(wrong_s=-2 * 365 * DAY_S, synchronised=False)
    device.start()
    device.wait_for(300)
    assert arrived(stack, device) == 0, "the clock is not set yet"
    device.set_clock(wrong_s=0.0)
    until(lambda: arrived(stack, device) >= 300, 15, "readings from before the clock was set")

    for readings in (137, 60, 211):
        device.wait_for(readings)
        device.kill()
        device.start()

    stack.kill_odoo()
    device.wait_for(300)
    device.kill()
    device.start()
    device.wait_for(100)
    stack.start_odoo()
    kept = len(device.ledger)
    until(lambda: arrived(stack, device) >= kept, 30, "the backlog")

    device.fill_disk()
    device.wait_for_log("kept in memory")
    device.wait_for(400)
    device.fill_disk(False)
    device.wait_for_log("can be used again")

    back = device.seconds()
    device.set_clock(wrong_s=-BACK_S)
    device.wait_for(300)
    device.set_clock(wrong_s=0.0)
    forward = device.seconds()

    device.wait_for(100)
    device.kill()
    device.switch_on(wrong_s=-DAY_S, synchronised=False)
    device.start()
    device.wait_for(200)
    device.set_clock(wrong_s=0.0)
    device.wait_for(max(HOUR - len(device.ledger), 100), 60)
    device.stop()

    device.start("--once")
    device.process.wait(patient(20))
    rows = stored(stack, device)
    assert not [row for row in rows if row[3] != 1], "a reading is there twice"
    there = {(serial, value) for serial, value, _at, _count in rows}
    assert not set(device.ledger) - there, "readings are lost"
    assert len(rows) >= HOUR
    for (serial, _value, at, _), (next_serial, _next, next_at, _) in pairwise(rows):
        assert serial != next_serial or at < next_at, "their order has changed"
    for serial, value, at, _count in rows:
        off = abs(at - device.epoch - value)
        moved = back - promised(3) < value < forward + promised(1)
        assert off < (BACK_S if moved else promised(2)), (serial, value, off)
    assert not [line for line in device.log if "Traceback" in line]


def test_a_probe_that_nobody_knows_keeps_its_readings_until_it_is_set_up(stack, admin, make_sensor, device):
    device.serials.append(STRANGER)
    device.start()
    device.wait_for_log(f"does not know the probe {STRANGER}")
    device.wait_for(200)
    until(lambda: arrived(stack, device) >= 100, 15, "the others")
    assert admin.search_read("iot.unknown.device", [("serial", "=", STRANGER)], ["message_count"])
    make_sensor(device_serial=STRANGER, name=STRANGER, device_kind="ds18b20")
    device.stop()
    device.start("--once")
    device.process.wait(patient(20))
    there = {(serial, value) for serial, value, _at, _count in stored(stack, device)}
    assert set(device.ledger) <= there
    assert len([serial for serial, _value in there if serial == STRANGER]) > 15


def test_check_tells_a_right_token_from_a_wrong_one(stack, device):
    stored_before = arrived(stack, device)
    assert device.checked() == (0, f"ok    {stack.url} takes readings with this token.")
    device.configure(stack.url, "wrong")
    code, told = device.checked()
    assert code == 1
    assert told.startswith(f"WRONG {stack.url}: 401 invalid_signature: the token is wrong or was rotated")
    device.configure(stack.url, "fiot_wrong")
    code, told = device.checked()
    assert (code, "401 invalid_token" in told) == (1, True)
    assert arrived(stack, device) == stored_before


def test_an_agent_with_a_credential(stack, admin, device):
    """It posts the serials that are listed, and those of a probe that is not, later: when it is."""
    credential = admin.create("iot.credential", {"name": "Agent", "serials": "\n".join(device.serials[:-1])})
    rotation = admin.create("iot.credential.rotate", {"credential_id": credential})
    token = admin.call("iot.credential.rotate", "action_issue", [rotation])["params"]["token"]
    device.configure(stack.url, token)
    assert device.checked() == (0, f"ok    {stack.url} takes readings with this token.")
    device.start()
    device.wait_for_log("does not cover the probe")
    stranger = device.serials[-1]
    assert stranger not in {serial for serial, *_rest in stored(stack, device)}
    admin.call("iot.credential", "write", [credential], {"serials": "\n".join(device.serials)})
    device.wait_for(20)
    kept = set(device.ledger)
    until(lambda: kept <= {row[:2] for row in stored(stack, device)}, 90, "all of them")
    device.stop()
