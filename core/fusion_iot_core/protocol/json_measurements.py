"""Whole measurements as JSON: one, or ``{"measurements": [...]}`` of them.

::

    {"device": "oven-1", "channel": "deck:2", "quantity": "temperature", "value": 231.5, "unit": "°C",
     "at": "2026-01-31T12:00:00Z", "quality": "good"}

A probe with a serial of its own adds ``serial``; where it reports for itself, that is all there needs to be in place of
``device``. Everything but the device and the value may be left out. A value without ``unit`` is in the one that
`QUANTITIES` has, unless a person has set another one for the probe.
"""

from collections.abc import Mapping

from .json_readings import (
    SERIAL_MAX,
    JsonReadings,
    Refused,
    read_items,
    read_name,
    read_time,
    read_value,
)
from .measurement import Measurement
from .quality import Quality
from .quantities import QUANTITIES, UNIT_SYNONYMS, units_for

_QUALITIES = {quality.value: quality for quality in Quality}


def read_json_measurements(document: object) -> JsonReadings:
    """Read a parsed JSON body.

    Raises :class:`BadBody` when it is no object, has no measurements or more than 10,000 of them.
    """
    return read_items(document, "measurements", "device", _measurement)


def _measurement(item: dict[str, object]) -> Measurement:
    serial = read_name(item, "serial")
    device = read_name(item, "device") or serial
    if not device:
        raise Refused("missing_field", 'There is neither "device" nor "serial".')
    quantity = _one_of(item, "quantity", QUANTITIES)
    quality = _QUALITIES[_one_of(item, "quality", _QUALITIES) or "good"]
    # A device that says itself that its probe is broken may have no number to give.
    broken = quality is Quality.BAD and "value" in item and item["value"] is None
    at, impossible = read_time(item, "at")
    unit = _unit(item, quantity)
    return Measurement(
        device=device,
        value=None if broken else read_value(item),
        quantity=quantity,
        unit=unit or (QUANTITIES[quantity].unit if quantity else ""),
        at=at,
        channel=_text(item, "channel"),
        serial=serial,
        quality=quality,
        impossible_time=impossible,
        unit_assumed=bool(quantity and not unit),
    )


def _text(item: dict[str, object], key: str) -> str:
    text = item.get(key)
    if text is None:
        return ""
    if not isinstance(text, str):
        raise Refused("invalid_value", f'"{key}" must be text.')
    text = text.strip()
    if len(text) > SERIAL_MAX or not text.isprintable():
        raise Refused(
            "invalid_value", f'"{key}" has at most {SERIAL_MAX} characters, and no control characters.'
        )
    return text


def _one_of(item: dict[str, object], key: str, known: Mapping[str, object]) -> str:
    text = _text(item, key)
    if text and text not in known:
        raise Refused("invalid_value", f'"{key}" is one of {", ".join(known)}.')
    return text


def _unit(item: dict[str, object], quantity: str) -> str:
    unit = _text(item, "unit")
    unit = UNIT_SYNONYMS.get(unit, unit)
    if unit and not quantity:
        raise Refused("missing_field", 'A "unit" needs its "quantity".')
    if unit and unit not in units_for(quantity):
        known = ", ".join(filter(None, units_for(quantity)))
        raise Refused("invalid_value", f'"unit" of {quantity} is one of: {known or "none"}.')
    return unit
