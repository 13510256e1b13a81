"""The shared secret of the ingest endpoint, which the database has sealed."""

from __future__ import annotations

import secrets
import subprocess
from pathlib import Path

from ..database.cluster import Cluster, literal
from ..problem import Problem
from ..process import environment
from ..project import Project

PARAMETER = "fusion_plating_iot.ingest_token"
PLACEHOLDER = "CHANGE-ME-AFTER-INSTALL"
ADDON = "fusion_plating_iot"

_SCRIPT = """
import pathlib, sys
sys.path.insert(0, sys.argv[1])
import sealing
keys = sealing.keyring({}, pathlib.Path(sys.argv[2]), make=True)
print(getattr(keys, sys.argv[3])(sys.stdin.read(), ("ir.config_parameter", sys.argv[4], "value")))
"""


def stored(cluster: Cluster, database: str) -> str:
    """The token in force, as it is stored; empty where there is none."""
    rows = cluster.sql(database, f"select value from ir_config_parameter where key = {literal(PARAMETER)}")
    return rows[0][0] if rows else ""


def in_clear(text: str, python: Path, data: Path) -> str:
    """What `stored` gives, in clear; empty where the key in Odoo's data directory does not open it.

    :param python: that of Odoo, which has the package `cryptography`
    """
    if not text.startswith("sealed:"):
        return text
    try:
        return _run("open", text, python, data)
    except Problem:
        return ""


def ensure(cluster: Cluster, database: str, python: Path, data: Path) -> str:
    """The token in force, a fresh random one if it was still the placeholder or cannot be read any more.

    To be called before the server starts: a running server would go on with the value it has cached.
    """
    token = in_clear(stored(cluster, database), python, data)
    if token.strip() and token != PLACEHOLDER:
        return token
    fresh = secrets.token_urlsafe(32)
    sealed = _run("seal", fresh, python, data)
    cluster.sql(
        database,
        "insert into ir_config_parameter (key, value, create_uid, write_uid, create_date, write_date) "
        f"values ({literal(PARAMETER)}, {literal(sealed)}, 1, 1, timezone('utc', now()), "
        "timezone('utc', now())) "
        "on conflict (key) do update set value = excluded.value, write_date = excluded.write_date",
    )
    return fresh


def _run(what: str, text: str, python: Path, data: Path) -> str:
    """Have Odoo's Python open or seal a text, as the server does."""
    done = subprocess.run(
        [python, "-c", _SCRIPT, Project.here().root / "fusion_base", data, what, PARAMETER],
        input=text,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise Problem(f"The ingest token could not be encrypted or decrypted: {last}")
    return done.stdout.strip()
