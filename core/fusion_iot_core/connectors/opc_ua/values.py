"""What a server's values are for us, and ours for it."""

from __future__ import annotations

import math
import struct
import uuid
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from asyncua import ua

from ...protocol import Quality
from ..tags import Raw

_WHOLE = {
    ua.VariantType.SByte: (-(2**7), 2**7 - 1),
    ua.VariantType.Byte: (0, 2**8 - 1),
    ua.VariantType.Int16: (-(2**15), 2**15 - 1),
    ua.VariantType.UInt16: (0, 2**16 - 1),
    ua.VariantType.Int32: (-(2**31), 2**31 - 1),
    ua.VariantType.UInt32: (0, 2**32 - 1),
    ua.VariantType.Int64: (-(2**63), 2**63 - 1),
    ua.VariantType.UInt64: (0, 2**64 - 1),
}
_TRUTH = {"true": True, "1": True, "on": True, "false": False, "0": False, "off": False}
_FLOAT_DIGITS = range(6, 9)
_OLDEST_YEAR = 1900
"""What is older is "no time" in the encoding: it counts from 1601."""


class Unfit(ValueError):
    """A value that is none for us, or that a node cannot have; says why."""


@dataclass(frozen=True, slots=True)
class Found:
    """:ivar at: source time, aware UTC; ``None`` where the server gave none
    :ivar reason: why it is not good
    """

    raw: Raw
    quality: Quality
    at: datetime | None = None
    reason: str = ""


def found(value: ua.DataValue, index: int | None = None) -> Found:
    """What a server says of a node. A bad status counts, whatever value came along with it.

    :param index: into an array
    """
    status = value.StatusCode or ua.StatusCode()
    at = _time(value.SourceTimestamp)
    try:
        raw = plain(value.Value, index) if value.Value is not None else None
        problem = "The node has no value." if raw is None else ""
    except Unfit as exc:
        raw, problem = None, str(exc)
    if status.is_bad():
        return Found(raw, Quality.BAD, at, status_words(status))
    if problem:
        return Found(None, Quality.BAD, at, problem)
    if status.is_uncertain():
        return Found(raw, Quality.SUSPECT, at, status_words(status))
    return Found(raw, Quality.GOOD, at)


def status_name(code: int) -> str:
    """The name of a status, without the bits that only detail it: ``BadSensorFailure``."""
    name, _doc = ua.status_codes.get_name_and_doc(code & 0xFFFF0000)
    return (
        f"{name} (0x{code:08X})" if name in ("Good", "Uncertain", "Bad") and code & 0x3FFF0000 else str(name)
    )


def status_words(status: ua.StatusCode) -> str:
    """A status for people: its name, and what the specification says of it."""
    name, doc = ua.status_codes.get_name_and_doc(status.value & 0xFFFF0000)
    return (
        status_name(status.value) if doc.startswith("Unknown StatusCode") else f"{name}: {doc.rstrip('.')}."
    )


def _time(value: datetime | None) -> datetime | None:
    if value is None or value.year < _OLDEST_YEAR:
        return None
    return value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value.astimezone(timezone.utc)


def plain(variant: ua.Variant, index: int | None = None) -> Raw:
    """A value as a number, a boolean or a text; ``None`` for none.

    :raise Unfit: where it cannot be one of these
    """
    value = variant.Value
    if isinstance(value, list | tuple):
        if index is None:
            raise Unfit(f"It is an array of {len(value)}: say which one with index.")
        if index >= len(value):
            raise Unfit(f"The array has only {len(value)}; there is no index {index}.")
        value = value[index]
        if isinstance(value, list | tuple):
            raise Unfit("It is an array of several dimensions, which cannot be read.")
    elif index is not None:
        raise Unfit("It is no array: leave index away.")
    return _one(value, variant.VariantType)


def _one(value: Any, kind: object) -> Raw:
    if isinstance(value, ua.Variant):  # in an array of mixed types
        return plain(value)
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return int(value)  # members of enumerations, too
    if isinstance(value, float):
        return shortest(value) if kind is ua.VariantType.Float else value
    if isinstance(value, datetime):
        time = _time(value)
        return time.isoformat().replace("+00:00", "Z") if time else None
    if isinstance(value, ua.LocalizedText):
        return value.Text
    if isinstance(value, ua.QualifiedName):
        return value.Name
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, ua.NodeId):
        return str(value.to_string())
    if isinstance(value, ua.StatusCode):
        return status_name(value.value)
    what = "a string of bytes" if isinstance(value, bytes) else f"a structure ({type(value).__name__})"
    raise Unfit(f"It is {what}, which cannot be read: pick one of its parts.")


def shortest(value: float) -> float:
    """A float of four bytes with the fewest digits that say it: 180.1 instead of 180.10000610351562."""
    if not math.isfinite(value) or value.is_integer():
        return value
    packed = struct.pack("<f", value)
    for digits in _FLOAT_DIGITS:
        candidate = float(f"{value:.{digits}g}")
        if abs(candidate) <= 3.4028235e38 and struct.pack("<f", candidate) == packed:
            return candidate
    return value


def variant(value: Raw, kind: ua.VariantType) -> ua.Variant:
    """A value as a node of that type takes it: servers refuse a Double where a Float is.

    :raise Unfit: where it cannot have it
    """
    if kind is ua.VariantType.Boolean:
        truth = value if isinstance(value, bool) else _TRUTH.get(str(value).strip().casefold())
        if truth is None:
            raise Unfit(f"{value!r} is neither true nor false.")
        return ua.Variant(truth, kind)
    if kind in _WHOLE:
        return ua.Variant(_whole(value, kind), kind)
    if kind in (ua.VariantType.Float, ua.VariantType.Double):
        number = _number(value)
        if kind is ua.VariantType.Float and abs(number) > 3.4028235e38:
            raise Unfit(f"{number:g} is beyond the range of a Float.")
        return ua.Variant(number, kind)
    if kind is ua.VariantType.String:
        return ua.Variant(str(value).lower() if isinstance(value, bool) else str(value), kind)
    if kind is ua.VariantType.LocalizedText:
        return ua.Variant(ua.LocalizedText(str(value)), kind)
    if kind is ua.VariantType.DateTime:
        try:
            time = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
        except ValueError:
            raise Unfit(f"{value!r} is no time such as 2026-11-20T08:00:00Z.") from None
        return ua.Variant(_time(time), kind)
    raise Unfit(f"A {getattr(kind, 'name', 'value of that type')} cannot be written.")


def _number(value: Raw) -> float:
    try:
        number = math.nan if isinstance(value, bool) or value is None else float(value)
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise Unfit(f"{value!r} is no number.")
    return number


def _whole(value: Raw, kind: ua.VariantType) -> int:
    number = value if isinstance(value, int) and not isinstance(value, bool) else _number(value)
    whole = round(number)
    if abs(whole - number) > 1e-6:
        raise Unfit(f"{number:g} is no whole number, which is needed there.")
    lowest, highest = _WHOLE[kind]
    if not lowest <= whole <= highest:
        raise Unfit(f"{whole} is out of the range of {kind.name}: {lowest} to {highest}.")
    return whole
