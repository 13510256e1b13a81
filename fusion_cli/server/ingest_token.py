"""The shared secret of the ingest endpoint, which the database has sealed."""

from __future__ import annotations

import secrets
from pathlib import Path

from ..database.cluster import Cluster, literal
from ..problem import Problem
from .sealing import opened, sealed

PARAMETER = "fusion_plating_iot.ingest_token"
PLACEHOLDER = "CHANGE-ME-AFTER-INSTALL"
ADDON = "fusion_iot"

_PLACE = ("ir.config_parameter", PARAMETER, "value")


def stored(cluster: Cluster, database: str) -> str:
    """The token in force, as it is stored; empty where there is none."""
    rows = cluster.sql(database, f"select value from ir_config_parameter where key = {literal(PARAMETER)}")
    return rows[0][0] if rows else ""


def in_clear(text: str, python: Path, data: Path) -> str:
    """What `stored` gives, in clear; empty where the key in Odoo's data directory does not open it.

    :param python: that of Odoo, which has the package `cryptography`
    """
    try:
        return opened(text, _PLACE, python, data)
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
    stored_as = sealed(fresh, _PLACE, python, data)
    cluster.sql(
        database,
        "insert into ir_config_parameter (key, value, create_uid, write_uid, create_date, write_date) "
        f"values ({literal(PARAMETER)}, {literal(stored_as)}, 1, 1, timezone('utc', now()), "
        "timezone('utc', now())) "
        "on conflict (key) do update set value = excluded.value, write_date = excluded.write_date",
    )
    return fresh
