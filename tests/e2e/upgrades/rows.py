"""All that the tables of a database hold, and what of it an upgrade has lost or changed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from fusion_cli.database.cluster import Cluster

Row = dict[str, Any]
Key = tuple[Any, ...]

REWRITTEN = ("bus_", "ir_", "res_groups", "rule_group_rel")
"""Tables that an update of modules fills anew, by how they begin: they are compared with those of a fresh database."""
KEPT_OF_THOSE = (
    "ir_attachment",
    "ir_config_parameter",
    "ir_default",
    "ir_filters",
    "ir_sequence",
    "res_groups_users_rel",
)
"""Those of them that hold what people and programs have entered."""
SHOWN = 3
_TABLES = """
    SELECT class.relname,
           coalesce((SELECT json_agg(attname ORDER BY attnum) FROM pg_index
                       JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY(indkey)
                      WHERE indrelid = class.oid AND indisprimary), '[]')
      FROM pg_class class
     WHERE class.relnamespace = 'public'::regnamespace AND class.relkind = 'r'
     ORDER BY 1
"""


@dataclass
class Rows:
    """The rows of all tables, by what identifies them."""

    tables: dict[str, dict[Key, Row]] = field(default_factory=dict)

    @classmethod
    def of(cls, cluster: Cluster, database: str) -> Rows:
        """What is there now."""
        found = cls()
        for table, primary in cluster.sql(database, _TABLES):
            if table.startswith(REWRITTEN) and table not in KEPT_OF_THOSE:
                continue
            names = json.loads(primary)
            rows: dict[Key, Row] = {}
            for (text,) in cluster.sql(database, f'SELECT to_jsonb(t)::text FROM "{table}" t'):
                row = json.loads(text)
                rows[tuple(row[name] for name in names) if names else (text,)] = row
            found.tables[table] = rows
        return found

    def __iter__(self) -> Iterator[tuple[str, Key, Row]]:
        for table, rows in self.tables.items():
            for key, row in rows.items():
                yield table, key, row


@dataclass(frozen=True)
class Difference:
    """A value that is another one after the upgrade; of a column that is gone, `after` is None."""

    table: str
    column: str
    key: Key
    before: Any
    after: Any


def lost(before: Rows, after: Rows) -> list[str]:
    """Tables and rows that are there no more, in words."""
    told = []
    for table, rows in before.tables.items():
        if rows and table not in after.tables:
            told.append(f"the table {table} is gone, with {len(rows)} rows")
        elif missing := [key for key in rows if key not in after.tables.get(table, {})]:
            told.append(
                f"{table}: {len(missing)} of {len(rows)} rows are gone, for example {missing[:SHOWN]}"
            )
    return told


def added(before: Rows, after: Rows, own: set[str], known: set[tuple[str, Any]]) -> list[str]:
    """Rows that nobody entered, in words.

    :param own: the tables that only the suite fills
    :param known: table and id of records that data files make
    """
    told = []
    for table in sorted(own & before.tables.keys() & after.tables.keys()):
        rows = after.tables[table].keys() - before.tables[table].keys()
        if new := [key for key in rows if (table, *key) not in known]:
            told.append(f"{table}: {len(new)} rows are new, for example {new[:SHOWN]}")
    return told


def changed(before: Rows, after: Rows) -> list[Difference]:
    """Values of kept rows that are others now, or whose column is gone."""
    found = []
    for table, key, row in before:
        now = after.tables.get(table, {}).get(key)
        if now is None:
            continue
        for column, value in row.items():
            if column not in now and value is None:
                continue
            if now.get(column) != value:
                found.append(Difference(table, column, key, value, now.get(column)))
    return found


def told(differences: list[Difference]) -> list[str]:
    """In words, a line for each column."""
    columns = defaultdict(list)
    for each in differences:
        columns[each.table, each.column].append(each)
    return [
        f"{table}.{column}: {len(found)} values are changed, for example "
        + "; ".join(f"{each.before!r} to {each.after!r} in {each.key}" for each in found[:SHOWN])
        for (table, column), found in columns.items()
    ]
