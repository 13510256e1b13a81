"""Databases with and without demo data and the people who work there; a pytest plugin of the modules that want them."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import pytest

from fusion_cli.bench.browser import Browser
from fusion_cli.database.templates import Templates
from fusion_cli.server import ingest_token
from fusion_cli.stack import Stack
from tests.e2e.client import Ingest, Rpc
from tests.e2e.mqtt_servers import NO_BROKER, Server, forget_sessions
from tests.e2e.person import DESKTOP, PHONE, Person
from tests.e2e.session_shop import Talker
from tests.e2e.task_table import TASK
from tests.waiting import until

DATABASE, EMPTY = "fusion_tasks", "fusion_tasks_empty"
PEOPLE = {
    "operator": ("Olga Operator", "fusion_plating.group_plating_operator"),
    "quality": ("Quentin Quality", "fusion_plating.group_plating_quality"),
    "manager": ("Marta Manager", "fusion_plating.group_plating_manager"),
    "technician": ("Tim Technician", "fusion_iot.group_iot_manager"),
}
"""Who works there, by login (which is the password too): name and group. The demo data have some of them."""
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Place:
    """A tank with a bath in use, which may have from 70 to 90 °C, and how people call them."""

    tank_id: int
    parameter_id: int
    code: str
    name: str

    @property
    def tank(self) -> str:
        """The tank as fields show it."""
        return f"{self.code} {self.name}"


@dataclass(frozen=True)
class Gateway:
    """A Tasmota device with one probe."""

    talker: Talker
    name: str

    def says(self, serial: str, value: float) -> None:
        """Publish a reading of its probe, as soon as the broker has it."""
        reading = {"Id": serial.partition("-")[2].upper(), "Temperature": value}
        self.talker.say(f"tele/{self.name}/SENSOR", json.dumps({"DS18B20": reading, "TempUnit": "C"}))
        self.talker.flush()


@dataclass(frozen=True)
class Plug:
    """A Shelly device that measures power."""

    talker: Talker
    name: str

    def draws(self, watts: float) -> None:
        """Publish what the machine behind it draws."""
        params = {"ts": time.time(), "switch:0": {"id": 0, "apower": watts, "output": True}}
        frame = {"src": self.name, "dst": f"{self.name}/events", "method": "NotifyStatus", "params": params}
        self.talker.say(f"{self.name}/events/rpc", json.dumps(frame))
        self.talker.flush()


@dataclass(frozen=True)
class Site:
    """A server with a database of its own, and what colleagues and devices have done before a task begins."""

    stack: Stack
    url: str
    demo: bool
    admin: Rpc
    ingest: Ingest
    database: str = DATABASE

    def sql(self, statement: str) -> list[list[str]]:
        """Rows of an SQL statement, as text."""
        return self.stack.cluster.sql(self.database, statement)

    def number(self) -> int:
        """A number that nothing has yet."""
        return next(_numbers)

    def place(self) -> Place:
        """A tank that a colleague has set up."""
        number = self.number()
        code, name = f"X{number:02d}", f"Nickel of task {number:02d}"
        tank = self.admin.create("fusion.plating.tank", {"code": code, "name": name})
        bath = self.admin.create("fusion.plating.bath", {"tank_id": tank, "chemistry": "Watts nickel"})
        limits = {"bath_id": bath, "quantity": "temperature", "target_min": 70.0, "target_max": 90.0}
        parameter = self.admin.create("fusion.plating.bath.parameter", limits)
        self.admin.call("fusion.plating.bath", "action_put_in_use", [bath])
        return Place(tank, parameter, code, name)

    def sensor(self, place: Place) -> tuple[int, str]:
        """A sensor there that a colleague has set up: id and serial."""
        serial = self.serial()
        values = {
            "name": f"{place.code} temperature",
            "device_serial": serial,
            "device_kind": "ds18b20",
            "tank_id": place.tank_id,
            "parameter_id": place.parameter_id,
        }
        return self.admin.create("fp.tank.sensor", values), serial

    def serial(self) -> str:
        """The serial of a probe that nobody has seen yet."""
        return f"28-{self.number():012x}"

    @cached_property
    def talker(self) -> Talker:
        """A client of the stack's broker, to which the server is connected."""
        number = self.number()
        assert self.stack.broker is not None
        values = {"name": f"Broker {number}", "host": "127.0.0.1", "port": self.stack.broker.port}
        connection = self.admin.create("mqtt.connection", values)
        self.admin.call("mqtt.connection", "action_start", [connection])
        state = f"SELECT state FROM iot_runtime_worker WHERE kind = 'mqtt' AND res_id = {connection}"
        until(lambda: self.sql(state) == [["connected"]], 15, "the server is connected to the broker")
        talker = Talker(self.stack.broker.port, f"tasks-{number}")
        until(talker.client.is_connected, 15, "the devices are connected to the broker")
        return talker

    def gateway(self) -> Gateway:
        """A Tasmota gateway that nobody has set up."""
        return Gateway(self.talker, f"tasmota_{self.number():06X}")

    def plug(self) -> Plug:
        """A Shelly plug that nobody has set up."""
        return Plug(self.talker, f"shellyplugsg3-{self.number():012x}")

    def read(self, serial: str, *values: float) -> None:
        """Have a gateway post readings of a probe."""
        for value in values:
            answer = self.ingest.post({"device_serial": serial, "value": value})
            assert answer.status in (200, 404), answer


