"""What a newcomer does in his first days, by the screens alone, with demo data and without; clicks are counted."""

from __future__ import annotations

from collections.abc import Iterator

import openpyxl
import pytest

from fusion_cli.broker.broker import Broker
from fusion_cli.broker.configuration import Listener
from tests.e2e.axe import findings
from tests.e2e.person import BUTTON, DESKTOP, PHONE, TABLET
from tests.waiting import until

pytest_plugins = ("tests.e2e.task_fixtures",)

PASSWORD, WRONG = "correct horse", "battery staple"


@pytest.mark.parametrize("login", ["admin", "quality", "operator"])
def test_the_first_screen_is_for_all(site, person, login):
    """Also for those who hear it, see it badly or have no mouse; as long as nobody has done anything yet."""
    someone = person(login)
    for size in (DESKTOP, TABLET, PHONE):
        someone.browser.resize(*size, fingers=size == PHONE)
        someone.browser.open(f"{site.url}/odoo")
        someone.browser.wait(
            "document.querySelector('.o_fusion_overview') && window.fusionWork", "the Overview"
        )
        someone.browser.settle("the Overview")
        someone.reads("Alerts" if site.demo else "Set up the shop")
        assert findings(someone.browser) == [], size


def test_a_sensor_of_an_unknown_serial(site, person):
    place, serial = site.place(), site.serial()
    site.read(serial, 81.25)
    manager = person("manager")
    with manager.task("make a sensor of an unknown serial", clicks=9):
        manager.go("Plating", "Operations", "Unknown Devices")
        manager.click("Make a sensor", by=serial)
        manager.choose("Tank", place.name, place.tank)
        manager.click("Save manually")
        site.read(serial, 82.5)
        manager.click("Readings", "button")
        manager.reads("82.5")
    limits = f"SELECT DISTINCT spec_min, spec_max FROM fp_tank_reading WHERE tank_id = {place.tank_id}"
    assert site.sql(limits) == [["70", "90"]], "the readings of the new sensor are judged"


def test_a_device_that_was_discovered(site, person):
    place, gateway, serial = site.place(), site.gateway(), site.serial()
    gateway.says(serial, 81.25)
    manager = person("manager")
    with manager.task("adopt a Tasmota that was discovered", clicks=9):
        manager.go("IoT", "Devices", "Discovered")
        manager.click("Set up", "button", by=gateway.name)
        manager.cell("Tank", by=serial, text=place.name)
        manager.take(place.tank)
        manager.click("Set up", "footer button")
        gateway.says(serial, 82.5)
        manager.click("Tank sensors", "button", part=True)
        manager.reads(serial, "82.5")


def test_the_first_session_of_a_machine(site, person):
    plug = site.plug()
    plug.draws(0)
    technician = person("technician")
    with technician.task("watch a machine and see its first session", clicks=9):
        technician.go("IoT", "Devices", "Discovered")
        technician.click("Set up", "button", by=plug.name)
        technician.click("Set up", "footer button")
        technician.click("Sessions", ".nav-link")
        technician.click("Power thresholds", "label")
        technician.click("Save manually")
        plug.draws(640)
        technician.reads("Working")


@pytest.mark.parametrize(("size", "clicks"), [(DESKTOP, 10), (PHONE, 12)], ids=["desktop", "phone"])
def test_a_decision_about_a_hold(site, person, size, clicks):
    place = site.place()
    _id, serial = site.sensor(place)
    site.read(serial, 80.0, 95.5, 80.0)
    quality = person("quality", size)
    with quality.task("release a hold", clicks):
        quality.go("Plating", "Quality", "Quality Holds")
        quality.click(place.name, part=True)
        if size == PHONE:
            quality.click("More", "button")
        quality.click("Release…", BUTTON)
        quality.pick("Disposition", "Use as is")
        quality.write("Reason", "The parts of that hour were measured, all are within tolerance.")
        quality.click("Release", "button")
        quality.reads("Released", "Use as is", "within tolerance")
    decided = f"SELECT state, disposition FROM fusion_plating_quality_hold WHERE tank_id = {place.tank_id}"
    assert site.sql(decided) == [["released", "use_as_is"]]


@pytest.mark.parametrize(("size", "clicks"), [(DESKTOP, 6), (PHONE, 7)], ids=["desktop", "phone"])
def test_why_a_tank_is_red(site, person, size, clicks):
    place = site.place()
    _id, serial = site.sensor(place)
    site.read(serial, 80.0, 95.5)
    operator = person("operator", size)
    with operator.task("see why a tank is red", clicks):
        operator.go("Plating", "Operations", "Tanks")
        operator.click(place.name)
        operator.click("QH/", ".o_fusion_mark", part=True)
        operator.reads("Quality hold", "95.5", "Specification then")


