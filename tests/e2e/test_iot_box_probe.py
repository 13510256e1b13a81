"""A DS18B20 on the stock client of the IoT Box: the downloaded driver, a fake 1-wire tree, and the tank."""

from __future__ import annotations

import shutil
import sqlite3
import time
from contextlib import closing, suppress

import pytest

from fusion_cli.box.probes import DRIVERS
from fusion_cli.testing.pace import promised
from fusion_iot_core.probe.simulate import w1_slave
from tests.e2e.client import RpcError
from tests.e2e.iot_box_client import Box
from tests.e2e.iot_box_server import Boxes
from tests.waiting import until, within

pytest_plugins = ["tests.e2e.iot_box_fixtures"]

SERIAL = "28-0000b0c0d0e0"
OTHER = "28-0000b0c0d0e1"
SHOWN_WITHIN_S = 10.0


class Probes:
    """The bus of a box."""

    def __init__(self, box: Box) -> None:
        self.tree = box.bus

    def put(self, serial: str, celsius: float) -> None:
        """Put a probe into a bath."""
        folder = self.tree / serial
        folder.mkdir(exist_ok=True)
        new = self.tree / f"new-{serial}"
        new.write_text(w1_slave(celsius))
        new.replace(folder / "w1_slave")

    def pull(self, serial: str) -> None:
        """Take it off the bus."""
        shutil.rmtree(self.tree / serial)


@pytest.fixture
def client(stack, boxes, request):
    """A client that loads the drivers which it downloads, as it would on a Raspberry Pi."""
    box = Box(stack, stack.state / "boxes" / request.node.name, [DRIVERS])
    try:
        yield box.start()
    finally:
        box.stop()


@pytest.fixture
def probes(client: Box) -> Probes:
    """Its bus, which nothing is on."""
    return Probes(client)


@pytest.fixture
def tank_sensor(make_sensor) -> int:
    """A sensor of a tank specified from 70 to 90 °C."""
    ((sensor, _serial),) = make_sensor(device_serial=SERIAL, device_kind="ds18b20")
    return sensor


def test_a_probe_becomes_a_device_readings_and_a_hold(
    probes: Probes, tank_sensor: int, paired: Box, boxes: Boxes, admin, stack
):
    begun = time.monotonic()
    probes.put(SERIAL, 80.0)
    boxes.wait_connected(SERIAL, True, 15.0)
    device = boxes.devices()[SERIAL]
    assert device | {"id": 0} == {
        "id": 0,
        "name": f"DS18B20 {SERIAL}",
        "identifier": SERIAL,
        "box_device": SERIAL,
        "type": "probe",
        "manufacturer": "Maxim",
        "connection": "1-wire",
        "connected": True,
        "presence": "online",
    }

    def readings():
        return admin.search_read(
            "fp.tank.reading",
            [("sensor_id", "=", tank_sensor)],
            ["value", "source", "time_source", "quality", "read_at"],
        )

    def values():
        return [row["value"] for row in sorted(readings(), key=lambda row: (row["read_at"], row["id"]))]

    def holds():
        return admin.search_read(
            "fusion.plating.quality.hold", [("sensor_id", "=", tank_sensor)], ["sensor_id"]
        )

    until(lambda: len(readings()) >= 3, 20, "there are readings")
    assert {(row["source"], row["time_source"], row["quality"]) for row in readings()} == {
        ("box", "device", "good")
    }
    answer = boxes.act(SERIAL, "read_once")
    assert (answer["value"], answer["unit"]) == (80.0, "°C")
    assert 0 <= answer["age"] < promised(5)
    assert not holds()
    probes.put(SERIAL, 95.0)
    until(holds, 15, "the tank is held")
    assert len(holds()) == 1

    # Another probe stays while this one is pulled.
    probes.put(OTHER, 20.0)
    boxes.wait_connected(OTHER, True, 15.0)
    with within(SHOWN_WITHIN_S, "the server knows that it is gone"):
        probes.pull(SERIAL)
        boxes.wait_connected(SERIAL, False)
    assert boxes.devices()[OTHER]["connected"]
    with pytest.raises(RpcError, match="is not connected"):
        boxes.act(SERIAL, "read_once")
    probes.put(SERIAL, 80.0)
    boxes.wait_connected(SERIAL, True, 15.0)

    # While the server is away the box keeps what it measures, through a loss of its power too.
    until(lambda: values()[-1] == 80.0, 15, "it is read again")
    stack.stop_odoo()
    for celsius in (81.0, 82.0):
        probes.put(SERIAL, celsius)
        until(lambda: _kept(paired, celsius), 15, "it is measured", every=0.2)  # noqa: B023
    paired.kill()
    stack.start_odoo()
    probes.put(SERIAL, 83.0)
    paired.start()
    until(lambda: values()[-1] == 83.0, 40, "it has caught up")
    late = values()[values().index(81.0) :]
    assert late == sorted(late)
    assert set(late) == {81.0, 82.0, 83.0}
    rows = readings()
    # The box measures twice a second: nothing is there twice, not even with another time.
    assert len({row["read_at"] for row in rows}) > 2
    assert len(rows) <= 2 * (time.monotonic() - begun) + 2
    assert len(holds()) == 1
    errors = [line for line in paired.text().splitlines() if " ERROR " in line and "iot_handlers" in line]
    assert not errors


def _kept(box: Box, celsius: float) -> bool:
    """Whether the box has a reading with this value that it has not sent yet."""
    for path in box.root.rglob("fusion_probe/*.db"):
        with (
            suppress(sqlite3.OperationalError),
            closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as store,
        ):
            if store.execute("SELECT 1 FROM reading WHERE value = ?", (celsius,)).fetchone():
                return True
    return False
