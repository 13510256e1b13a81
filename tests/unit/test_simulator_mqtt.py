"""The MQTT devices of the simulated line: what they publish is what the parsers of the suite read."""

from datetime import datetime, timezone
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

from fusion_cli.simulator import network, plant, workshop
from fusion_cli.simulator.devices.device import Every
from fusion_cli.simulator.line import Line, Reading
from fusion_cli.simulator.machine import Machine
from fusion_cli.simulator.recall import Recall
from fusion_cli.simulator.script import Script
from fusion_iot_core.protocol import Quality
from fusion_iot_core.protocol.parsers import DeviceInfo, Message, Presence, Problem, detect, read

ROOT = Path(__file__).resolve().parents[2]
LIVE = 1_790_000_000
NOW = datetime(2026, 9, 21, tzinfo=timezone.utc)


def play(seconds, line=None):
    """All messages of all devices over a while, with the time at which they are published."""
    line = line or Line(LIVE, Script(LIVE), points=plant.POINTS + plant.NEWCOMERS)
    found = network.devices()
    published = []
    while line.now < LIVE + seconds:
        readings = line.step()
        for device in found:
            own = [reading for reading in readings if reading.serial in device.serials]
            published += [(line.now, device, message) for message in device.report(line.now, own)]
    return published


def parsed(message):
    return read(Message(message.topic, message.payload.encode(), NOW, message.retain))


@pytest.fixture(scope="module")
def hour():
    return play(3600)


def test_every_message_is_recognised_and_understood(hour):
    families = {}
    for _now, device, message in hour:
        family = detect(message.topic, message.payload.encode())
        families.setdefault(device.name, set()).add(family.name)
        result = parsed(message)
        assert result.device == device.name
        assert not [item for item in result.items if isinstance(item, Problem)], message
    assert families == {
        "tasmota_A1B2C3": {"tasmota"},
        "tank6-probes": {"tasmota"},
        "tasmota_new_rinse": {"tasmota"},
        "shellyplus1-a8032ab11c5d": {"shelly_gen2"},
        "shellypro3em-a0dd6c9f1b24": {"shelly_gen2"},
        "shellyplus1-b0b21c114e6c": {"shelly_gen2"},
        "tasmota_lamps": {"tasmota"},
        "shellyplugsg3-8cbfea90d4c8": {"shelly_gen2"},
    }


def test_they_come_and_go():
    for device in network.devices():
        for message, online in ((device.hello, True), (device.will, False)):
            assert message.retain
            assert parsed(message).items == (Presence(device.name, online),)


def test_the_devices_of_the_demo_data_are_played():
    registered = set()
    for addon in ("fusion_iot", "fusion_plating_iot", "fusion_session_detector"):
        for path in (ROOT / addon / "demo").glob("*.xml"):
            for record in ElementTree.parse(path).getroot().iter("record"):
                if record.get("model") == "mqtt.device":
                    registered.add(record.find("field[@name='device_id']").text)
    played = {device.name for device in [*network.devices(), *workshop.machines()]}
    assert registered == played - {"shellyplugsg3-8cbfea90d4c8", "tasmota_new_rinse"}


def test_each_probe_hangs_on_one_device():
    serials = [serial for device in network.devices() for serial in device.serials]
    assert len(serials) == len(set(serials))
    assert set(serials) <= {point.serial for point in plant.POINTS + plant.NEWCOMERS}
    assert 0 < len(set(serials) & {point.serial for point in plant.POINTS}) < len(plant.POINTS)
    assert {point.serial for point in plant.NEWCOMERS} <= set(serials)


def test_a_gateway_says_the_serial_and_what_the_probe_read(hour):
    line = Line(LIVE, Script(LIVE))
    read_last = {}
    at = {}
    for reading in line.until(LIVE + 3600):
        at[reading.serial, reading.at] = reading.value
    for now, device, message in hour:
        if device.name != "tasmota_A1B2C3" or not message.topic.endswith("/SENSOR"):
            continue
        for item in parsed(message).measurements:
            read_last.setdefault(item.serial, []).append(now)
            value = next(at[item.serial, now - back] for back in (0, 5) if (item.serial, now - back) in at)
            assert item.value == (None if value == -127.0 else pytest.approx(value, abs=0.051))
            number = device.serials.index(item.serial) + 1
            assert (item.channel, item.quantity) == (f"DS18B20-{number}", "temperature")
    for serial in (plant.ELECTROCLEAN, plant.ZINC, plant.NICKEL):
        assert {after - before for before, after in pairwise(read_last[serial])} == {10}
    assert min(read_last[plant.PICKLE]) >= LIVE + 540  # its probe is silent at first


