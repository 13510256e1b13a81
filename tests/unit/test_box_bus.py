"""The bus of a box without hardware: what its probes show, and who makes and deletes them."""

import shutil
import threading
from itertools import pairwise
from pathlib import Path

import pytest

from fusion_cli.box import probes
from fusion_cli.box.addons.fusion_box_bus import baths
from fusion_iot_core.probe.bus import Bus
from fusion_iot_core.probe.ds18b20 import POWER_ON, is_serial, parse

ROOT = Path(__file__).resolve().parents[2]
ONE, TWO = probes.SERIALS[:2]


@pytest.fixture
def tree(tmp_path):
    probes.plug(tmp_path)
    return tmp_path


def shown(tree):
    bus = Bus(str(tree))
    return {serial: parse(bus.read(serial)) for serial in bus.serials()}


def test_every_probe_shows_a_bath_that_drifts_a_little(tree):
    seen = []
    for seconds in range(0, 600, 5):
        baths.show(tree, float(seconds))
        seen.append(shown(tree))
    for serial, about in zip(probes.SERIALS, (88.0, 62.0, 45.0), strict=True):
        values = [at[serial] for at in seen]
        assert max(values) - min(values) > 2.0
        assert all(abs(value - about) < 2.0 for value in values)
        assert all(abs(after - before) < 0.3 for before, after in pairwise(values))
        # A probe that was just switched on says this.
        assert POWER_ON not in values


def test_a_probe_that_was_deleted_stays_so(tree):
    baths.show(tree, 0.0)
    shutil.rmtree(tree / ONE)
    baths.show(tree, 60.0)
    assert ONE not in shown(tree)
    assert {path.name for path in tree.iterdir()} == {*probes.SERIALS} - {ONE}


def test_a_folder_is_a_probe_when_its_name_is_one(tree):
    for name in (probes.SPARE, "28-zz", "w1_bus_master1"):
        (tree / name).mkdir()
    baths.show(tree, 0.0)
    assert set(shown(tree)) == {*probes.SERIALS, probes.SPARE}
    assert not any((tree / "28-zz").iterdir())


def test_one_that_goes_while_it_is_written_hurts_nobody(tree, monkeypatch):
    def pull_first(serial, seconds):
        shutil.rmtree(tree / ONE, ignore_errors=True)
        return 20.0

    monkeypatch.setattr(baths, "celsius", pull_first)
    baths.show(tree, 0.0)
    assert {path.name for path in tree.iterdir()} == {*probes.SERIALS} - {ONE}
    assert shown(tree) == dict.fromkeys(probes.SERIALS[1:], 20.0)


def test_without_a_bus_there_is_nothing_to_show(tmp_path):
    baths.show(tmp_path / "gone", 0.0)


def test_nobody_sees_half_a_value(tree):
    baths.show(tree, 0.0)
    over = threading.Event()

    def write():
        seconds = 0.0
        while not over.is_set():
            seconds += 5.0
            baths.show(tree, seconds)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _look in range(2000):
            assert set(shown(tree)) == set(probes.SERIALS)
    finally:
        over.set()
        writer.join()


def test_no_other_part_of_the_suite_has_these_probes():
    known = [*probes.SERIALS, probes.SPARE]
    assert all(is_serial(serial) for serial in known)
    roms = [serial.removeprefix("28-") for serial in known]
    others = [
        path
        for folder in ("agent", "core", "fusion_cli/simulator", "fusion_plating", "fusion_plating_iot")
        for suffix in ("py", "xml", "csv")
        for path in (ROOT / folder).rglob(f"*.{suffix}")
    ]
    assert others
    assert not [path for path in others if any(rom in path.read_text().lower() for rom in roms)]
