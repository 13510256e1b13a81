"""A batch of measurements on its way through `iot.ingest`, and what became of each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone

from .clock import TimeSource, settle_time
from .measurement import Measurement
from .sources import Source

UNKNOWN_DEVICE = "unknown_device"


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why one measurement of a batch was not taken.

    :ivar index: position in the batch as it was handed in
    :ivar device: the serial, or else the device, as it was reported
    :ivar error: machine-readable word (``unknown_device``, ``invalid_value``, …)
    :ivar message: the same for people, with what to do about it
    """

    index: int
    device: str
    error: str
    message: str


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What became of a batch. ``accepted + duplicates + noted + len(rejected)`` is its size.

    :ivar noted: of known devices, but nobody keeps a record of them
    :ivar replaced: how many of those that were taken have a time that cannot be; the time of receipt stands for it
    """

    accepted: int
    duplicates: int
    rejected: tuple[Rejection, ...] = ()
    noted: int = 0
    replaced: int = 0

    @property
    def unknown(self) -> tuple[Rejection, ...]:
        """The rejections of devices nobody knows."""
        return tuple(item for item in self.rejected if item.error == UNKNOWN_DEVICE)


@dataclass(slots=True)
class IngestBatch:
    """The working state of one call of `iot.ingest`.

    Each domain takes the measurements that concern it and gives each a verdict; the first verdict that
    says accepted stands. What nobody took in the end is unknown.

    :ivar received_at: server time of the batch, aware UTC
    :ivar record_ids: records made or found, by index, where a domain was asked for them (``want_ids``)
    """

    measurements: Sequence[Measurement]
    source: Source
    received_at: datetime
    want_ids: bool = False
    record_ids: dict[int, int] = field(default_factory=dict)
    _accepted: set[int] = field(default_factory=set)
    _duplicates: set[int] = field(default_factory=set)
    _noted: set[int] = field(default_factory=set)
    _rejected: dict[int, Rejection] = field(default_factory=dict)

    def accept(self, *indexes: int) -> None:
        """These were stored."""
        self._accepted.update(indexes)

    def duplicate(self, index: int) -> None:
        """This one was there already; sending it again is a success that changes nothing."""
        self._duplicates.add(index)

    def note(self, index: int) -> None:
        """The device is known, and nobody keeps a record of this."""
        self._noted.add(index)

    def reject(self, index: int, error: str, message: str) -> None:
        """This one cannot be taken."""
        item = self.measurements[index]
        self._rejected[index] = Rejection(index, item.serial or item.device, error, message)

    def rejected_as(self, error: str) -> set[str]:
        """The devices whose measurements were rejected with this word so far."""
        return {item.device for item in self._rejected.values() if item.error == error}

    def unclaimed(self) -> Iterator[tuple[int, Measurement]]:
        """The measurements without a verdict so far."""
        settled = self._accepted | self._duplicates | self._noted | self._rejected.keys()
        if len(settled) == len(self.measurements):
            return
        for index, measurement in enumerate(self.measurements):
            if index not in settled:
                yield index, measurement

    def report(self) -> IngestReport:
        """Close the batch."""
        for index, _measurement in list(self.unclaimed()):
            self.reject(
                index,
                UNKNOWN_DEVICE,
                "No sensor or device with this serial is set up; it is listed under Unknown Devices.",
            )
        taken = self._accepted | self._duplicates | self._noted
        return IngestReport(
            accepted=len(self._accepted),
            duplicates=len(self._duplicates - self._accepted),
            rejected=tuple(self._rejected[index] for index in sorted(self._rejected.keys() - taken)),
            noted=len(self._noted - self._accepted - self._duplicates),
            replaced=sum(map(self._time_replaced, taken)),
        )

    def _time_replaced(self, index: int) -> bool:
        item = self.measurements[index]
        if item.at is None:
            return item.impossible_time
        received_at = item.received_at or self.received_at
        at = item.at if item.at.tzinfo else item.at.replace(tzinfo=timezone.utc)
        return settle_time(at, received_at)[1] is TimeSource.REPLACED
