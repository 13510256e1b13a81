"""Readings as JSON: one ``{"device_serial", "value", "read_at"?}`` or ``{"readings": [...]}`` of them.

Only the structure of the whole is refused as a whole. A reading that cannot be understood is one rejection;
the others of the batch are taken.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from .batch import Rejection
from .clock import parse_time
from .measurement import Measurement
from .serials import normalise_serial
from .values import ValueProblem, parse_number

MAX_READINGS = 10_000
SERIAL_MAX = 128


class BadBody(ValueError):
    """The body as a whole cannot be taken.

    :ivar status: HTTP status, 400 or 413
    :ivar error: machine-readable word
    """

    def __init__(self, error: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status
        self.error = error


class Refused(ValueError):
    """One item of a body cannot be taken.

    :ivar error: machine-readable word
    """

    def __init__(self, error: str, message: str) -> None:
        super().__init__(message)
        self.error = error


@dataclass(slots=True)
class JsonReadings:
    """What a body holds.

    :ivar batch: it was a batch, not a single reading
    :ivar measurements: those that could be understood
    :ivar indexes: the position in the body of each measurement
    :ivar rejected: the others
    :ivar name_of_device: the key under which the body names devices
    """

    batch: bool
    measurements: list[Measurement] = field(default_factory=list)
    indexes: list[int] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    name_of_device: str = "device_serial"


def read_json_readings(document: object) -> JsonReadings:
    """Read a parsed JSON body.

    Raises :class:`BadBody` when it is no object, has no readings or more than 10,000 of them.
    """
    return read_items(document, "readings", "device_serial", _reading)


def read_items(
    document: object, plural: str, name_of_device: str, read: Callable[[dict[str, object]], Measurement]
) -> JsonReadings:
    """Read a parsed JSON body that is one item, or has a list of them.

    :param plural: the key of the list
    :param name_of_device: the key in an item that tells people which one it is
    :param read: makes a measurement of an item, or raises :class:`Refused`

    Raises :class:`BadBody` when it is no object, or has no items or more than 10,000 of them.
    """
    if not isinstance(document, dict):
        raise BadBody("invalid_body", "The body must be a JSON object.")
    result = JsonReadings(batch=plural in document, name_of_device=name_of_device)
    items = document.get(plural, [document])
    if not isinstance(items, list) or not items:
        raise BadBody("invalid_body", f'"{plural}" must be a list of at least one.')
    if len(items) > MAX_READINGS:
        raise BadBody(
            "too_large", f"A batch has at most {MAX_READINGS} {plural}; this one has {len(items)}.", 413
        )
    for index, item in enumerate(items):
        try:
            result.measurements.append(read(_object(item, plural)))
            result.indexes.append(index)
        except Refused as exc:
            result.rejected.append(Rejection(index, _shown(item, name_of_device), exc.error, str(exc)))
    return result


def _reading(item: dict[str, object]) -> Measurement:
    serial = read_name(item, "device_serial")
    if not serial:
        raise Refused("missing_field", 'The reading has no "device_serial".')
    at, impossible = read_time(item, "read_at")
    return Measurement(serial, read_value(item), "", "", at, "", serial, impossible_time=impossible)


def _object(item: object, plural: str) -> dict[str, object]:
    if not isinstance(item, dict):
        raise Refused("invalid_body", f'Each of the "{plural}" must be a JSON object.')
    return item


def read_name(item: Mapping[str, object], key: str) -> str:
    """A serial or identifier in its one form; empty where there is none. Raises :class:`Refused`."""
    name = item.get(key, "")
    if not isinstance(name, str):
        raise Refused("invalid_value", f'"{key}" must be text.')
    name = normalise_serial(name)
    if len(name) > SERIAL_MAX:
        raise Refused("invalid_value", f'"{key}" is longer than {SERIAL_MAX} characters.')
    if not name.isprintable():
        raise Refused("invalid_value", f'"{key}" has control characters.')
    return name


def read_value(item: Mapping[str, object]) -> float:
    """The value of an item. Raises :class:`Refused`."""
    if "value" not in item:
        raise Refused("missing_field", 'There is no "value".')
    try:
        return parse_number(item["value"])
    except ValueProblem as exc:
        raise Refused("invalid_value", f'"value": {exc}.') from None


def read_time(item: Mapping[str, object], key: str) -> tuple[datetime | None, bool]:
    """The time of an item, if it has one, and whether no calendar has it. Raises :class:`Refused`."""
    at = item.get(key)
    if at is None:
        return None, False
    try:
        moment = parse_time(at)
    except ValueError:
        raise Refused("invalid_time", f'"{key}" must be ISO 8601 or a number since 1970.') from None
    return moment, moment is None


def _shown(item: object, name_of_device: str) -> str:
    name = item.get(name_of_device) if isinstance(item, dict) else None
    return name[:SERIAL_MAX] if isinstance(name, str) else ""
