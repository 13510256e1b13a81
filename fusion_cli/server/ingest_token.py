"""The shared secret of the ingest endpoint, as the database has it."""

from __future__ import annotations

import secrets

from ..database.cluster import Cluster, literal

PARAMETER = "fusion_plating_iot.ingest_token"
PLACEHOLDER = "CHANGE-ME-AFTER-INSTALL"
ADDON = "fusion_plating_iot"


def read(cluster: Cluster, database: str) -> str:
    """The token in force; empty where there is none."""
    rows = cluster.sql(database, f"select value from ir_config_parameter where key = {literal(PARAMETER)}")
    return rows[0][0] if rows else ""


def ensure(cluster: Cluster, database: str) -> str:
    """The token in force, a fresh random one if it was still the placeholder.

    To be called before the server starts: a running server would go on with the value it has cached.
    """
    token = read(cluster, database)
    if token.strip() and token != PLACEHOLDER:
        return token
    fresh = secrets.token_urlsafe(32)
    cluster.sql(
        database,
        "insert into ir_config_parameter (key, value, create_uid, write_uid, create_date, write_date) "
        f"values ({literal(PARAMETER)}, {literal(fresh)}, 1, 1, timezone('utc', now()), "
        "timezone('utc', now())) "
        "on conflict (key) do update set value = excluded.value, write_date = excluded.write_date",
    )
    return fresh
