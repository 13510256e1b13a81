"""Probes come, go, hang and fail, and none of them holds up the others."""

import os
from pathlib import Path

import pytest

from fusion_cli.testing.pace import patient
from fusion_iot_core.probe.bus import Bus
from fusion_iot_core.probe.ds18b20 import FAULT, ProbeGone
from fusion_iot_core.probe.simulate import w1_slave
from fusion_iot_core.probe.watch import Watch
from tests.unit.agent_cases import KNOWN, FakeClock
from tests.waiting import until

ONE, TWO, THREE = KNOWN
TIMEOUT_S = 5.0


class Tree:
    """A folder like `/sys/bus/w1/devices`."""

    def __init__(self, path: Path):
        self.path = path
        (path / "w1_bus_master1").mkdir(parents=True)

    def put(self, serial, celsius):
        folder = self.path / serial
        folder.mkdir(exist_ok=True)
        (folder / "w1_slave").write_text(w1_slave(celsius))

    def hang(self, serial):
        """Opening a FIFO waits until somebody writes, as a read of a dead bus may."""
        (self.path / serial).mkdir()
        os.mkfifo(self.path / serial / "w1_slave")

    def answer(self, serial, celsius):
        with (self.path / serial / "w1_slave").open("w") as fifo:
            fifo.write(w1_slave(celsius))

    def remove(self, serial):
        (self.path / serial / "w1_slave").unlink()
        (self.path / serial).rmdir()


@pytest.fixture
def tree(tmp_path):
    return Tree(tmp_path / "devices")


class Seconds:
    """A clock that stands still unless a test moves it."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def seconds():
    return Seconds()


@pytest.fixture
def watch(tree, seconds):
    made = Watch(Bus(str(tree.path)), FakeClock().moment, timeout=TIMEOUT_S, monotonic=seconds)
    yield made
    release(tree, made)


def release(tree, watch):
    """Let the threads of probes that hang come back and end."""
    fifos = [path for path in tree.path.glob("28-*/w1_slave") if path.is_fifo()]

    def idle():
        for fifo in fifos:
            os.close(os.open(fifo, os.O_RDWR | os.O_NONBLOCK))
        return all(thread.busy_for() is None for thread in watch._probes.values())

    until(idle, 5, "the threads have come back", every=0.01)
    tree.path.rename(tree.path.with_name("away"))
    watch.round()


def results(watch, count):
    """What so many probes have told; those of them that can are ready for the next round then."""
    found = {}
    while len(found) < count:
        sample = watch.samples.get(timeout=patient(5))
        found[sample.serial] = sample.value
    threads = [watch._probes[serial] for serial in found]
    until(lambda: all(thread.busy_for() is None or thread.overdue for thread in threads), 5, "they are ready")
    return found


def test_all_that_are_there(tree, watch):
    tree.put(ONE, 20.0)
    tree.put(TWO, 30.0)
    watch.round()
    assert results(watch, 2) == {ONE: 20.0, TWO: 30.0}


def test_probes_come_and_go(tree, watch, caplog):
    tree.put(ONE, 20.0)
    watch.round()
    results(watch, 1)
    tree.put(TWO, 30.0)
    tree.remove(ONE)
    watch.round()
    assert results(watch, 1) == {TWO: 30.0}
    assert watch.present == {TWO}
    tree.put(ONE, 21.0)
    watch.round()
    assert results(watch, 2) == {ONE: 21.0, TWO: 30.0}


def test_a_probe_that_hangs_keeps_nobody_waiting(tree, watch, seconds):
    tree.hang(ONE)
    tree.put(TWO, 30.0)
    for _ in range(3):
        watch.round()
        assert results(watch, 1)[TWO] == 30.0
    assert watch.busy
    seconds.now += TIMEOUT_S + 1
    assert not watch.busy
    watch.round()
    assert results(watch, 2) == {ONE: FAULT, TWO: 30.0}
    watch.round()
    assert results(watch, 2) == {ONE: FAULT, TWO: 30.0}


def test_an_answer_that_comes_too_late_does_not_count_and_the_next_does(tree, watch, seconds):
    tree.hang(ONE)
    watch.round()
    seconds.now += TIMEOUT_S + 1
    tree.answer(ONE, 20.0)
    until(lambda: watch._probes[ONE].busy_for() is None, 5, "it has answered", every=0.01)
    assert watch.samples.empty()
    watch.round()
    tree.answer(ONE, 21.0)
    assert results(watch, 1) == {ONE: 21.0}


def test_a_fault_is_told_every_round(tree, watch):
    tree.put(ONE, 20.0)
    (tree.path / ONE / "w1_slave").write_text("")
    for _ in range(2):
        watch.round()
        assert results(watch, 1) == {ONE: FAULT}


def test_faults_are_left_out_if_so_wanted(tree):
    tree.put(ONE, 20.0)
    (tree.path / ONE / "w1_slave").write_text("")
    tree.put(TWO, 30.0)
    watch = Watch(
        Bus(str(tree.path)), FakeClock().moment, timeout=TIMEOUT_S, faults=False, monotonic=Seconds()
    )
    watch.round()
    assert results(watch, 1) == {TWO: 30.0}
    until(lambda: not watch.busy, 5, "the other one has been read", every=0.01)
    assert watch.samples.empty()
    release(tree, watch)


def test_a_probe_without_its_driver_is_a_fault(tree, watch):
    (tree.path / ONE).mkdir()
    watch.round()
    assert results(watch, 1) == {ONE: FAULT}


def test_no_bus_is_said_once_and_mended_when_it_is_there(tmp_path, caplog):
    watch = Watch(Bus(str(tmp_path / "devices")), FakeClock().moment, timeout=TIMEOUT_S, monotonic=Seconds())
    for _ in range(3):
        watch.round()
    assert len(caplog.records) == 1
    assert "w1-gpio" in caplog.text
    Tree(tmp_path / "devices").put(ONE, 20.0)
    watch.round()
    assert results(watch, 1) == {ONE: 20.0}


def test_reading_a_probe_that_is_gone(tree):
    with pytest.raises(ProbeGone):
        Bus(str(tree.path)).read(ONE)


def test_bytes_that_are_no_text(tree, watch):
    tree.put(ONE, 20.0)
    (tree.path / ONE / "w1_slave").write_bytes(b"\xff\xfe\x00" * 20)
    watch.round()
    assert results(watch, 1) == {ONE: FAULT}
