"""What the server writes about sessions, watched from outside."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection

import psycopg2

from ...stack import Stack

LOOK_S = 0.02
STATISTICS_S = 2.0
"""How long a session of PostgreSQL may keep its statistics to itself, and some more."""

_WORKING = "SELECT device_id FROM mqtt_session WHERE status = 'running' AND current_state = 'working'"
_WRITTEN = "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_user_tables"


class Database:
    """A connection of our own to the stack's database."""

    def __init__(self, stack: Stack) -> None:
        self._connection = psycopg2.connect(host=str(stack.pg_socket), user="odoo", dbname=stack.database)
        self._connection.autocommit = True
        self._cursor = self._connection.cursor()

    def written(self) -> Counter[str]:
        """Rows inserted, updated and deleted so far, by table."""
        time.sleep(STATISTICS_S)
        self._cursor.execute(_WRITTEN)
        return Counter(dict(self._cursor.fetchall()))

    def follow_working(self, devices: Collection[int], until: float) -> dict[int, float]:
        """When the session of each device was first seen at work, on the clock of `time.monotonic`.

        A commit is seen at the first look after it. Looks until all were seen, or that time has come.
        """
        found: dict[int, float] = {}
        while len(found) < len(devices) and time.monotonic() < until:
            self._cursor.execute(_WORKING)
            now = time.monotonic()
            for (device,) in self._cursor.fetchall():
                if device in devices:
                    found.setdefault(device, now)
            time.sleep(LOOK_S)
        return found
