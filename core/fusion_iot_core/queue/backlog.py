"""What waits for the server: in which order, and under which times."""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

from .answers import NOT_YOURS
from .keeper import Keeper
from .sample import Sample
from .saying import Saying
from .timekeeping import Timekeeper
from .waiting import Waiting

_logger = logging.getLogger(__name__)

EARLIEST_MS = int(datetime(2020, 1, 1, tzinfo=timezone.utc).timestamp() * 1000)
"""The server believes no time before this."""
FAR_AHEAD_MS = 700_000
"""What was sent under a time so far ahead of the server's was surely refused: it believes five minutes in a signature,
and a reading is at most five minutes ahead of that."""
UNKNOWN_DEVICE = "unknown_device"
UNKNOWN_SOON_MS = 5_000
UNKNOWN_AGAIN_MS = 120_000
"""A probe that the server does not take is tried again soon, since it may just be set up, and then ever more seldom."""
UNKNOWN_PART = 5
"""Probes that the server does not take may fill so-manieth part of the store, each."""
_TOLD = {
    UNKNOWN_DEVICE: "The server does not know the probe %s: set it up there. Its readings are kept.",
    NOT_YOURS: "The credential of this device does not cover the probe %s: add it there on the server. Its readings "
    "are kept.",
}


@dataclass(frozen=True)
class _PutOff:
    """A probe whose readings the server does not take now.

    :ivar error: its word for why: `UNKNOWN_DEVICE` or `NOT_YOURS`
    :ivar due_ms: when it is tried again, in milliseconds since the start of the kernel
    :ivar wait_ms: how long that is after it was tried last
    """

    error: str
    due_ms: int
    wait_ms: int