def test_the_addon_says_the_channel_twice(hour):
    found = {}
    for _now, device, message in hour:
        if device.name == "shellyplus1-a8032ab11c5d":
            result = parsed(message)
            for item in result.measurements:
                if item.quantity == "temperature":
                    found.setdefault((item.channel, result.voice), []).append(item.value)
    assert {channel for channel, _voice in found} == {"temperature:100", "temperature:101"}
    for channel in ("temperature:100", "temperature:101"):
        assert found[channel, "rpc"] == found[channel, "status"]
        assert len(found[channel, "rpc"]) == 360


@pytest.mark.parametrize("serial", [plant.ELECTROCLEAN, plant.ANODISE_2])
def test_a_cut_wire_is_a_fault_and_no_temperature(serial):
    device = next(device for device in network.devices() if serial in device.serials)
    measured = [
        item
        for message in device.report(LIVE, [Reading(serial, -127.0, LIVE)])
        for item in parsed(message).measurements
        if item.quantity == "temperature"
    ]
    assert measured
    assert {(item.value, item.quality) for item in measured} == {(None, Quality.BAD)}


def test_machines_are_metered(hour):
    power, energy = {}, {}
    for _now, device, message in hour:
        for item in parsed(message).measurements:
            if item.channel in ("em:0", "switch:0", "emdata:0"):
                target = {"power": power, "energy": energy}.get(item.quantity)
                if target is not None:
                    target.setdefault(device.name, []).append(item.value)
    assert power.keys() == energy.keys() == {"shellypro3em-a0dd6c9f1b24", "shellyplugsg3-8cbfea90d4c8"}
    assert max(power["shellypro3em-a0dd6c9f1b24"]) > 10_000 > 100 > min(power["shellypro3em-a0dd6c9f1b24"])
    for values in energy.values():
        assert values == sorted(values)
        assert values[0] > 0


def test_devices_tell_of_themselves(hour):
    about = {
        device.name: item
        for _now, device, message in hour
        for item in parsed(message).items
        if isinstance(item, DeviceInfo) and item.signal_dbm
    }
    assert len(about) == 8


def test_a_counter_goes_on_after_a_restart():
    machine = Machine(rated=1000.0, on=60, off=40, standby=10.0)
    assert machine.energy(LIVE + 100) - machine.energy(LIVE) == pytest.approx((60 * 1000 + 40 * 10) / 3600)
    moments = [LIVE + 7 * step for step in range(100)]
    assert [machine.energy(moment) for moment in moments] == sorted(map(machine.energy, moments))
    assert machine.power(LIVE) == machine.power(LIVE)


def test_the_same_start_gives_the_same_messages():
    assert [item[2] for item in play(120)] == [item[2] for item in play(120)]


def test_the_past_is_told_with_its_times():
    past = [Reading(plant.ANODISE_2, 21.3, LIVE - 3600), Reading(plant.ANODISE_3, -1.1, LIVE - 3540)]
    found = [item for message in network.addon().recall(past) for item in parsed(message).measurements]
    assert [(item.channel, item.value) for item in found] == [
        ("temperature:100", 21.3),
        ("temperature:101", -1.1),
    ]
    assert [item.at.timestamp() for item in found] == pytest.approx([LIVE - 3600, LIVE - 3540], abs=0.3)


@pytest.mark.parametrize("answers", [[True], [False, OSError("away"), True], [False] * 200])
def test_the_past_waits_for_a_server_that_listens(monkeypatch, answers):
    published, said, clock = [], [], [0.0]
    publisher = SimpleNamespace(publish=lambda name, messages: published.append((name, len(messages))))
    left = list(answers)

    def listens(settings):
        answer = left.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer

    monkeypatch.setattr("fusion_cli.simulator.known.listens", listens)
    past = [Reading(plant.ANODISE_2, 21.3, LIVE)]
    recall = Recall(None, publisher, past, said.append, lambda: clock[0])
    for _step in range(100):
        recall.send(LIVE, [])
        clock[0] += 5.0
    assert published == ([(network.ADDON, 1)] if True in answers else [])
    assert len(said) == 1


def test_due_once_in_a_while():
    every = Every(10)
    assert [moment for moment in range(1000, 1031, 5) if every.due(moment)] == [1000, 1010, 1020, 1030]
    assert every.due(2000)
    assert not every.due(2009)
