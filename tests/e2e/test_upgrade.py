"""Databases of earlier versions, with data and a running session, become databases of this one with everything kept.

The databases are files in `tests/e2e/upgrades`; its README says how one is made.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from fusion_cli.checks import odoo_report
from fusion_cli.checks.allowed import IN_TESTS
from fusion_cli.database.cluster import OWNER, literal
from fusion_cli.database.templates import Templates
from fusion_cli.server.sealing import opened
from tests.e2e.client import Ingest, Rpc
from tests.e2e.mqtt_servers import Servers
from tests.e2e.upgrades import changes, kept, rows, structure
from tests.e2e.upgrades.rows import Difference, Rows
from tests.e2e.upgrades.shop_day import HOT, IDLE_W, WORK_W, Relay, ShopDay
from tests.waiting import until

DATABASE = "fusion_e2e_upgraded"
NEWER = ("iot_alert", "iot_alert_webhook", "iot_command", "iot_credential")
"""What only some of the databases have; where they have the table, there is something in it."""
_VERSIONS = (
    "SELECT name, latest_version FROM ir_module_module WHERE name LIKE 'fusion\\_%' AND state = 'installed'"
)
_OWN_TABLES = """
    SELECT replace(model, '.', '_') FROM ir_model WHERE NOT EXISTS (
        SELECT 1 FROM ir_model_data data
         WHERE data.model = 'ir.model' AND data.res_id = ir_model.id AND data.module NOT LIKE 'fusion\\_%')
"""
_OF_DATA_FILES = "SELECT replace(model, '.', '_'), res_id FROM ir_model_data"
_SESSION = """
    SELECT session_id, status, extract(epoch FROM start_time), total_duration_s, energy_kwh
      FROM mqtt_session JOIN iot_device device ON device.id = device_id
     WHERE device.identifier = {machine} ORDER BY start_time DESC LIMIT 1
"""
_HOLDS = """
    SELECT hold.id, hold.state, hold.excursion_count FROM fusion_plating_quality_hold hold
      JOIN fp_tank_sensor sensor ON sensor.id = sensor_id WHERE device_serial = {serial}
