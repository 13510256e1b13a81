"""Makes a database of a commit, with data, for the test of upgrades: ``python -m tests.e2e.upgrades.make COMMIT``.

The commit is unpacked and started by its own ``./fusion run``, with the simulator and a box; people and devices do what
`shop_day` says; then what is there is dumped, while everything runs, as a backup is.
"""

from __future__ import annotations

import argparse
import io
import re
import shutil
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

from fusion_cli import dotenv
from fusion_cli.database import marker
from fusion_cli.database.cluster import OWNER, Cluster
from fusion_cli.process import guarded
from fusion_cli.project import Project
from fusion_cli.report import Reporter
from fusion_cli.server import sealing
from fusion_cli.tools import odoo_source
from tests.e2e.client import Ingest, Rpc
from tests.e2e.upgrades import kept, shop_day
from tests.waiting import until

DATABASE = "fusion"
STRIPPED = "fusion_stripped"
READY = "Fusion IoT is running"
READY_S = 300.0
STRIP = (
    "DELETE FROM ir_attachment WHERE url LIKE '/web/assets/%'",
    "DELETE FROM ir_attachment WHERE res_model IN ('ir.ui.menu', 'ir.module.module', 'res.country')",
    "TRUNCATE bus_bus, ir_logging",
    "UPDATE ir_module_module SET description = NULL",
)
"""What no upgrade looks at, and what is made anew."""
NEWER = re.compile(
    r"^(\\(un)?restrict |SET (transaction_timeout|default_toast_compression) ).*\n", re.MULTILINE
)
"""Lines of newer clients that PostgreSQL 13 does not know."""


def main() -> int:
    """Make the file, and say where it is."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.upgrades.make", description=__doc__)
    parser.add_argument("commit", help="what makes the database: a commit, a branch or a tag")
    parser.add_argument("--name", help="of the file (default: date and abbreviated commit)")
    options = parser.parse_args()
    project = Project.here()
    commit = _git(project, "rev-parse", "--short=7", options.commit).decode().strip()
    day = _git(project, "log", "-1", "--format=%cs", commit).decode().strip()
    folder = project.state / "upgrades" / commit
    _unpack(project, commit, folder)
    with _running(project, folder) as variables:
        file = kept.FOLDER / f"{options.name or f'{day}-{commit}'}{kept.SUFFIX}"
        _make(project, folder, commit, variables, file)
    shutil.rmtree(folder)
    sys.stdout.write(f"{file} ({file.stat().st_size / 1e6:.1f} MB)\n")
    return 0


def _git(project: Project, *argv: str) -> bytes:
    return subprocess.run(["git", *argv], cwd=project.root, check=True, capture_output=True).stdout


def _unpack(project: Project, commit: str, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with tarfile.open(fileobj=io.BytesIO(_git(project, "archive", commit))) as archive:
        archive.extractall(folder, filter="data")


@contextmanager
def _running(project: Project, folder: Path) -> Iterator[dict[str, str]]:
    """`./fusion run` of that commit, on the Odoo of this checkout: the variables that it tells."""
    odoo = odoo_source.get(project, Reporter())
    log = folder / "run.log"
    with log.open("w", encoding="utf-8") as out:
        child = subprocess.Popen(
            guarded(["env", f"FUSION_ODOO_PYTHON={odoo.python}", "./fusion", "run", "--box"]),
            cwd=folder,
            stdout=out,
            stderr=subprocess.STDOUT,
        )

    def ready() -> bool:
        assert child.poll() is None, log.read_text(encoding="utf-8")
        return READY in log.read_text(encoding="utf-8")

    try:
        until(ready, READY_S, "./fusion run is ready", every=1.0)
        yield dotenv.parse((folder / ".fusion" / "env").read_text(encoding="utf-8"))
    finally:
        child.send_signal(signal.SIGINT)
        child.wait()


def _make(project: Project, folder: Path, commit: str, variables: dict[str, str], file: Path) -> None:
    """Let people and devices use it, and write down what it is then."""
    rpc = Rpc(*(variables[f"FUSION_{name}"] for name in ("URL", "DB", "LOGIN", "PASSWORD")))
    token = variables["FUSION_INGEST_TOKEN"]
    ingest = Ingest(variables["FUSION_URL"], token)
    state = folder / ".fusion"
    (connection,) = rpc.search_read("mqtt.connection", [["enabled", "=", True]], ["id"])
    day = shop_day.ShopDay(rpc, ingest, connection["id"], int(variables["FUSION_MQTT_PORT"]), state)
    day.play()
    cluster = Cluster(state, Reporter())
    until(lambda: cluster.sql(DATABASE, "SELECT 1 FROM iot_power_log"), 120, "power is in its log", every=1.0)
    key = state / "data" / kept.KEY_FILE
    found = marker.read(cluster, DATABASE)
    assert found, "the database has no marker"
    told = kept.Facts(
        commit=commit,
        made_at=datetime.now(timezone.utc).isoformat(),
        addons=found.addons,
        machine=day.machine,
        serial=day.serial,
        token=token,
        secrets=[token, *day.secrets, *_box_secrets(project, cluster, state / "data")],
        keys=key.read_text(encoding="ascii").split() if key.exists() else [],
    )
    kept.write(file, told, _dump(cluster))


def _box_secrets(project: Project, cluster: Cluster, data: Path) -> list[str]:
    """The channels of paired boxes, in clear."""
    python = odoo_source.get(project, Reporter()).python
    boxes = cluster.sql(DATABASE, "SELECT id, channel FROM iot_box WHERE state = 'paired'")
    assert boxes, "no box is paired"
    return [sealing.opened(text, ("iot.box", box, "channel"), python, data) for box, text in boxes]


def _dump(cluster: Cluster) -> str:
    """The database as SQL, without what is made anew anyway."""
    cluster.sql("postgres", f"DROP DATABASE IF EXISTS {STRIPPED}")
    cluster.sql(
        "postgres", f"CREATE DATABASE {STRIPPED} TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'"
    )
    _psql(cluster, STRIPPED, _pg_dump(cluster, DATABASE))
    for statement in STRIP:
        cluster.sql(STRIPPED, statement)
    return NEWER.sub("", _pg_dump(cluster, STRIPPED))


def _pg_dump(cluster: Cluster, database: str) -> str:
    argv = [cluster.programs / "pg_dump", "-h", cluster.socket, "-U", OWNER, "-d", database]
    argv += ["--no-owner", "--no-acl", "--no-comments"]
    return subprocess.run(argv, check=True, capture_output=True, text=True, encoding="utf-8").stdout


def _psql(cluster: Cluster, database: str, script: str) -> None:
    argv = [cluster.programs / "psql", "-h", cluster.socket, "-U", OWNER, "-d", database]
    argv += ["-X", "-q", "-o", "/dev/null", "-v", "ON_ERROR_STOP=1"]
    subprocess.run(argv, input=script, check=True, text=True, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