@pytest.fixture
def guarded(stack, tmp_path) -> Iterator[int]:
    """The port of a broker that asks for a password."""
    passwords = tmp_path / "passwords"
    broker = Broker(
        stack.project, tmp_path / "broker", stack.report, listeners=[Listener(passwords=passwords)]
    )
    broker.write_passwords(passwords, {"odoo": PASSWORD})
    broker.start()
    try:
        yield broker.listener_ports[0]
    finally:
        broker.stop()


def test_a_broker_with_a_wrong_password(site, person, guarded):
    admin = person("admin")
    with admin.task("add a broker, with a wrong password at first", clicks=14):
        admin.go("IoT", "MQTT", "Connections")
        admin.click("New", "button")
        admin.write("e.g. Broker of the plating line", f"Broker at {guarded}")
        admin.write("Host", "127.0.0.1")
        admin.write("Port", str(guarded))
        admin.write("User", "odoo")
        admin.write("Password", WRONG)
        admin.click("Test connection", "button")
        admin.reads("It does not work", "password")
        admin.click("Close", "footer button")
        admin.write("Password", PASSWORD)
        admin.click("Start", "button")
        admin.reads("Connected")


def test_the_first_line(site, person):
    number = site.number()
    code, name = f"B{number:02d}", f"Barrel nickel {number}"
    manager = person("manager")
    with manager.task("set up a line from nothing", clicks=25):
        manager.go("Plating", "Configuration", "Lines")
        manager.click("New", "button")
        manager.write("e.g. Rack line 1", f"Barrel line {number}")
        manager.write("Code", f"B{number}")
        manager.click("Add a line")
        manager.type(code)
        manager.press("Tab", 9)
        manager.type(name)
        manager.click("Save & Close")
        manager.click("Save manually")
        manager.click("Tanks", "button.oe_stat_button", part=True)
        manager.click(name)
        manager.click("Baths", "button.oe_stat_button", part=True)
        manager.click("New", "button")
        manager.write("Chemistry", "Watts nickel")
        manager.click("Add a line")
        manager.cell("Spec min", by="°C", text="70")
        manager.cell("Spec max", by="°C", text="90")
        manager.click("Save manually")
        manager.click("Put in use", "button")
        manager.click("Put in use", "footer button")
        manager.go("Plating", "Operations", "Tanks")
        manager.reads(name, "70 – 90 °C")


def test_another_limit(site, person):
    place = site.place()
    quality = person("quality", TABLET)
    with quality.task("change a limit and see who did", clicks=12):
        quality.go("Plating", "Configuration", "Bath Parameters")
        quality.click(place.name, part=True)
        quality.write("90", "92")
        quality.press("Tab", 9)
        quality.write("Why is the limit changed?", "The customer allows it, order 4711.")
        quality.click("Save manually")
        quality.go("Plating", "Configuration", "Changed Limits")
        quality.reads("92", "order 4711", "Quentin Quality")


def test_another_probe(site, person):
    place = site.place()
    _id, serial = site.sensor(place)
    site.read(serial, 80.0)
    fresh = site.serial()
    manager = person("manager")
    with manager.task("put a new probe in the place of an old one", clicks=9):
        manager.go("Plating", "Operations", "Sensors")
        manager.click(place.name, part=True)
        manager.click("Replace probe", "button")
        manager.write("Serial of the new probe", fresh)
        manager.write("Reason", "Its cable broke.")
        manager.click("Replace", "button")
        site.read(fresh, 81.5)
        manager.reads(fresh, "81.5")


def test_readings_for_a_customer(site, person, tmp_path):
    place = site.place()
    _id, serial = site.sensor(place)
    site.read(serial, 80.0, 81.5)
    quality = person("quality")
    quality.save_in(tmp_path)
    with quality.task("export the readings of a tank for a customer", clicks=9):
        quality.go("Plating", "Operations", "Readings")
        quality.type(place.name)
        quality.click("Tank", ".o_searchview_autocomplete .o-dropdown-item", part=True)
        quality.click("", "thead .o_list_record_selector", part=True)
        quality.click("Actions", "button", part=True)
        quality.click("Export", ".o-dropdown--menu .o-dropdown-item")
        quality.click("Export", "footer button")
        (file,) = until(lambda: [*tmp_path.glob("*.xlsx")], 30, "the file is there")
    sheet = openpyxl.load_workbook(file).active
    assert sheet is not None
    heading, *rows = sheet.values
    assert sorted(row[heading.index("Value")] for row in rows) == [80.0, 81.5]
