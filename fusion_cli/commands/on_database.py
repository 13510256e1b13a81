"""Using the database of `fusion run`, whether that is running now or not."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from .. import dotenv
from ..database.cluster import Cluster, literal
from ..problem import Problem
from ..report import Reporter
from ..stack import Stack


@contextmanager
def opened(label: str) -> Iterator[Stack]:
    """A stack whose PostgreSQL answers: the one that is running, or started for as long as this lasts."""
    stack = Stack(report=Reporter(stream=sys.stderr), label=label)
    if not (stack.state / "pg" / "PG_VERSION").exists():
        raise Problem("There is no database yet.", "Start the suite once with `./fusion run`.")
    if stack.cluster.accepts:
        yield stack
        return
    try:
        stack.open()
        yield stack
    finally:
        stack.stop()


def database_of_choice(stack: Stack, wanted: str | None) -> str:
    """The database asked for, else the running one, else the only one there is."""
    there = databases(stack.cluster)
    if wanted:
        if wanted not in there:
            raise Problem(f"There is no database {wanted}.", f"There are: {', '.join(there) or 'none'}.")
        return wanted
    if stack.env_file.exists():
        running = dotenv.parse(stack.env_file.read_text(encoding="utf-8")).get("FUSION_DB", "")
        if running in there:
            return running
    if stack.database in there or len(there) == 1:
        return stack.database if stack.database in there else there[0]
    raise Problem("Which database?", f"Say --db NAME with one of: {', '.join(there) or '(there are none)'}.")


def databases(cluster: Cluster) -> list[str]:
    """Names of the databases that this command made."""
    statement = (
        "select datname from pg_database where not datistemplate and datname <> 'postgres' "
        f"and datname not like {literal('%__building')} order by 1"
    )
    return [row[0] for row in cluster.sql("postgres", statement)]
