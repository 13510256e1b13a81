"""Source time and server time.

Every time inside the suite is UTC. Device clocks are not trusted blindly: a probe that lost its clock says
1970, one that was set wrongly says next year. Such a time is replaced by the time of receipt, and marked.
"""

import math
from datetime import datetime, timedelta, timezone
from enum import Enum

EARLIEST = datetime(2020, 1, 1, tzinfo=timezone.utc)
TOLERANCE = timedelta(minutes=5)

# A count of seconds reaches the first bound in the year 5138, one of milliseconds was there in 1973.
_FINER_UNITS = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))


class TimeSource(str, Enum):
    """Where the time of a reading comes from."""

    DEVICE = "device"
    RECEIVED = "received"
    REPLACED = "replaced"


def parse_time(value: object) -> datetime | None:
    """Read a device's time: ISO 8601 (offset or ``Z``; without one it is UTC), or a number since 1970.

    A number above 1e11 counts milliseconds, above 1e14 microseconds, above 1e17 nanoseconds, any other seconds.

    Returns an aware UTC time, or ``None`` for a moment so far away that no calendar has it (which
    :func:`settle_time` then replaces like any other impossible time). Raises :class:`ValueError` for what
    is not a time at all.
    """
    if type(value) in (int, float):
        return _from_epoch(value)  # type: ignore[arg-type]
    if not isinstance(value, str):
        raise ValueError("a time is ISO 8601 text or a number since 1970")  # noqa: TRY004 - junk, whatever its type
    text = value.strip()
    if text[-1:] in ("Z", "z"):
        text = text[:-1] + "+00:00"
    if len(text) > 40 or not text[:1].isdigit():
        raise ValueError("not an ISO 8601 time")
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        return moment.replace(tzinfo=timezone.utc)
    try:
        return moment.astimezone(timezone.utc)
    except OverflowError:
        return None


def _from_epoch(number: int | float) -> datetime | None:
    if isinstance(number, float) and not math.isfinite(number):
        raise ValueError("NaN and infinity are not times")
    try:
        parts = next((parts for bound, parts in _FINER_UNITS if abs(number) > bound), 1)
        return datetime.fromtimestamp(number / parts, timezone.utc)
    except (OverflowError, OSError, ValueError):
        return None


def settle_time(
    at: datetime | None, received_at: datetime, impossible: bool = False
) -> tuple[datetime, TimeSource]:
    """Decide the time of a measurement from the device's and the server's clock (both aware UTC).

    ``at`` before 2020 or more than five minutes ahead of ``received_at``, and an ``impossible`` time that
    no calendar has, are replaced by ``received_at``.
    """
    if at is None:
        return received_at, TimeSource.REPLACED if impossible else TimeSource.RECEIVED
    if EARLIEST <= at <= received_at + TOLERANCE:
        return at, TimeSource.DEVICE
    return received_at, TimeSource.REPLACED
