"""What a database was made from, kept as a comment on the database itself: it lives and dies with it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from .cluster import Cluster, identifier, literal


@dataclass(frozen=True)
class Marker:
    """`addons` maps each installed addon of the suite to its fingerprint."""

    odoo: str
    demo: bool
    addons: dict[str, str]


def read(cluster: Cluster, database: str) -> Marker | None:
    """The marker of a database; None for a database that was not made by this command."""
    statement = (
        "select shobj_description(oid, 'pg_database') from pg_database "
        f"where datname = {literal(database)} and shobj_description(oid, 'pg_database') like '{{%'"
    )
    rows = cluster.sql("postgres", statement)
    try:
        return Marker(**json.loads(rows[0][0])) if rows else None
    except (ValueError, TypeError):
        return None


def write(cluster: Cluster, database: str, marker: Marker) -> None:
    """Store the marker."""
    text = literal(json.dumps(asdict(marker)))
    cluster.sql("postgres", f"comment on database {identifier(database)} is {text}")
