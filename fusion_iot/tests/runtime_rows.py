import psycopg2
from odoo import sql_db
from odoo.tests import get_db_name

KIND = "test_kind"


def connected():
    """A connection of its own, which commits at once."""
    _dbname, info = sql_db.connection_info_for(get_db_name())
    connection = psycopg2.connect(**info)
    connection.autocommit = True
    return connection


class RuntimeRows:
    """Rows of `iot.runtime.worker` that every connection sees, since the runtime has connections of its own."""

    def __init__(self, test):
        self._connection = connected()
        test.addCleanup(self._connection.close)
        test.addCleanup(self.sql, "DELETE FROM iot_runtime_worker WHERE kind LIKE %s", [KIND + "%"])

    def sql(self, statement, values=None):
        """The rows of a statement."""
        with self._connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def make(self, count, kind=KIND):
        """Rows of workers that wait for a server; their ids."""
        rows = self.sql(
            "INSERT INTO iot_runtime_worker (kind, name, res_model, res_id, state, listed_at)"
            " SELECT %s, 'Worker ' || number, 'mqtt.connection', 1000000 + number, 'waiting', now()"
            "   FROM generate_series(1, %s) AS made(number) RETURNING id",
            [kind, count],
        )
        return [row_id for (row_id,) in rows]

    def of(self, row_id, *columns):
        """Columns of a row."""
        (row,) = self.sql(f"SELECT {', '.join(columns)} FROM iot_runtime_worker WHERE id = %s", [row_id])
        return row[0] if len(columns) == 1 else row