class Backlog:
    """Readings in their order, between the thread that measures and the one that sends.

    A reading gets its calendar time when it is sent for the first time, from how long after the start of the kernel
    it was taken. So it is right also where the clock was not set then, and does not change afterwards. Times of one
    probe always ascend, also where the clock was set back.

    Readings of a probe that the server does not know, or that the credential of this device does not cover, wait until
    that is so; the oldest of them is tried now and then.
    """

    def __init__(self, keeper: Keeper, timekeeper: Timekeeper, *, max_rows: int) -> None:
        self._keeper = keeper
        self._timekeeper = timekeeper
        self._unknown_limit = max(max_rows // UNKNOWN_PART, 1)
        self._lock = threading.Lock()
        self._put_off: dict[str, _PutOff] = {}
        self._fresh: set[int] = set()
        """Readings of the batch under way that are sent for the first time."""
        self._blocked_ms = 0
        self._estimated: set[str] = set()
        self._unknown_full = Saying()

    def close(self) -> None:
        """Close the store."""
        with self._lock:
            self._keeper.close()

    @property
    def count(self) -> int:
        """How many readings wait."""
        with self._lock:
            return self._keeper.count

    @property
    def unknown(self) -> list[str]:
        """The probes that the server does not know, as far as was seen."""
        return self._put_off_for(UNKNOWN_DEVICE)

    @property
    def uncovered(self) -> list[str]:
        """The probes that the credential of this device does not cover, as far as was seen."""
        return self._put_off_for(NOT_YOURS)

    @property
    def blocked_ms(self) -> int:
        """How far the time lies ahead under which a reading may be on the server; 0 where none does."""
        with self._lock:
            return self._blocked_ms

    @property
    def lost(self) -> int:
        """How many readings could not be kept."""
        with self._lock:
            return self._keeper.lost

    @property
    def in_memory(self) -> int:
        """How many readings are not on the disk."""
        with self._lock:
            return self._keeper.in_memory

    def add(self, samples: Iterable[Sample]) -> None:
        """Keep new readings; with none, do what the disk did not take before."""
        with self._lock:
            self._keeper.add([sample for sample in samples if self._room_for(sample.serial)])

    def note_time(self) -> int | None:
        """Note when this kernel started, for readings that are sent after its end; None where it is not known."""
        offset = self._timekeeper.offset()
        if offset is not None:
            with self._lock:
                self._keeper.note_offset(self._timekeeper.moment().boot, offset)
        return offset

    def batch(self, limit: int) -> list[Waiting]:
        """The oldest readings, timed; empty where nothing can be sent now. One batch at a time."""
        offset = self.note_time()
        if offset is None:
            return []
        with self._lock:
            now = self._timekeeper.moment()
            items = self._choose(limit, now.up_ms)
            ready = self._give_times(items, now.boot, offset, offset + now.up_ms)
            if ready:
                self._keeper.set_times(ready)
            return ready

    def unanswered(self) -> None:
        """It is not known what became of the batch: its readings keep their times."""
        with self._lock:
            self._keeper.arrived()

    def not_taken(self, batch: Sequence[Waiting]) -> None:
        """The server said that it stored nothing of the batch: what was new in it is timed again."""
        with self._lock:
            self._forget_times(batch)
            self._keeper.arrived()

    def settle(self, batch: Sequence[Waiting], rejected: Mapping[int, tuple[str, str]]) -> None:
        """The server has them, but for those at the positions that it named with a word and a sentence."""
        with self._lock:
            self._forget_times(
                batch[index] for index, (error, _message) in rejected.items() if error == UNKNOWN_DEVICE
            )
            self._keeper.arrived()
            taken = [item for index, item in enumerate(batch) if index not in rejected]
            for serial in {item.sample.serial for item in taken} & self._put_off.keys():
                del self._put_off[serial]
                _logger.info("The server takes the probe %s now.", serial)
            self._keeper.remove(taken)
            unknown, refused = set(), []
            for index, (error, message) in sorted(rejected.items()):
                if error == UNKNOWN_DEVICE:
                    unknown.add(batch[index].sample.serial)
                else:
                    refused.append((batch[index], error, message))
            for serial in sorted(unknown):
                self._try_later(serial, UNKNOWN_DEVICE)
            if refused:
                self._set_aside(refused)

    def not_covered(self, batch: Sequence[Waiting], positions: Collection[int]) -> None:
        """The server stored nothing, because of these positions: their probes are put off, the others go on."""
        with self._lock:
            self._forget_times(batch)
            self._keeper.arrived()
            foreign = {batch[index].sample.serial for index in positions}
            for serial in {item.sample.serial for item in batch} - foreign:
                if serial in self._put_off and self._put_off[serial].error == NOT_YOURS:
                    del self._put_off[serial]
                    _logger.info("The credential of this device covers the probe %s now.", serial)
            for serial in sorted(foreign):
                self._try_later(serial, NOT_YOURS)

    def _put_off_for(self, error: str) -> list[str]:
        with self._lock:
            return sorted(serial for serial, put_off in self._put_off.items() if put_off.error == error)

    def _forget_times(self, items: Iterable[Waiting]) -> None:
        fresh = [item for item in items if item.key in self._fresh]
        for item in fresh:
            item.at_ms = None
        self._keeper.set_times(fresh)

    def _try_later(self, serial: str, error: str) -> None:
        before = self._put_off.get(serial)
        if before is None or before.error != error:
            _logger.warning(_TOLD[error], serial)
        wait = min(2 * before.wait_ms, UNKNOWN_AGAIN_MS) if before else UNKNOWN_SOON_MS
        self._put_off[serial] = _PutOff(error, self._timekeeper.moment().up_ms + wait, wait)

    def _set_aside(self, refused: list[tuple[Waiting, str, str]]) -> None:
        self._keeper.set_aside(refused)
        item, error, message = refused[0]
        _logger.error(
            "The server refuses %d readings for good, as %g of %s: %s (%s). They are set aside.",
            len(refused),
            item.sample.value,
            item.sample.serial,
            message,
            error,
        )

    def _room_for(self, serial: str) -> bool:
        if serial not in self._put_off or self._keeper.count_of(serial) < self._unknown_limit:
            return True
        if self._unknown_full.due(serial):
            _logger.error("No more readings of %s are kept: the server does not take them.", serial)
        return False

    def _choose(self, limit: int, up_ms: int) -> list[Waiting]:
        tried: dict[str, list[Waiting]] = {UNKNOWN_DEVICE: [], NOT_YOURS: []}
        for serial, put_off in self._put_off.items():
            if up_ms >= put_off.due_ms and (item := self._keeper.head_of(serial)):
                tried[put_off.error].append(item)
        if tried[NOT_YOURS]:
            return tried[NOT_YOURS][
                :limit
            ]  # by themselves: one that is still not covered fails all that is with it
        rest = self._keeper.head(limit, tuple(self._put_off))
        return (tried[UNKNOWN_DEVICE] + rest)[:limit]

    def _give_times(self, items: list[Waiting], boot: str, offset: int, now_ms: int) -> list[Waiting]:
        self._fresh, self._blocked_ms = set(), 0
        ready: list[Waiting] = []
        last: dict[str, int] = {}
        blocked: set[str] = set()
        for item in items:
            serial = item.sample.serial
            if serial in blocked:
                continue
            if item.at_ms is not None and item.at_ms > now_ms:
                # It may be on the server under a time that was wrong, and would not be known by another.
                if item.at_ms > now_ms + FAR_AHEAD_MS and self._timekeeper.agrees():
                    item.at_ms = None
                else:
                    self._blocked_ms = item.at_ms - now_ms
                    blocked.add(serial)
                    continue
            if item.at_ms is None:
                before = last.get(serial) or self._keeper.last_time(serial) or EARLIEST_MS
                item.at_ms = max(self._time_of(item.sample, boot, offset), before + 1)
                self._fresh.add(item.key)
            last[serial] = item.at_ms
            ready.append(item)
        return ready

    def _time_of(self, sample: Sample, boot: str, offset: int) -> int:
        taken = sample.taken
        if taken.boot == boot:
            return taken.up_ms + offset
        # Whatever the clock said before this start: it was before this start.
        known = self._keeper.offset(taken.boot)
        if known is not None:
            return min(taken.up_ms + known, offset)
        if taken.boot not in self._estimated:
            self._estimated.add(taken.boot)
            _logger.warning(
                "The clock was never set between two starts of this device. Readings of then are sent under the time "
                "that its clock showed."
            )
        return min(taken.wall_ms, offset)
