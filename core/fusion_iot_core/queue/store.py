"""Readings on disk, in their order, until the server has them."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Optional

from .sample import Moment, Sample
from .schema import CREATE, VERSION
from .waiting import Waiting

REFUSED_LIMIT = 10_000
PAGES_IN_WAL = 256
RESERVE_PAGES = 128
"""Room beyond the limit, so that what is in the store can still be timed and taken out."""
_COLUMNS = "key, serial, value, boot.name, up_ms, wall_ms, at_ms"
_FROM = f"SELECT {_COLUMNS} FROM reading JOIN boot ON boot.id = reading.boot"
_Row = tuple[int, str, float, str, int, int, Optional[int]]


class NewerStore(Exception):
    """The file was written by a newer version of this program."""


class Store:
    """An SQLite file. Every method that writes is one transaction, on the disk when it returns.

    All may raise `sqlite3.Error`; then nothing of it was done. Not for several threads at once.

    :ivar count: how many readings wait
    :ivar of_serial: how many of each probe
    """

    def __init__(self, path: Path, *, max_rows: int, max_bytes: int) -> None:
        self._max_rows = max_rows
        self._db = sqlite3.connect(path, timeout=2.0, isolation_level=None, check_same_thread=False)
        try:
            self._prepare(max_bytes)
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @property
    def full(self) -> bool:
        """Whether a limit is reached."""
        return self.count >= self._max_rows or self._pages_used() >= self._max_pages

    def append(self, waiting: Sequence[Waiting]) -> None:
        """Put readings at the end. Their `key` becomes that of the disk."""
        if not waiting:
            return
        with self._transaction():
            keys = []
            for item in waiting:
                taken = item.sample.taken
                cursor = self._db.execute(
                    "INSERT INTO reading (serial, value, boot, up_ms, wall_ms, at_ms) VALUES (?, ?, ?, ?, ?, ?)",
                    (
                        item.sample.serial,
                        item.sample.value,
                        self._boot(taken.boot),
                        taken.up_ms,
                        taken.wall_ms,
                        item.at_ms,
                    ),
                )
                keys.append(cursor.lastrowid or 0)
        for item, key in zip(waiting, keys):
            item.key = key
            self.count += 1
            self.of_serial[item.sample.serial] += 1

    def head(self, limit: int, without: Collection[str] = ()) -> list[Waiting]:
        """The oldest readings, but for those of some probes."""
        marks = ", ".join("?" * len(without))
        rows = self._db.execute(
            f"{_FROM} WHERE serial NOT IN ({marks}) ORDER BY key LIMIT ?", (*without, limit)
        )
        return [_waiting(row) for row in rows]

    def head_of(self, serial: str) -> Waiting | None:
        """The oldest reading of one probe."""
        row = self._db.execute(f"{_FROM} WHERE serial = ? ORDER BY key LIMIT 1", (serial,)).fetchone()
        return _waiting(row) if row else None

    def set_times(self, times: Mapping[int, int | None]) -> None:
        """Note under which times readings are sent."""
        with self._transaction():
            self._db.executemany(
                "UPDATE reading SET at_ms = ? WHERE key = ?", [(at, key) for key, at in times.items()]
            )

    def remove(self, items: Collection[Waiting], last: Mapping[str, int]) -> None:
        """Forget readings that the server has; `last` are the newest times that it has of their probes."""
        with self._transaction():
            self._delete(items)
            self._db.executemany(
                "INSERT INTO probe VALUES (?, ?) ON CONFLICT (serial) DO UPDATE SET last_ms = excluded.last_ms",
                list(last.items()),
            )
        self._recount(items)

    def set_aside(self, refused: Sequence[tuple[Waiting, str, str]]) -> None:
        """Move readings that the server will never take, with its word and sentence, out of the way."""
        with self._transaction():
            self._delete([item for item, _error, _message in refused])
            self._db.executemany(
                "INSERT OR IGNORE INTO refused SELECT ?, ?, ?, ?, ?, ?"
                f" WHERE (SELECT count(*) FROM refused) < {REFUSED_LIMIT}",
                [
                    (item.key, item.sample.serial, item.sample.value, item.at_ms, error, message)
                    for item, error, message in refused
                ],
            )
        self._recount([item for item, _error, _message in refused])

    def refused_count(self) -> int:
        """How many readings were set aside."""
        return int(self._db.execute("SELECT count(*) FROM refused").fetchone()[0])

    def offsets(self) -> dict[str, int | None]:
        """For each run of the kernel of which there is something, when it started (None: not known)."""
        return dict(self._db.execute("SELECT name, offset_ms FROM boot"))

    def note_offset(self, boot: str, offset: int) -> None:
        """Note when a run of the kernel started; forgets the runs of which nothing waits any more."""
        with self._transaction():
            self._db.execute("UPDATE boot SET offset_ms = ? WHERE id = ?", (offset, self._boot(boot)))
            self._db.execute(
                "DELETE FROM boot WHERE name <> ? AND id NOT IN (SELECT boot FROM reading)", (boot,)
            )

    def last_times(self) -> dict[str, int]:
        """The newest time of each probe that the server has."""
        return dict(self._db.execute("SELECT serial, last_ms FROM probe"))

    def _prepare(self, max_bytes: int) -> None:
        execute = self._db.execute
        execute("PRAGMA journal_mode = WAL")
        execute("PRAGMA synchronous = FULL")  # a power cut must not take back a time under which was sent
        execute(f"PRAGMA wal_autocheckpoint = {PAGES_IN_WAL}")
        version = execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            raise NewerStore(f"it has version {version}, this program knows {VERSION}")
        if version == 0:
            self._db.executescript(f"BEGIN IMMEDIATE; {CREATE} PRAGMA user_version = {VERSION}; COMMIT;")
        size = execute("PRAGMA page_size").fetchone()[0]
        execute(f"PRAGMA journal_size_limit = {PAGES_IN_WAL * size * 2}")
        self._max_pages = max(max_bytes // size, 32)
        execute(f"PRAGMA max_page_count = {self._max_pages + RESERVE_PAGES}")
        self.of_serial: Counter[str] = Counter(
            dict(execute("SELECT serial, count(*) FROM reading GROUP BY serial"))
        )
        self.count = sum(self.of_serial.values())

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def _boot(self, name: str) -> int:
        self._db.execute("INSERT OR IGNORE INTO boot (name) VALUES (?)", (name,))
        return int(self._db.execute("SELECT id FROM boot WHERE name = ?", (name,)).fetchone()[0])

    def _delete(self, items: Collection[Waiting]) -> None:
        # With more than the key: after a damaged file was put away, keys begin anew.
        self._db.executemany(
            "DELETE FROM reading WHERE key = ? AND serial = ? AND up_ms = ?",
            [(item.key, item.sample.serial, item.sample.taken.up_ms) for item in items],
        )

    def _recount(self, items: Collection[Waiting]) -> None:
        for serial in {item.sample.serial for item in items}:
            count = self._db.execute("SELECT count(*) FROM reading WHERE serial = ?", (serial,)).fetchone()[0]
            self.count += count - self.of_serial[serial]
            self.of_serial[serial] = count

    def _pages_used(self) -> int:
        pages = self._db.execute("PRAGMA page_count").fetchone()[0]
        free = self._db.execute("PRAGMA freelist_count").fetchone()[0]
        return int(pages) - int(free)


def _waiting(row: _Row) -> Waiting:
    key, serial, value, boot, up_ms, wall_ms, at_ms = row
    return Waiting(key, Sample(serial, value, Moment(boot, up_ms, wall_ms)), at_ms)
