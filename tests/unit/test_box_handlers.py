"""Interface and driver as the stock client calls them, with stand-ins for its own modules."""

import os
import sys
import types
from importlib import util
from pathlib import Path

import pytest

from fusion_cli.testing.pace import promised
from fusion_iot_core.probe.simulate import w1_slave
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]
HANDLERS = ROOT / "fusion_plating_iot" / "iot_handlers"
CLIENT = "odoo.addons.iot_drivers"
ONE, TWO = "28-000000000001", "28-000000000002"


class _Base:
    """Of `Interface` and `Driver` what the handlers use."""

    def __init__(self, identifier=None, device=None):
        self.device_identifier, self.dev, self._actions = identifier, device, {}
        self.ran = 0

    def run(self):
        self.ran += 1


class _Helpers(types.ModuleType):
    """Of `helpers` what the handlers use, with a configuration in memory."""

    def __init__(self, folder):
        super().__init__(f"{CLIENT}.tools.helpers")
        self.folder = folder
        self.conf = {"remote_server": "http://127.0.0.1:9", "token": "secret", "db_name": "shop"}

    def get_conf(self, key):
        return self.conf.get(key)

    def get_odoo_server_url(self):
        return self.conf.get("remote_server")

    def get_identifier(self):
        return "10000000abcdef01"

    def path_file(self, *parts):
        return self.folder.joinpath(*parts)


@pytest.fixture
def tree(tmp_path, monkeypatch):
    path = tmp_path / "devices"
    path.mkdir()
    monkeypatch.setenv("FUSION_W1_DEVICES", str(path))
    monkeypatch.setenv("FUSION_PROBE_INTERVAL", "0.1")
    return path


@pytest.fixture
def helpers(tmp_path, monkeypatch):
    found = _Helpers(tmp_path)
    # On a box the core lies in `lib`, where the archive puts it.
    places = {f"{CLIENT}.iot_handlers": HANDLERS, f"{CLIENT}.iot_handlers.lib": ROOT / "core"}
    for name in ("odoo", "odoo.addons", CLIENT, f"{CLIENT}.tools", *places):
        module = types.ModuleType(name)
        module.__path__ = [str(places[name])] if name in places else []
        monkeypatch.setitem(sys.modules, name, module)
    for name, content in (("interface", {"Interface": _Base}), ("driver", {"Driver": _Base})):
        module = types.ModuleType(f"{CLIENT}.{name}")
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, module.__name__, module)
    sys.modules[f"{CLIENT}.tools"].helpers = found
    yield found
    for name in [name for name in sys.modules if name.startswith(f"{CLIENT}.iot_handlers.lib")]:
        del sys.modules[name]


def load(path):
    spec = util.spec_from_file_location(f"handler_{path.stem}", path)
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def interface(helpers, tree):
    return load(HANDLERS / "interfaces" / "w1_interface_L.py")


@pytest.fixture
def driver(helpers):
    return load(HANDLERS / "drivers" / "ds18b20_driver_L.py").Ds18b20Driver


def test_only_probes_are_listed(interface, tree):
    for name in (TWO, ONE, "w1_bus_master1", "00-800000000000", "10-000000000001", "28-00000000000G"):
        (tree / name).mkdir()
    listed = interface.W1Interface().get_devices()
    assert list(listed) == [ONE, TWO]
    (tree / ONE).rmdir()
    assert list(interface.W1Interface().get_devices()) == [TWO]


def test_looking_does_not_read(interface, tree):
    """Nothing waits for a probe that hangs: it is not even touched."""
    (tree / ONE).mkdir()
    os.mkfifo(tree / ONE / "w1_slave")
    assert list(interface.W1Interface().get_devices()) == [ONE]


def test_without_a_bus_there_are_no_probes(interface, tree):
    tree.rmdir()
    assert interface.W1Interface().get_devices() == {}


def test_the_bus_of_the_kernel_is_the_default(interface, monkeypatch):
    monkeypatch.delenv("FUSION_W1_DEVICES")
    assert str(interface.W1Interface()._bus.path) == "/sys/bus/w1/devices"


def test_a_box_that_is_not_paired_measures_nothing(interface, tree, helpers, tmp_path):
    helpers.conf.clear()
    (tree / ONE).mkdir()
    made = interface.W1Interface()
    made.run()
    assert made.ran == 1
    assert made.get_devices()[ONE]["station"] is None
    assert not (tmp_path / "fusion_probe").exists()
    assert interface._pairing() is None


def test_what_was_measured_for_one_database_is_for_no_other(interface, helpers, tmp_path):
    first = interface._store()
    helpers.conf["db_name"] = "other"
    assert interface._store() != first
    assert first.parent == tmp_path / "fusion_probe"


def test_a_setting_that_cannot_be_is_no_matter_of_the_client(interface, monkeypatch):
    """The client makes all interfaces in one thread; each runs in its own."""
    monkeypatch.setenv("FUSION_PROBE_INTERVAL", "often")
    made = interface.W1Interface()
    with pytest.raises(ValueError, match="often"):
        made.run()


def test_a_driver_is_for_probes(driver):
    assert driver.supported({"identifier": ONE})
    assert not driver.supported({"identifier": "28-1"})
    made = driver(ONE, {"station": None})
    assert (made.device_type, made.device_connection) == ("probe", "1-wire")


@pytest.mark.parametrize(
    ("latest", "message"), [(None, "not been measured yet"), ((-127.0, 1.0), "does not answer")]
)
def test_a_value_that_is_not_there(driver, latest, message):
    station = types.SimpleNamespace(latest=lambda serial: latest)
    with pytest.raises(RuntimeError, match=message):
        driver(ONE, {"station": station})._actions["read_once"]({})


def test_the_last_value(driver, interface, tree):
    """The whole way from the file to the answer of an action, without a server."""
    (tree / ONE).mkdir()
    (tree / ONE / "w1_slave").write_text(w1_slave(21.5))
    made = interface.W1Interface()
    made.run()
    station = made.get_devices()[ONE]["station"]
    try:
        probe = driver(ONE, made.get_devices()[ONE])
        until(lambda: station.latest(ONE), 10, "it is measured")
        answer = probe._actions["read_once"]({})
        assert (answer["value"], answer["unit"]) == (21.5, "°C")
        assert 0 <= answer["age"] < promised(10)
    finally:
        station.stop()