"""


class Upgrade:
    """A database of an earlier version: what it held, and what it holds after the upgrade."""

    def __init__(self, stack, file: Path) -> None:
        self.stack = stack
        self.facts = kept.facts(file)
        kept.restore(stack, file, DATABASE)
        self.versions = dict(self.sql(_VERSIONS))
        self.before = Rows.of(stack.cluster, DATABASE)
        self.session, self.holds = self.read_session(), self.read_holds()
        stack.provision.ensure(DATABASE, demo=True)
        self.log = (stack.log / "install.log").read_text(encoding="utf-8")
        self.after = Rows.of(stack.cluster, DATABASE)

    def sql(self, statement: str) -> list[list[str]]:
        """Rows of a statement, as text."""
        return self.stack.cluster.sql(DATABASE, statement)

    def read_session(self) -> list[str]:
        """The newest session of the machine."""
        return self.sql(_SESSION.format(machine=literal(self.facts.machine)))[0]

    def read_holds(self) -> list[list[str]]:
        """The holds of the probe."""
        return self.sql(_HOLDS.format(serial=literal(self.facts.serial)))

    def opened(self, text: str, at: Difference) -> str:
        """A stored text in clear."""
        if at.table == "ir_config_parameter":
            place = ("ir.config_parameter", self.before.tables[at.table][at.key]["key"], at.column)
        else:
            place = (at.table.replace("_", "."), str(at.key[0]), at.column)
        return opened(text, place, self.stack.odoo_python, self.stack.data)


@pytest.fixture(scope="module", params=kept.files(), ids=lambda file: file.name.removesuffix(kept.SUFFIX))
def upgrade(stack, request):
    """Each of the kept databases, upgraded as `./fusion run` does it."""
    yield Upgrade(stack, request.param)
    stack.provision.drop(DATABASE)


@dataclass(frozen=True)
class Running:
    """A server on such a database; `connection` is the one that is connected to the broker of the stack."""

    url: str
    rpc: Rpc
    connection: int


@pytest.fixture(scope="module")
def running(stack, upgrade):
    """Such a server."""
    servers = Servers(stack)
    try:
        server = servers("upgraded", databases=(DATABASE,))
        rpc = Rpc(server.url, DATABASE, stack.login, stack.password)
        yield Running(server.url, rpc, _connect(upgrade, stack, rpc))
    finally:
        servers.close()
    assert servers.problems() == []


def _connect(upgrade: Upgrade, stack, rpc: Rpc) -> int:
    """Have its connection use the broker here, as whoever moves to another server does."""
    (connection,) = rpc.search_read("mqtt.connection", [["enabled", "=", True]], ["is_copy"])
    assert connection["is_copy"]
    rpc.call("mqtt.connection", "write", [connection["id"]], {"port": stack.broker.port})
    rpc.call("mqtt.connection", "action_declare_original", [connection["id"]])
    worker = f"SELECT state FROM iot_runtime_worker WHERE kind = 'mqtt' AND res_id = {connection['id']}"
    until(lambda: upgrade.sql(worker) == [["connected"]], 30, "the connection is up")
    return int(connection["id"])


def test_there_is_something_to_keep(upgrade):
    tables = upgrade.before.tables
    filled = {name for name, found in tables.items() if found}
    assert filled >= {
        "fp_tank_reading",
        "fusion_plating_limit_change",
        "fusion_plating_quality_hold",
        "iot_box",
        "iot_power_log",
        "iot_session_state",
        "iot_unknown_device",
        "mail_message",
        "mqtt_connection",
        "mqtt_device",
        "mqtt_session",
    }
    assert not [name for name in NEWER if name in tables and name not in filled]
    assert upgrade.session[1] == "running"
    assert [state for _hold, state, _count in upgrade.holds] == ["open"]


def test_every_row_is_there_and_none_is_new(upgrade):
    before, after = upgrade.before, upgrade.after
    own = {table for (table,) in upgrade.sql(_OWN_TABLES)}
    of_data_files = {(table, int(record or 0)) for table, record in upgrade.sql(_OF_DATA_FILES)}
    assert rows.lost(before, after) == []
    assert rows.added(before, after, own, of_data_files) == []


def test_every_value_is_what_it_was(upgrade):
    before, after = upgrade.before, upgrade.after
    left = changes.unexplained(rows.changed(before, after), before, after, upgrade.versions, upgrade.opened)
    assert rows.told(left) == []


def test_no_secret_can_be_read_in_it(upgrade, stack):
    argv = [stack.cluster.programs / "pg_dump", "-h", stack.pg_socket, "-U", OWNER, DATABASE]
    dump = subprocess.run(argv, check=True, capture_output=True, text=True, encoding="utf-8").stdout
    found = [
        line[:200] for line in dump.splitlines() if any(secret in line for secret in upgrade.facts.secrets)
    ]
    assert found == []


def test_it_is_made_as_a_fresh_one(upgrade, stack):
    fresh = structure.of(stack.cluster, Templates(stack.provision).suite_name())
    assert structure.differences(structure.of(stack.cluster, DATABASE), fresh) == []


def test_the_upgrade_has_nothing_to_complain_of(upgrade):
    found = odoo_report.problems(upgrade.log.splitlines(), IN_TESTS)
    assert [record.text(15) for record in found] == []


def test_it_goes_on_where_it_was(upgrade, stack, running: Running):
    _session_goes_on_and_ends(upgrade, stack)
    reading = {"device_serial": upgrade.facts.serial, "value": HOT}
    answer = Ingest(running.url, upgrade.facts.token).post(reading)
    assert (answer.status, answer.body) == (200, {"ok": True, "accepted": 1})
    ((hold, _state, count),) = upgrade.holds
    assert upgrade.read_holds() == [[hold, "open", str(int(count) + 1)]]


def test_another_day_can_be_played_on_it(upgrade, stack, running: Running, tmp_path):
    """So can the next database be made, and the ways into the suite are those that they were."""
    ingest = Ingest(running.url, upgrade.facts.token)
    ShopDay(running.rpc, ingest, running.connection, stack.broker.port, tmp_path, number=2).play()


def _session_goes_on_and_ends(upgrade: Upgrade, stack) -> None:
    """The session that was running takes what the machine draws now, and ends when that ends."""
    session, _status, start, _total, energy = upgrade.session
    now = datetime.now(timezone.utc)
    power = "SELECT power_w FROM iot_session_state JOIN iot_device device ON device.id = device_id"
    power += f" WHERE device.identifier = {literal(upgrade.facts.machine)}"
    drawn = WORK_W + 7
    with Relay(stack.broker.port, upgrade.facts.machine) as relay:
        until(
            lambda: (relay.says(now, drawn), upgrade.sql(power) == [[f"{drawn:g}"]])[1],
            30,
            "it is heard",
            every=0.2,
        )
        assert upgrade.read_session()[:3] == [session, "running", start]
        for seconds in (10, 70):
            relay.says(now + timedelta(seconds=seconds), IDLE_W)
    until(lambda: upgrade.read_session()[1] == "completed", 30, "the session ends")
    ended, _status, began, total, used = upgrade.read_session()
    assert (ended, began) == (session, start)
    assert float(total) == pytest.approx(now.timestamp() + 10 - float(start), abs=1.0)
    assert float(used) > float(energy) > 0
