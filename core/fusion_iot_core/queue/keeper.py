"""Keeping readings whatever the disk does: on it where possible, in memory meanwhile."""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Callable

from .memory import Memory
from .sample import Sample
from .saying import Saying
from .store import NewerStore, Store
from .waiting import Waiting

_logger = logging.getLogger(__name__)

REOPEN_S = 10.0


class Keeper:
    """The store with a memory before it. What the disk refuses to do is remembered and done later.

    A full store takes nothing more; the oldest readings are the last to go. Not for several threads at once.

    :param memory_rows: how many readings are kept in memory while the disk takes none
    :ivar lost: how many readings could not be kept
    """

    def __init__(
        self,
        path: Path,
        *,
        max_rows: int,
        max_bytes: int,
        memory_rows: int,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = path
        self._max_rows, self._max_bytes = max_rows, max_bytes
        self._memory = Memory(memory_rows)
        self._monotonic = monotonic
        self._store: Store | None = None
        self._try_at = float("-inf")
        self._trouble = Saying(monotonic)
        self._loss = Saying(monotonic)
        self._times: dict[int, int | None] = {}
        self._gone: dict[int, Waiting] = {}
        self._last: dict[str, int] = {}
        self._unsaved_last: dict[str, int] = {}
        self._offsets: dict[str, int | None] = {}
        self._under_way: set[int] = set()
        self.lost = 0
        self._open()

    def close(self) -> None:
        """Bring to the disk what can be brought there, and close it."""
        self._under_way = set()
        self.tidy()
        if self._store:
            self._store.close()
            self._store = None

    @property
    def count(self) -> int:
        """How many readings wait."""
        return (self._store.count - len(self._gone) if self._store else 0) + len(self._memory)

    @property
    def in_memory(self) -> int:
        """How many of them are in memory only."""
        return len(self._memory)

    def count_of(self, serial: str) -> int:
        """How many readings of one probe wait on the disk."""
        return self._store.of_serial[serial] if self._store else 0

    def add(self, samples: Sequence[Sample]) -> None:
        """Keep readings, as the newest."""
        for sample in samples:
            if not self._memory.put(sample):
                self._lose(1, "the memory is full as well")
        self.tidy()

    def tidy(self) -> None:
        """Do on the disk what could not be done there before."""
        store = self._usable()
        if store is None:
            return
        try:
            self._catch_up(store)
        except sqlite3.Error as error:
            self._failed(error)
        else:
            self._recovered()

    def head(self, limit: int, without: Collection[str] = ()) -> list[Waiting]:
        """The oldest readings, but for those of some probes."""
        store = self._usable()
        found: list[Waiting] = []
        if store is not None:
            try:
                rows = store.head(limit + len(self._gone), without)
            except sqlite3.Error as error:
                self._failed(error)
            else:
                found = [self._as_is(item) for item in rows if item.key not in self._gone][:limit]
        rest = [item for item in self._memory if item.sample.serial not in without]
        return found + rest[: limit - len(found)]

    def head_of(self, serial: str) -> Waiting | None:
        """The oldest reading of one probe."""
        if self._store is not None and self.count_of(serial) > 0:
            try:
                item = self._store.head_of(serial)
            except sqlite3.Error as error:
                self._failed(error)
            else:
                if item is not None and item.key not in self._gone:
                    return self._as_is(item)
        return next((item for item in self._memory if item.sample.serial == serial), None)

    def set_times(self, items: Sequence[Waiting]) -> None:
        """Note the times of readings that are about to be sent; what is in memory stays there meanwhile."""
        self._under_way = {item.key for item in items if item.key < 0}
        on_disk = {item.key: item.at_ms for item in items if item.key > 0}
        if self._do(lambda store: store.set_times(on_disk), on_disk):
            for key in on_disk:
                self._times.pop(key, None)
        else:
            self._times.update(on_disk)

    def arrived(self) -> None:
        """What was under way is not any more."""
        self._under_way = set()

    def remove(self, items: Sequence[Waiting]) -> None:
        """Forget readings that the server has."""
        self._memory.remove([item.key for item in items if item.key < 0])
        self._gone.update((item.key, item) for item in items if item.key > 0)
        for item in items:
            if item.at_ms is not None:
                newest = max(self._last.get(item.sample.serial, 0), item.at_ms)
                self._last[item.sample.serial] = self._unsaved_last[item.sample.serial] = newest
        self.tidy()

    def set_aside(self, refused: Sequence[tuple[Waiting, str, str]]) -> None:
        """Keep readings that the server will never take apart from the others."""
        in_memory = [item for item, _error, _message in refused if item.key < 0]
        self._memory.remove([item.key for item in in_memory])
        on_disk = [entry for entry in refused if entry[0].key > 0]
        if not self._do(lambda store: store.set_aside(on_disk), on_disk):
            self._gone.update((item.key, item) for item, _error, _message in on_disk)

    def last_time(self, serial: str) -> int | None:
        """The newest time of a probe that the server has, in milliseconds since 1970."""
        return self._last.get(serial)

    def offset(self, boot: str) -> int | None:
        """When a run of the kernel started, in milliseconds since 1970, where that is known."""
        return self._offsets.get(boot)

    def note_offset(self, boot: str, offset: int) -> None:
        """Note when a run of the kernel started."""
        if self._offsets.get(boot) == offset:
            return
        if self._do(lambda store: store.note_offset(boot, offset), [boot]):
            self._offsets[boot] = offset

    def _usable(self) -> Store | None:
        if self._store is None and self._monotonic() >= self._try_at:
            self._open()
        return self._store

    def _open(self) -> None:
        self._try_at = self._monotonic() + REOPEN_S
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._adopt(Store(self._path, max_rows=self._max_rows, max_bytes=self._max_bytes))
        except sqlite3.Error as error:
            if _damaged(error):
                self._put_away(error)
            else:
                self._failed(error)
        except (OSError, NewerStore) as error:
            self._failed(error)

    def _adopt(self, store: Store) -> None:
        self._last = {**store.last_times(), **self._last}
        self._offsets = {**store.offsets(), **self._offsets}
        self._store = store

    def _put_away(self, error: sqlite3.Error) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None
        aside = self._path.with_name(f"{self._path.name}.damaged-{time.time_ns() // 1_000_000}")
        try:
            os.replace(self._path, aside)
            for suffix in ("-wal", "-shm"):
                companion = Path(f"{self._path}{suffix}")
                if companion.exists():
                    os.replace(companion, f"{aside}{suffix}")
        except OSError as failure:
            self._failed(failure)
            return
        self._times, self._gone, self._unsaved_last = {}, {}, dict(self._last)
        _logger.critical(
            "%s is damaged (%s). It was put away as %s, and an empty one is begun.",
            self._path,
            error,
            aside.name,
        )
        self._try_at = float("-inf")

    def _do(self, action: Callable[[Store], None], what: object) -> bool:
        """Do something on the disk where there is anything to do; False where that failed."""
        store = self._usable()
        if not what:
            return True
        if store is None:
            return False
        try:
            action(store)
        except sqlite3.Error as error:
            self._failed(error)
            return False
        return True

    def _catch_up(self, store: Store) -> None:
        if self._gone or self._unsaved_last:
            store.remove(list(self._gone.values()), self._unsaved_last)
            for key in self._gone:
                self._times.pop(key, None)
            self._gone, self._unsaved_last = {}, {}
        if self._under_way:
            return
        waiting = list(self._memory)
        if not waiting:
            return
        if store.full:
            self._memory.remove([item.key for item in waiting])
            self._lose(len(waiting), "the store is full")
            return
        keys = [item.key for item in waiting]
        store.append(waiting)
        self._memory.remove(keys)

    def _as_is(self, item: Waiting) -> Waiting:
        item.at_ms = self._times.get(item.key, item.at_ms)
        return item

    def _failed(self, error: Exception) -> None:
        if isinstance(error, sqlite3.Error) and _damaged(error):
            self._put_away(error)
        elif self._trouble.due(str(error)):
            _logger.error(
                "%s cannot be used: %s. Readings are kept in memory (%d now) and would be lost with the process.",
                self._path,
                error,
                len(self._memory),
            )

    def _recovered(self) -> None:
        if not self._memory and self._trouble.over():
            _logger.warning("%s can be used again.", self._path)

    def _lose(self, count: int, why: str) -> None:
        self.lost += count
        if self._loss.due(why):
            _logger.error("New readings are lost: %s. Older ones are kept. (%d lost so far)", why, self.lost)


def _damaged(error: sqlite3.Error) -> bool:
    """Whether the file itself is wrong; a full or missing disk is an `OperationalError`."""
    return type(error) is sqlite3.DatabaseError
