"""A cluster that is asked often: tests look into the database many times a second while they wait."""

from __future__ import annotations

import threading
from pathlib import Path

import psycopg2
from psycopg2 import extensions

from ..database.cluster import OWNER, Cluster
from ..problem import Problem
from ..report import Reporter

CONNECT_TIMEOUT_S = 10


class ConnectedCluster(Cluster):
    """Keeps a connection to each database where its base class starts a psql for each statement.

    It is one for tests besides: no commit waits for the disk.
    """

    def __init__(self, state: Path, report: Reporter) -> None:
        super().__init__(state, report, durable=False)
        self._lock = threading.RLock()
        self._open: dict[tuple[str, str], extensions.connection] = {}

    def start(self) -> None:
        """As the base class does it."""
        self._forget()
        super().start()

    def stop(self, *, crash: bool = False) -> None:
        """As the base class does it."""
        self._forget()
        super().stop(crash=crash)

    def sql(self, database: str, statement: str, *, role: str = OWNER) -> list[list[str]]:
        """Run a statement, or several at once, and give the rows of the last one as text, as psql would."""
        if database == "postgres":
            return super().sql(database, statement, role=role)
        with self._lock:
            try:
                try:
                    return _rows(self._connection(database, role), statement)
                except psycopg2.Error:
                    # One that the server had closed meanwhile has done nothing.
                    kept = self._open.get((database, role))
                    if kept is None or not kept.closed:
                        raise
                    del self._open[database, role]
                    return _rows(self._connection(database, role), statement)
            except psycopg2.Error as error:
                raise Problem(
                    f"The database refused a statement: {str(error).strip()}", "", self.log
                ) from error

    def _connection(self, database: str, role: str) -> extensions.connection:
        if (database, role) not in self._open:
            made = psycopg2.connect(
                host=str(self.socket), user=role, dbname=database, connect_timeout=CONNECT_TIMEOUT_S
            )
            made.autocommit = True
            as_text = extensions.new_type(_types(made), "AS_TEXT", lambda value, _cursor: value or "")
            extensions.register_type(as_text, made)
            self._open[database, role] = made
        return self._open[database, role]

    def _forget(self) -> None:
        with self._lock:
            while self._open:
                self._open.popitem()[1].close()


def _types(connection: extensions.connection) -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT oid FROM pg_type")
        return tuple(int(oid) for (oid,) in cursor.fetchall())


def _rows(connection: extensions.connection, statement: str) -> list[list[str]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return [list(row) for row in cursor.fetchall()] if cursor.description else []
