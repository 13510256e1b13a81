"""The log of tank readings, watched from outside the server."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass

import psycopg2

from ...stack import Stack

POLL_S = 0.01


@dataclass(frozen=True)
class Growth:
    """When rows were seen to be committed, on the clock of `time.monotonic`.

    :ivar first: the first look that found any
    :ivar before: how many it found
    :ivar last: the first look that found all
    """

    first: float
    before: int
    last: float


class ReadingLog:
    """Rows of `fp.tank.reading`. A commit is seen at the first look after it: every time is an upper bound."""

    def __init__(self, stack: Stack) -> None:
        self._connection = psycopg2.connect(host=str(stack.pg_socket), user="odoo", dbname=stack.database)
        self._connection.autocommit = True
        self._cursor = self._connection.cursor()

    def end(self) -> int:
        """The last id; ids are given one after the other."""
        return int(self._one("SELECT coalesce(max(id), 0) FROM fp_tank_reading"))

    def wait(self, after: int, count: int, timeout: float = 300.0) -> Growth:
        """Wait until there are `count` rows behind the id `after`, and make sure that they are judged and no more."""
        deadline = time.monotonic() + timeout
        first, before = 0.0, 0
        while True:
            grown = self.end() - after
            now = time.monotonic()
            if grown and not before:
                first, before = now, grown
            if grown >= count:
                break
            if now > deadline:
                raise AssertionError(f"{grown} of {count} readings were committed.")
            time.sleep(POLL_S)
        judged = self._one(
            "SELECT count(*) FILTER (WHERE in_spec AND source = 'mqtt') FROM fp_tank_reading WHERE id > %s",
            after,
        )
        if judged != count:
            raise AssertionError(f"{judged} judged readings were stored of {count} messages.")
        return Growth(first, before, now)

    def follow(
        self, after: int, count: int, pause: float, timeout: float = 300.0, wanted: Collection[float] = ()
    ) -> dict[float, float]:
        """When each value behind the id `after` was seen to be committed, looking every `pause` seconds.

        Where only the `wanted` ones count, what is missing of them when the time is up is left out.
        """
        deadline = time.monotonic() + timeout
        found: dict[float, float] = {}
        while len(found) < count:
            self._cursor.execute("SELECT id, value FROM fp_tank_reading WHERE id > %s ORDER BY id", [after])
            rows = self._cursor.fetchall()
            now = time.monotonic()
            found.update((value, now) for _id, value in rows if not wanted or value in wanted)
            after = rows[-1][0] if rows else after
            if now > deadline:
                if wanted:
                    break
                raise AssertionError(f"{len(found)} of {count} readings were committed.")
            time.sleep(pause)
        return found

    def _one(self, statement: str, *values: object) -> float:
        self._cursor.execute(statement, values)
        return self._cursor.fetchone()[0]  # type: ignore[no-any-return]
