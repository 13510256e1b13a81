"""Fixtures of the tests that cross addons: a tank of their own on the running server, and ways to talk to it."""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from fusion_cli.bench.browser import Browser
from fusion_cli.ledger.line import Line
from fusion_cli.problem import Problem
from fusion_cli.project import Project
from fusion_cli.report import Reporter
from fusion_cli.testing import lanes
from tests.e2e.client import Ingest, Rpc
from tests.e2e.mqtt_log import OdooLog
from tests.e2e.mqtt_servers import forget_sessions
from tests.e2e.task_table import pytest_terminal_summary  # noqa: F401 - a hook

FRESH = ("test_iot_screens.py",)
"""What looks at lists as a shop has them: before others fill them with connections and sensors by the dozen."""
LONGEST = (
    "test_mqtt_cluster.py",
    "test_tasks.py",
    "test_mqtt_lifecycle.py",
    "test_iot_box.py",
    "test_alert_notify.py",
    "test_screens.py",
    "test_session_silence.py",
    "test_alerts.py",
    "test_upgrade.py",
    "test_mqtt_poison.py",
    "test_mqtt_mixed_faults.py",
    "test_mqtt_server_killed.py",
    "test_other_addons.py",
    "test_mqtt_commands.py",
    "test_iot_box_strangers.py",
    "test_slow_senders.py",
    "test_iot_box_browser.py",
    "test_overview.py",
    "test_mqtt_broker_away.py",
    "test_agent.py",
    "test_ledger.py",
    "test_session_server_killed.py",
    "test_mqtt_database_away.py",
)
"""The files that take longest, as `./fusion test tests/e2e --durations` tells them, the slowest first: where files run
side by side, a long one that comes last is waited for by all."""
_serials = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what needs a fresh database first, then the files that take longest, and leave all else in order."""
    rank = {name: number for number, name in enumerate((*FRESH, *LONGEST))}
    items.sort(key=lambda item: rank.get(item.path.name, len(rank)))


@pytest.fixture(scope="session")
def stack():
    """The running stack of this process, made at its first use: `restart_postgres()`, `kill_odoo()`, `sql()` ..."""
    # Where pytest is told to end, what it started has to be ended in good order.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    made = None
    try:
        made = lanes.open_lane(Project.here(), Reporter())
        made.start()
        os.environ.update(made.env() | made.fault_env())
        yield made
    except Problem as problem:
        pytest.exit(f"The stack could not be started. {problem.text()}", returncode=3)
    finally:
        if made is not None:
            made.stop()


@pytest.fixture(scope="session")
def admin(stack) -> Rpc:
    """The web client's RPC, as the administrator."""
    return Rpc(stack.url, stack.database, stack.login, stack.password)


@pytest.fixture(scope="session")
def operator(stack) -> Rpc:
    """The same as the demo operator."""
    return Rpc(stack.url, stack.database, "operator", "operator")


@pytest.fixture
def ingest(stack) -> Ingest:
    """The ingest address with the token of the installation."""
    return Ingest(stack.url, stack.token)


@pytest.fixture
def make_sensor(admin):
    """Makes sensors for a new tank specified from 70 to 90 °C; gives their ids and serials."""

    def make(count: int = 1, **values) -> list[tuple[int, str]]:
        tank = admin.create("fusion.plating.tank", {"name": "End to end"})
        bath = admin.create("fusion.plating.bath", {"tank_id": tank})
        parameter = admin.create(
            "fusion.plating.bath.parameter", {"bath_id": bath, "target_min": 70.0, "target_max": 90.0}
        )
        sensors = []
        for _sensor in range(count):
            serial = f"e2e-{next(_serials):06d}"
            values = {"name": serial, "device_serial": serial, "device_kind": "other", **values}
            sensors.append(
                (
                    admin.create("fp.tank.sensor", {**values, "tank_id": tank, "parameter_id": parameter}),
                    serial,
                )
            )
            values = {key: value for key, value in values.items() if key not in ("name", "device_serial")}
        return sensors

    return make


@pytest.fixture
def sensor(make_sensor) -> tuple[int, str]:
    """One such sensor."""
    return make_sensor()[0]


@pytest.fixture
def line(stack, admin):
    """A line of MQTT probes with a ledger; what it left stopped is started again after the test."""
    forget_sessions(stack)
    with Line(stack, admin) as made:
        yield made


@pytest.fixture(scope="session")
def odoo_log(stack) -> OdooLog:
    """What the server writes into its log."""
    return OdooLog(stack.odoo_log)


@pytest.fixture(scope="session")
def kept_browser() -> Iterator[Callable[[], Browser]]:
    """Gives the browser of this process, made at its first use; another one where that has ended."""
    with ExitStack() as made:
        kept: list[Browser] = []

        def give() -> Browser:
            if not kept or not kept[-1].running:
                kept.append(made.enter_context(Browser()))
            return kept[-1]

        yield give


@pytest.fixture(scope="module")
def one_browser(kept_browser: Callable[[], Browser]) -> Iterator[Browser]:
    """Starting one takes long, and so does the first page, so all tests share it; each begins with `forget()`."""
    found = kept_browser()
    yield found
    if found.running:
        # Or the last page would go on asking its server.
        found.open("about:blank")


@pytest.fixture
def blank_browser(stack, one_browser: Browser) -> Browser:
    """A browser in which nobody is logged in; it notes what goes wrong and what a page still has to do."""
    one_browser.forget(stack.url)
    one_browser.note_trouble()
    one_browser.note_work()
    return one_browser


@pytest.fixture
def browser(stack, blank_browser: Browser) -> Browser:
    """The same, in which the administrator is logged in."""
    blank_browser.log_in(stack)
    return blank_browser
