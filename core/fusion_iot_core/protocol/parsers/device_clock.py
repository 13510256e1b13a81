"""The clocks of devices: ISO 8601 with and without a zone, numbers since 1970 (:func:`..clock.parse_time`).

A time without a zone says nothing to anybody who does not know where the device is. It is used where a person
has set the zone, and only shown otherwise.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from ..clock import EARLIEST, parse_time

_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)? ?(Z|[+-]\d\d(?::?\d\d)?)?\Z",
    re.ASCII | re.IGNORECASE,
)
# seconds since 1970, or finer; fewer digits count from something else
_EPOCH = re.compile(r"\d{10,19}(?:\.\d{1,9})?\Z", re.ASCII)
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d\d?)(?::?(\d\d))?\Z", re.ASCII | re.IGNORECASE)
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+/-]{0,63}\Z")
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class DeviceTime:
    """What a device says of the moment of a message.

    :ivar at: that moment, aware UTC, not before 2020; ``None`` when it says none or none that can be used
    :ivar impossible: it gave a moment before 2020, or one that no calendar has
    :ivar local_time: a time without a zone that nobody knows the zone of, as printed
    """

    at: datetime | None = None
    impossible: bool = False
    local_time: str = ""


NO_TIME = DeviceTime()


def read_device_time(value: object, zone: str, received_at: datetime) -> DeviceTime | None:
    """Read a time of a device; ``None`` when ``value`` is not a time.

    :param value: ISO 8601 text, or a number since 1970, also as text
    :param zone: zone of a time that has none, an IANA name or an offset; empty when unknown
    :param received_at: tells which of the two is meant where clocks were put back an hour
    """
    if type(value) in (int, float):
        return _from_epoch(value)  # type: ignore[arg-type]
    if isinstance(value, str) and _EPOCH.match(value.strip()):
        return _from_epoch(float(value))
    if not isinstance(value, str) or len(value) > _LONGEST or not (found := _read_iso(value.strip())):
        return None
    naive, offset = found
    if naive is None:
        return DeviceTime(impossible=True)
    there = timezone.utc if offset in ("Z", "z") else zone_named(offset or zone)
    if there is None:
        return DeviceTime(local_time=value.strip())
    return _usable(_to_utc(naive, there, received_at))


@lru_cache(maxsize=1_024)
def _read_iso(text: str) -> tuple[datetime | None, str] | None:
    """The time and the zone in a text; no time when no calendar has it. A shop's devices say the same all at once."""
    if not (found := _ISO.match(text)):
        return None
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    try:
        naive = datetime(
            int(year), int(month), int(day), int(hour), int(minute), int(second or 0)
        ) + timedelta(microseconds=int((fraction or "")[:6].ljust(6, "0")))
    except (ValueError, OverflowError):
        return None, ""
    return naive, offset or ""


@lru_cache(maxsize=256)
def zone_named(name: str) -> tzinfo | None:
    """The zone with an IANA name (``Europe/Berlin``) or of an offset (``+02:00``); ``None`` when there is none."""
    if found := _OFFSET.match(name):
        sign, hours, minutes = found.groups()
        away = timedelta(hours=int(hours), minutes=int(minutes or 0))
        return timezone(-away if sign == "-" else away) if away < timedelta(hours=24) else None
    if not _ZONE.match(name):
        return None
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        return None


def _from_epoch(number: int | float) -> DeviceTime | None:
    try:
        return _usable(parse_time(number))
    except ValueError:
        return None


def _to_utc(naive: datetime, there: tzinfo, received_at: datetime) -> datetime | None:
    try:
        first, second = (naive.replace(tzinfo=there, fold=fold).astimezone(timezone.utc) for fold in (0, 1))
    except (OverflowError, ValueError):
        return None
    return min(first, second, key=lambda moment: abs(moment - received_at))


def _usable(moment: datetime | None) -> DeviceTime:
    if moment is None or moment < EARLIEST:
        return DeviceTime(impossible=True)
    return DeviceTime(at=moment)
