"""Readings as JSON: one ``{"device_serial", "value", "read_at"?}`` or ``{"readings": [...]}`` of them.

Only the structure of the whole is refused as a whole. A reading that cannot be understood is one rejection;
the others of the batch are taken.
"""

from dataclasses import dataclass, field

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


class _Refused(ValueError):
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
    """

    batch: bool
    measurements: list[Measurement] = field(default_factory=list)
    indexes: list[int] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)


def read_json_readings(document: object) -> JsonReadings:
    """Read a parsed JSON body.

    Raises :class:`BadBody` when it is no object, has no readings or more than 10,000 of them.
    """
    if not isinstance(document, dict):
        raise BadBody("invalid_body", "The body must be a JSON object.")
    if "readings" not in document:
        result = JsonReadings(batch=False)
        items: list[object] = [document]
    else:
        result = JsonReadings(batch=True)
        readings = document["readings"]
        if not isinstance(readings, list) or not readings:
            raise BadBody("invalid_body", '"readings" must be a list of at least one reading.')
        if len(readings) > MAX_READINGS:
            raise BadBody(
                "too_large",
                f"A batch has at most {MAX_READINGS} readings; this one has {len(readings)}.",
                413,
            )
        items = readings
    for index, item in enumerate(items):
        try:
            result.measurements.append(_measurement(item))
            result.indexes.append(index)
        except _Refused as exc:
            result.rejected.append(Rejection(index, _shown_serial(item), exc.error, str(exc)))
    return result


def _measurement(item: object) -> Measurement:
    if not isinstance(item, dict):
        raise _Refused("invalid_body", "A reading must be a JSON object.")
    serial = _serial(item)
    if "value" not in item:
        raise _Refused("missing_field", 'The reading has no "value".')
    try:
        value = parse_number(item["value"])
    except ValueProblem as exc:
        raise _Refused("invalid_value", f'"value": {exc}.') from None
    at = item.get("read_at")
    if at is not None:
        try:
            moment = parse_time(at)
        except ValueError:
            raise _Refused("invalid_time", '"read_at" must be ISO 8601 or a number since 1970.') from None
        return Measurement(serial, value, "", "", moment, "", serial, impossible_time=moment is None)
    return Measurement(serial, value, "", "", None, "", serial)


def _serial(item: dict[str, object]) -> str:
    if "device_serial" not in item:
        raise _Refused("missing_field", 'The reading has no "device_serial".')
    serial = item["device_serial"]
    if not isinstance(serial, str):
        raise _Refused("invalid_value", '"device_serial" must be text.')
    serial = normalise_serial(serial)
    if not serial:
        raise _Refused("missing_field", '"device_serial" is empty.')
    if len(serial) > SERIAL_MAX:
        raise _Refused("invalid_value", f'"device_serial" is longer than {SERIAL_MAX} characters.')
    if not serial.isprintable():
        raise _Refused("invalid_value", '"device_serial" has control characters.')
    return serial


def _shown_serial(item: object) -> str:
    serial = item.get("device_serial") if isinstance(item, dict) else None
    return serial[:SERIAL_MAX] if isinstance(serial, str) else ""