@pytest.fixture(scope="module", params=[True, False], ids=["demo", "no-demo"])
def site(request: pytest.FixtureRequest, stack: Stack) -> Iterator[Site]:
    """A database with demo data, and one without; each is new."""
    if request.param:
        Templates(stack.provision).fresh(DATABASE)
    else:
        stack.provision.ensure(EMPTY, demo=False)
        stack.provision.copy(EMPTY, DATABASE)
    token = ingest_token.ensure(stack.cluster, DATABASE, stack.odoo_python, stack.data)
    server = Server(stack, "tasks", databases=(DATABASE,))
    try:
        server.start()
        admin = Rpc(server.url, DATABASE, stack.login, stack.password)
        made = Site(stack, server.url, request.param, admin, Ingest(server.url, token))
        hire(made)
        yield made
        if "talker" in vars(made):
            made.talker.close()
    finally:
        server.stop()
        forget_sessions(stack, "SELECT client_id FROM mqtt_connection", database=DATABASE)
    # The broker with a password ends with its task, and connections to it break.
    assert not server.problems((NO_BROKER,)), server.problems((NO_BROKER,))


def hire(site: Site) -> None:
    """Have users for all of `PEOPLE`."""
    known = {row["login"] for row in site.admin.search_read("res.users", [], ["login"])}
    for login in PEOPLE.keys() - known:
        name, group = PEOPLE[login]
        module, _, group_name = group.partition(".")
        wanted = [["module", "=", module], ["name", "=", group_name]]
        (row,) = site.admin.search_read("ir.model.data", wanted, ["res_id"])
        values = {
            "name": name,
            "login": login,
            "password": login,
            "group_ids": [[4, row["res_id"]]],
            # Odoo's own greeting lies over the menu of a phone for a moment, the first time somebody logs in.
            "odoobot_state": "disabled",
        }
        site.admin.create("res.users", values)


@pytest.fixture
def person(
    one_browser: Browser, site: Site, record_property: Callable[[str, object], None]
) -> Callable[..., Person]:
    """Logs a user in, on a screen of so many pixels. What he has done is noted for the table of the tasks."""

    def come(login: str, size: tuple[int, int] = DESKTOP) -> Person:
        def note(task: str, clicks: int, seconds: float) -> None:
            record_property(TASK, [task, login, size[0], site.demo, clicks, round(seconds, 1)])

        one_browser.forget(site.url)
        one_browser.note_trouble()
        one_browser.note_work()
        one_browser.resize(*size, fingers=size == PHONE)
        one_browser.log_in(site, login, login)
        made = Person(one_browser, site.url, login, size, site.stack.state / "screenshots")
        made.on_done = note
        return made

    return come
