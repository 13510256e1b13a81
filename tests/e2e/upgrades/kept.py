"""Databases of earlier versions, each a file in this folder, and how one becomes a database again.

A file is what `pg_dump` wrote, compressed, after one line of JSON: :class:`Facts`.
"""

from __future__ import annotations

import json
import lzma
import re
import subprocess
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID, uuid5

from fusion_cli.database import marker
from fusion_cli.database.cluster import OWNER, Cluster, literal
from fusion_cli.database.marker import Marker
from fusion_cli.process import environment
from fusion_cli.stack import Stack

FOLDER = Path(__file__).parent
SUFFIX = ".sql.xz"
KEY_FILE = "fusion_iot.key"
PACKED = ("iot_power_log", "iot_power_journal")
"""Tables whose times are in packed bytes as well: they stay as they are."""
_COMMENT = "-- "
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?\+00:00")
_TIMES = """
    SELECT columns.table_name, string_agg(format('%1$I = %1$I + %%1$s', column_name), ', ')
      FROM information_schema.columns
      JOIN information_schema.tables USING (table_schema, table_name)
     WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND data_type LIKE 'timestamp%'
     GROUP BY 1
"""


@dataclass(frozen=True)
class Facts:
    """What the test has to know of a database.

    :ivar commit: that made it
    :ivar made_at: when it was dumped, ISO 8601
    :ivar addons: fingerprints of the addons that made it, as `./fusion` notes them on a database
    :ivar machine: identifier of a device whose session was running
    :ivar serial: of a probe whose tank has an open hold
    :ivar token: by which devices could post
    :ivar secrets: all that was entered or made and that nobody may read in the database
    :ivar keys: lines of the file with the key of the secrets; empty for versions that sealed none
    """

    commit: str
    made_at: str
    addons: dict[str, str]
    machine: str
    serial: str
    token: str
    secrets: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)


def files() -> list[Path]:
    """All of them, the oldest first."""
    return sorted(FOLDER.glob(f"*{SUFFIX}"))


def facts(file: Path) -> Facts:
    """The first line of a file."""
    with lzma.open(file, "rt", encoding="utf-8") as lines:
        return Facts(**json.loads(lines.readline().removeprefix(_COMMENT)))


def write(file: Path, told: Facts, dump: str) -> None:
    """Make a file of this folder."""
    with lzma.open(file, "wt", encoding="utf-8", preset=9 | lzma.PRESET_EXTREME) as out:
        out.write(f"{_COMMENT}{json.dumps(asdict(told))}\n{dump}")


def restore(stack: Stack, file: Path, database: str) -> None:
    """Make `database` (replaced) what a file holds, as if it had been in use until a moment ago."""
    told = facts(file)
    stack.provision.drop(database)
    stack.provision.create(database)
    argv = [
        stack.cluster.programs / "psql",
        *("-h", stack.pg_socket, "-U", OWNER, "-d", database),
        *("-X", "-q", "-o", "/dev/null", "-v", "ON_ERROR_STOP=1", "-1"),
    ]
    with lzma.open(file) as dump:
        done = subprocess.run(argv, input=dump.read(), env=environment(), capture_output=True, check=False)
    assert not done.returncode, f"{file.name} cannot be restored: {done.stderr.decode()}"
    _add_keys(stack.data / KEY_FILE, told.keys)
    _bring_up_to_now(stack.cluster, database, datetime.fromisoformat(told.made_at))
    # Made by the same Odoo, as far as this test goes.
    marker.write(stack.cluster, database, Marker(stack.odoo.version, True, told.addons))


def _add_keys(file: Path, keys: list[str]) -> None:
    """Let the server open what the database has sealed, as docs/secrets.md has it for one that comes from elsewhere."""
    there = file.read_text(encoding="ascii").split() if file.exists() else []
    if new := [key for key in keys if key not in there]:
        file.touch(mode=0o600)
        file.write_text("\n".join([*there, *new, ""]), encoding="ascii")


def _bring_up_to_now(cluster: Cluster, database: str, made_at: datetime) -> None:
    """Move all times by what has passed since then: what was running when it was dumped runs now."""
    passed = datetime.now(timezone.utc) - made_at
    interval = f"interval '{passed / timedelta(microseconds=1):.0f} microseconds'"
    # No trigger has a say: the log of readings lets nobody change it.
    statements = ["SET session_replication_role = replica"]
    for table, changes in cluster.sql(database, _TIMES):
        if table not in PACKED:
            statements.append(f'UPDATE "{table}" SET {changes.replace("%1$s", interval)}')
    statements += _sessions_up_to_now(cluster, database, passed)
    statements.append("SET session_replication_role = DEFAULT")
    # By psql, which ends: who is not a superuser cannot drop a database that one of them is connected to.
    Cluster.sql(cluster, database, "; ".join(statements), role="postgres")


def _sessions_up_to_now(cluster: Cluster, database: str, passed: timedelta) -> Iterator[str]:
    """The same for what the detector knows of machines: times as text, of which the id of a running session is made."""
    ((uuid,),) = cluster.sql(database, "SELECT value FROM ir_config_parameter WHERE key = 'database.uuid'")
    states = "SELECT id, device_id, state::text FROM iot_session_state WHERE state IS NOT NULL"
    for record, device, state in cluster.sql(database, states):
        moved = _MOMENT.sub(lambda found: (datetime.fromisoformat(found[0]) + passed).isoformat(), state)
        yield f"UPDATE iot_session_state SET state = {literal(moved)} WHERE id = {record}"
        for moment in sorted(set(_MOMENT.findall(state))):
            start = datetime.fromisoformat(moment)
            before, now = (session_id(uuid, device, at) for at in (start, start + passed))
            yield f"UPDATE mqtt_session SET session_id = '{now}' WHERE session_id = '{before}'"


def session_id(database: str, device: str, start: datetime) -> str:
    """How the engine has named sessions in all of these databases: by database, device and start."""
    return str(uuid5(UUID(database), f"session/{device}/{start.replace(tzinfo=None).isoformat()}Z"))
