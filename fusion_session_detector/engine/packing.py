"""Power in few bytes: batches for the journal, half minutes of one machine for the log. No Odoo here.

Times are whole microseconds, so that what is read is exactly what was written. Only this module knows the bytes.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from fusion_iot_core.detector import MOST_W, MOST_WH, Gone, Sample

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)
_NOTHING = float("nan")
GONE, BACK = float("-inf"), float("inf")
"""In the place of power: the meter is said to be gone, or to be there again."""
_ENTRY = struct.Struct("<iHqqdd")
_HEAD = struct.Struct("<BI")
_VERSION = 1


class Heard(NamedTuple):
    """What a device said of one channel.

    :ivar at: source time, aware UTC
    :ivar received_at: when it was received, aware UTC
    :ivar power_w: ``None`` when it said nothing of power; :data:`GONE` and :data:`BACK` are of the device, whatever
        the channel
    :ivar energy_wh: the meter's counter; ``None`` when it said nothing of that
    """

    device_id: int
    channel: str
    at: datetime
    received_at: datetime
    power_w: float | None
    energy_wh: float | None


def pack_batch(heard: Sequence[Heard]) -> bytes:
    """A batch as bytes."""
    channels: dict[str, int] = {}
    entries = [
        _ENTRY.pack(
            item.device_id,
            channels.setdefault(item.channel, len(channels)),
            _stamp(item.at),
            _stamp(item.received_at),
            _NOTHING if item.power_w is None else item.power_w,
            _NOTHING if item.energy_wh is None else item.energy_wh,
        )
        for item in heard
    ]
    names = json.dumps(list(channels)).encode()
    return b"".join((_HEAD.pack(_VERSION, len(names)), names, *entries))


def unpack_batch(packed: bytes) -> Iterator[Heard]:
    """What :func:`pack_batch` packed."""
    version, length = _HEAD.unpack_from(packed)
    if version != _VERSION:
        raise ValueError(f"version {version} of the power journal is not known")
    start = _HEAD.size + length
    channels = json.loads(packed[_HEAD.size : start])
    for device_id, channel, at, received_at, power, energy in _ENTRY.iter_unpack(memoryview(packed)[start:]):
        yield Heard(
            device_id,
            channels[channel],
            _moment(at),
            _moment(received_at),
            power if power in (GONE, BACK) else _value(power, MOST_W),
            _value(energy, MOST_WH),
        )


def pack_samples(samples: Sequence[Sample]) -> bytes:
    """Samples of one machine as bytes."""
    count = len(samples)
    stamps = [_stamp(sample.at) for sample in samples]
    steps = [stamp - before for stamp, before in zip(stamps, [0, *stamps], strict=False)]
    power = [_power(sample) for sample in samples]
    energy = [_NOTHING if sample.energy_wh is None else sample.energy_wh for sample in samples]
    columns = struct.pack(f"<{count}q{2 * count}d", *steps, *power, *energy)
    return _HEAD.pack(_VERSION, count) + zlib.compress(columns, 1)


def unpack_samples(packed: bytes) -> list[Sample]:
    """What :func:`pack_samples` packed."""
    version, count = _HEAD.unpack_from(packed)
    if version != _VERSION:
        raise ValueError(f"version {version} of the power log is not known")
    columns = struct.unpack(f"<{count}q{2 * count}d", zlib.decompress(memoryview(packed)[_HEAD.size :]))
    samples, stamp = [], 0
    for number in range(count):
        stamp += columns[number]
        power, energy = columns[count + number], columns[2 * count + number]
        at = _moment(stamp)
        samples.append(
            Gone(at) if power == GONE else Sample(at, _value(power, MOST_W), _value(energy, MOST_WH))
        )
    return samples


def _power(sample: Sample) -> float:
    if isinstance(sample, Gone):
        return GONE
    return _NOTHING if sample.power_w is None else sample.power_w


def _stamp(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def _moment(stamp: int) -> datetime:
    seconds, micros = divmod(stamp, 1_000_000)
    return datetime.fromtimestamp(seconds, timezone.utc).replace(microsecond=micros)


def _value(number: float, most: float) -> float | None:
    """What was packed; nothing for what was, and for what no meter says."""
    return number if abs(number) <= most else None
